"""The worklist over HTTP, and how things come onto it: by a run, by a timer, by a job that was set aside."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue.aio import QueueClient

from infra.local.azurite import Azurite
from shared.clock import SystemClock
from tests.functions.conftest import CLINIC, CLINICS_KEY, OTHERS_KEY, RunningApp, running, write_extract

PEOPLE = (
    ("P-8101", "Cordelia Copperfield", "", ""),
    ("P-8102", "Barnaby Bramble", "020 7946 0000", ""),
    ("P-8103", "Araminta Ashdown", "07700 900403", ""),
)
START = (SystemClock().now() + timedelta(days=3)).date()  # write_extract: in three days


@pytest.fixture(scope="module")
async def app(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    """An app whose run of the day has met two patients that cannot be reached."""
    folder: Path = tmp_path_factory.mktemp("worklist")
    async with running(azurite.empty_account(), folder) as started:
        write_extract(folder / "appointments.csv", PEOPLE)
        assert (await started.call("POST", "/any/v1/reminder-runs", key=CLINICS_KEY, json={})).status == 202
        await started.idle()
        yield started


async def worklist(app: RunningApp, query: str = "", key: str = CLINICS_KEY) -> list[dict[str, Any]]:
    answer = await app.call("GET", f"/any/v1/worklist{query}", key=key)
    assert answer.status == 200, answer.text
    value: list[dict[str, Any]] = answer.json["value"]
    return value


async def put_aside(app: RunningApp, queue: str, content: bytes) -> None:
    """As the host does with what failed too often."""
    async with QueueClient.from_connection_string(app.connection, f"{queue}-poison") as client:
        with contextlib.suppress(ResourceExistsError):
            await client.create_queue()
        await client.send_message(base64.b64encode(content).decode())
    await app.idle()


async def test_a_run_puts_on_the_list_who_cannot_be_reached(app: RunningApp) -> None:
    rows = {row["patientName"]: row for row in await worklist(app, "?kind=no_way")}
    assert set(rows) == {"Cordelia Copperfield", "Barnaby Bramble"}
    row = rows["Barnaby Bramble"]
    assert (row["kind"], row["reason"], row["contact"]) == ("no_way", "number_landline", "020 7946 0000")
    assert row["kindText"] == "A patient with an appointment cannot be reached by message."
    assert row["reasonText"] == "The record has no mobile number, only a landline, a pager or a company number."
    assert row["toDo"] == "Phone the patient, and ask for a mobile number."
    assert row["actBy"] == row["startsAt"]
    assert row["startsAt"].startswith(f"{START}T15:00:00")
    assert set(row) == {
        "id", "clinicId", "kind", "kindText", "reason", "reasonText", "toDo", "channel", "suggestion",
        "suggestionText", "openedAt", "actBy", "startsAt", "appointmentId", "patientId", "patientName", "contact",
        "said", "messageId", "resolutions", "state", "resolvedAt", "resolvedBy", "resolution", "resolutionText", "note",
    }  # fmt: skip


async def test_a_nurse_pages_through_the_list_and_resolves_an_item(app: RunningApp) -> None:
    first = (await app.call("GET", "/any/v1/worklist?kind=no_way&top=1", key=CLINICS_KEY)).json
    rest = f"/any/v1/worklist?kind=no_way&top=1&cursor={first['nextCursor']}"
    second = (await app.call("GET", rest, key=CLINICS_KEY)).json
    ids = [row["id"] for page in (first, second) for row in page["value"]]
    assert len(set(ids)) == 2
    path = f"/any/v1/worklist/{ids[0]}/resolve"
    done = await app.call("POST", path, key=CLINICS_KEY, json={"resolution": "done", "note": "rang his wife"})
    assert (done.status, done.json["state"], done.json["resolvedBy"]) == (200, "resolved", f"nurses of {CLINIC}")
    assert (done.json["resolutionText"], done.json["note"]) == ("Somebody dealt with it.", "rang his wife")
    again = await app.call("POST", path, key=CLINICS_KEY, json={"clinicId": CLINIC, "resolution": "done"})
    assert again.json == done.json
    assert ids[0] not in [row["id"] for row in await worklist(app)]
    assert done.json in await worklist(app, "?state=resolved")


WRONG: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/any/v1/worklist?kind=everything", {}, 400),
    ("GET", "/any/v1/worklist?state=closed", {}, 400),
    ("GET", "/any/v1/worklist?top=0", {}, 400),
    ("GET", "/any/v1/worklist?cursor=abc", {}, 400),
    ("GET", "/fax/v1/worklist", {}, 404),
    ("GET", "/any/v1/worklist/unsent?day=tomorrow", {}, 400),
    ("GET", "/any/v1/worklist/unsent?cursor=abc", {}, 400),
    ("POST", "/any/v1/worklist/nothing/resolve", {"json": {"resolution": "done"}}, 404),
    ("POST", f"/any/v1/worklist/{CLINIC}_{'a' * 26}/resolve", {"json": {"resolution": "done"}}, 404),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), WRONG)
async def test_what_is_wrong_is_refused_in_words(
    app: RunningApp, method: str, path: str, more: dict[str, Any], status: int
) -> None:
    answer = await app.call(method, path, key=CLINICS_KEY, **more)
    assert answer.status == status
    assert answer.json["error"]["message"]


@pytest.mark.parametrize(
    "body", [{}, {"resolution": "send_again"}, {"resolution": 1}, {"resolution": "done", "note": 1}]
)
async def test_a_resolution_that_does_not_fit_is_refused(app: RunningApp, body: dict[str, Any]) -> None:
    [item, *_] = await worklist(app, "?kind=no_way")
    answer = await app.call("POST", f"/any/v1/worklist/{item['id']}/resolve", key=CLINICS_KEY, json=body)
    assert answer.status == 400
    assert item in await worklist(app)


async def test_an_item_of_another_clinic_is_not_there(app: RunningApp) -> None:
    [item, *_] = await worklist(app, "?kind=no_way")
    path = f"/any/v1/worklist/{item['id']}/resolve"
    assert (await app.call("POST", path, key=OTHERS_KEY, json={"resolution": "done"})).status == 404
    assert await worklist(app, key=OTHERS_KEY) == []


async def test_what_could_not_be_sent_is_listed_with_its_reason(app: RunningApp) -> None:
    answer = (await app.call("GET", f"/any/v1/worklist/unsent?day={START}", key=CLINICS_KEY)).json
    rows = {row["patientName"]: (row["why"], row["reason"], row["reasonText"]) for row in answer["value"]}
    assert answer["day"] == START.isoformat()
    assert rows["Cordelia Copperfield"][:2] == ("skipped", "no_address")
    assert "no contact for any channel" in rows["Cordelia Copperfield"][2]
    assert rows["Araminta Ashdown"] == ("waiting", None, None)
    [waiting] = [row for row in answer["value"] if row["patientName"] == "Araminta Ashdown"]
    assert (waiting["contact"], waiting["startsAt"][:10]) == ("+447700900403", START.isoformat())
    tomorrow = (await app.call("GET", "/any/v1/worklist/unsent", key=CLINICS_KEY)).json
    assert (tomorrow["value"], tomorrow["day"] < START.isoformat()) == ([], True)


async def test_a_job_that_was_set_aside_is_on_its_clinics_list_or_with_the_operator(app: RunningApp) -> None:
    job = f'{{"clinicId": "{CLINIC}", "day": "2026-11-20", "runId": "r", "trigger": "daily"}}'
    await put_aside(app, "plan-items", job.encode())
    for queue in ("send-items", "check-items", "callback-items"):
        await put_aside(app, queue, b"this is not JSON")
    [item] = await worklist(app, "?kind=stuck")
    assert (item["reason"], item["note"]) == ("plan", job)
    nobodys = await worklist(app, "?kind=stuck&clinicId=unassigned", key="local")
    assert {row["reason"] for row in nobodys} == {"send", "check", "callback"}
    assert {row["note"] for row in nobodys} == {"this is not JSON"}
    assert (await app.call("GET", "/any/v1/worklist?clinicId=unassigned", key=CLINICS_KEY)).status == 403
    path = f"/any/v1/worklist/{nobodys[0]['id']}/resolve"
    assert (await app.call("POST", path, key="local", json={"resolution": "done"})).status == 200


async def test_the_timers_look_at_every_clinic(app: RunningApp) -> None:
    for name in ("tell_unsent", "watch_failures", "tell_unknown_waiting"):
        await app.host.fire(name)
    assert [name for name, _ in app.host.failures] == []
