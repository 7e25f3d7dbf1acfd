"""`ops check storage` on real tables, blobs and queues: what it prints, and its exit code."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
from azure.storage.queue import QueueClient

from infra.ops.command import Desk
from shared.services.jobs import SendJob
from shared.storage.contract import DueAction, DueRow, StoredCallback
from shared.storage.rows import Change, Row, Verb
from tests.infra.ops.conftest import Shell
from tests.storage.samples import PSEUDONYMS, contact, entry, planned

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NUMBER = "+447700900123"


@pytest.fixture
def clinic(shell: Shell) -> Shell:
    """With a clinic that has planned, and a callback."""
    shell.clinic("riverside")

    async def live(desk: Desk) -> None:
        patients = [f"P-{number}" for number in range(3)]
        entries = [entry(f"A-{number}", patient) for number, patient in enumerate(patients)]
        await desk.storage.tallies.mark("riverside", entries[0].decision.day, datetime.now(UTC))
        await desk.storage.plans.write("riverside", entries, [contact(patient) for patient in patients])
        await desk.storage.callbacks.store(StoredCallback("whatsapp", "default", NOW, {}, b"{}"))

    shell.look(live)
    return shell


def test_what_is_well_is_said_with_its_sizes(clinic: Shell) -> None:
    said = clinic("check", "storage")
    assert (said.code, said.out.splitlines()[-1:]) == (0, ["Nothing was found."]), said.out + said.err
    line = next(line for line in said.out.splitlines() if line.strip().startswith("messages"))
    assert line.split() == ["messages", "6", line.split()[2], "whole"]
    assert "Sealed values by key: 10 under k1." in said.out  # three each of contacts, decisions, messages; a callback


def test_what_is_wrong_is_listed_and_never_quoted(clinic: Shell) -> None:
    async def plant(desk: Desk) -> None:
        row = Row("riverside_01", PSEUDONYMS.digest("made up", "1"), {"reason": f"rang {NUMBER}"})
        await desk.storage.rows.write("patients", Change(Verb.INSERT, row))
        await desk.storage.blobs.put("callbacks", f"20261120/0/090000/whatsapp/default/{'0' * 32}", NUMBER.encode())

    clinic.look(plant)
    said = clinic("check", "storage")
    assert (said.code, said.out.splitlines()[-1]) == (1, "3 findings.")
    for kind in ("looks_like_patient_data", "key_of_no_known_form", "not_sealed"):
        assert kind in said.out
    assert NUMBER not in said.out + said.err
    assert clinic("check", "storage", "--clinic", "riverside").code == 1
    assert "Nothing was found" in clinic("check", "storage", "--since", "2027-01-01", "--clinic", "harbour").out


def test_long_lists_are_read_to_their_end(shell: Shell) -> None:
    shell.clinic("riverside")

    async def plant(desk: Desk) -> None:
        digests = sorted(PSEUDONYMS.digest("line", str(number)) for number in range(2_100))
        for start in range(0, len(digests), 100):
            rows = (Row("riverside_01", f"{one}_{one}") for one in digests[start : start + 100])
            await desk.storage.rows.apply("patientindex", [Change(Verb.INSERT, row) for row in rows])

    shell.look(plant)
    said = shell("check", "storage")
    assert said.code == 0
    assert next(line for line in said.out.splitlines() if "patientindex" in line).split()[1] == "2100"


def test_an_account_without_tables_is_not_called_well(shell: Shell) -> None:
    said = shell("check", "storage")
    assert said.code == 3
    assert "NOT READ WHOLE: table messages: the account answers 404 (TableNotFound)." in said.out
    assert "NOT CHECKED: tally_differs: messages, tallies, marks could not be read whole." in said.out
    assert said.out.splitlines()[-1] == "Nothing was found, but not everything could be read."


@pytest.mark.parametrize(
    "words", [("--since", "yesterday"), ("--clinic", "River Side"), ("--clinic", "x' or PartitionKey gt '")]
)
def test_what_cannot_be_meant_is_refused(shell: Shell, words: tuple[str, str]) -> None:
    assert shell("check", "storage", *words).code == 2


def queue_of(connection: str, name: str) -> QueueClient:
    return QueueClient.from_connection_string(connection, name, retry_total=0)


def put(connection: str, name: str, *texts: str) -> None:
    with queue_of(connection, name) as queue:
        queue.create_queue()
        for text in texts:
            queue.send_message(b64encode(text.encode()).decode())


def test_jobs_are_looked_at_and_stay_as_they_are(clinic: Shell, empty_storage: str) -> None:
    """As the host puts them there: after the audit each is as visible and as new as before."""
    message = planned("A-0", "P-0")
    job = SendJob(DueRow.of(message, message.scheduled_for, DueAction.SEND))
    put(empty_storage, "send-items", job.to_json(), job.to_json())
    put(empty_storage, "check-items-poison", job.to_json())
    put(empty_storage, "event-items", f"ring {NUMBER}")
    said = clinic("check", "storage")
    assert said.code == 1
    assert "Jobs in the queues, about: 2 in send-items, 1 in check-items-poison, 1 in event-items." in said.out
    assert said.out.splitlines()[-1] == "2 findings."
    for told in (
        "poison_waiting",
        "queue check-items-poison: about 1",
        "job_with_patient_data",
        "queue event-items job ",
    ):
        assert told in said.out
    assert NUMBER not in said.out + said.err
    with queue_of(empty_storage, "send-items") as queue:
        taken = list(queue.receive_messages())
    assert [(one.dequeue_count, b64decode(one.content).decode()) for one in taken] == [(1, job.to_json())] * 2


def test_queues_that_nobody_named_are_said(clinic: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AzureWebJobsStorage", "")
    said = clinic("check", "storage")
    assert said.code == 3
    assert "NOT READ WHOLE: queues: plan-items: the settings name no account of queues" in said.out
    assert said.out.splitlines()[-1] == "Nothing was found, but not everything could be read."
