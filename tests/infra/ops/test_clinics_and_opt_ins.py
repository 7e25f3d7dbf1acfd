"""`ops clinic` and `ops optins`: what a clinic needs before it can begin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.ops.command import Desk
from shared.storage.contract import ConsentMethod, ConsentRecord
from tests.infra.ops.conftest import Shell
from tests.world import clinic_document

HEADER = "patient,channel,at,method\n"


async def stored(desk: Desk) -> Mapping[str, str]:
    return await desk.storage.clinics.all()


def test_a_clinic_is_loaded_listed_and_replaced(shell: Shell) -> None:
    shell("keys", "make", "--all-clinics", "--name", "Operator")
    assert "no clinic yet" in shell("clinic", "list").out
    file = shell.file("riverside.json", clinic_document())
    assert shell("clinic", "load", file).out == "Clinic riverside is new. It acts within a minute.\n"
    file.write_text("\ufeff" + clinic_document(zone="Asia/Hong_Kong"), "utf-8")
    assert "riverside is replaced" in shell("clinic", "load", file).out
    line = next(line for line in shell("clinic", "list").out.splitlines() if "riverside" in line)
    for word in ("Riverside Clinic", "Asia/Hong_Kong", "whatsapp (default)", "fhir_r4"):
        assert word in line


def test_a_wrong_file_names_every_field_and_changes_nothing(shell: Shell) -> None:
    shell.clinic("riverside")
    before = shell.look(stored)
    wrong = shell.file("riverside.json", clinic_document(zone="Europe/Nowhere", plan_at="noon"))
    refused = shell("clinic", "load", wrong)
    assert refused.code == 1
    assert all(field in refused.err for field in ("riverside.json: zone:", "riverside.json: plan_at:"))
    assert shell.look(stored) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe{", "UTF-8"), (b"{", "not JSON"), (None, "cannot be read"), (b" " * 5_000_000, "right file")],
)
def test_a_file_that_cannot_be_read_is_named(shell: Shell, tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "clinic.json"
    if content is not None:
        path.write_bytes(content)
    refused = shell("clinic", "load", path)
    assert (refused.code, said in refused.err, "clinic.json" in refused.err) == (1, True, True)


def test_a_clinic_whose_file_is_not_valid_any_more_is_shown_as_such(shell: Shell) -> None:
    shell.clinic("riverside")

    async def spoil(desk: Desk) -> None:
        await desk.storage.clinics.put("harbour", "{}", datetime(2026, 11, 20, tzinfo=UTC))

    shell.look(spoil)
    listed = shell("clinic", "list")
    assert listed.code == 0
    assert "not valid any more" in next(line for line in listed.out.splitlines() if "harbour" in line)


async def opted_in(desk: Desk) -> dict[str, set[str]]:
    """patient -> the channels that they said yes to."""
    found: dict[str, set[str]] = {}
    for patient in ("P1", "P2", "P3"):
        key = desk.services.keys.pseudonyms.patient("riverside", patient)
        for channel in ("whatsapp", "wechat"):
            record = await desk.storage.patients.record("riverside", key, channel)
            found.setdefault(patient, set()).update(record.opted_in)
    return found


@pytest.fixture
def clinic(shell: Shell) -> Shell:
    """With a clinic on both channels."""
    channels = [{"channel": "whatsapp", "opt_in": "required"}, {"channel": "wechat", "opt_in": "required"}]
    shell.clinic("riverside", channels=channels)
    return shell


def test_a_list_of_who_said_yes_is_taken_in(clinic: Shell) -> None:
    rows = "P1,whatsapp,2026-01-12T09:30,form\nP2,wechat,2026-01-12T09:30:00+08:00,\n"
    said = clinic("optins", "load", clinic.file("yes.csv", HEADER + rows), "--clinic", "riverside")
    assert said.out == "2 opt-ins of riverside are taken in. They count from the next planning on.\n"
    assert clinic.look(opted_in) == {"P1": {"whatsapp"}, "P2": {"wechat"}, "P3": set()}


def test_a_yes_from_before_a_recorded_no_is_left_out(clinic: Shell) -> None:
    async def say_no(desk: Desk) -> None:
        key = desk.services.keys.pseudonyms.patient("riverside", "P1")
        at = datetime(2026, 6, 1, tzinfo=UTC)
        no = ConsentRecord(key, "whatsapp", opted_in=False, at=at, method=ConsentMethod.PHONE, by="nurse")
        await desk.storage.consents.add("riverside", no)

    clinic.look(say_no)
    rows = "P1,whatsapp,2026-01-12T09:30,form\nP1,wechat,2026-01-12T09:30,form\nP2,whatsapp,2026-01-12T09:30,form\n"
    file = clinic.file("yes.csv", HEADER + rows)
    dry = clinic("optins", "load", file, "--clinic", "riverside", "--dry-run")
    assert "2 opt-ins of riverside would be taken in: 2 new ones" in dry.out
    said = clinic("optins", "load", file, "--clinic", "riverside")
    assert "2 opt-ins of riverside are taken in." in said.out
    assert "1 are left out: these patients have said no since" in said.out
    assert clinic.look(opted_in) == {"P1": {"wechat"}, "P2": {"whatsapp"}, "P3": set()}
    later = clinic.file("later.csv", HEADER + "P1,whatsapp,2026-07-01T09:30,form\n")
    assert "1 opt-ins" in clinic("optins", "load", later, "--clinic", "riverside").out
    assert clinic.look(opted_in)["P1"] == {"wechat", "whatsapp"}


def test_a_mapping_says_what_other_columns_mean(clinic: Shell) -> None:
    mapping = {"columns": {"patient_id": "MRN", "at": "Date"}, "channel": "whatsapp", "at_format": "%d/%m/%Y"}
    file = clinic.file("yes.csv", "MRN,Date\nP3,12/01/2026\n")
    words = ("--clinic", "riverside", "--mapping", clinic.file("mapping.json", json.dumps(mapping)))
    assert clinic("optins", "load", file, *words).code == 0
    assert clinic.look(opted_in)["P3"] == {"whatsapp"}


def test_rows_that_cannot_be_read_are_named_and_nothing_is_taken_in(clinic: Shell) -> None:
    good, others = "P1,whatsapp,2026-01-12T09:30,form\n", "P2,whatsapp,soon,form\n,whatsapp,2026-01-12,form\n"
    rows = good + others + "P3,pigeon,2026-01-12,form\n"
    refused = clinic("optins", "load", clinic.file("yes.csv", HEADER + rows), "--clinic", "riverside")
    assert refused.code == 1
    for words in ("line 3: bad_date in at", "line 4: missing_field in patient", "row 4: riverside does not use"):
        assert words in refused.err
    assert "P2" not in refused.err + refused.out
    assert not any(clinic.look(opted_in).values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--clinic", "nowhere"), "There is no clinic nowhere. There are: riverside."),
        (("--clinic", "riverside", "--mapping", "nowhere.json"), "nowhere.json cannot be read"),
        (("--clinic", "riverside", "--mapping", "list.json"), "JSON object"),
        (("--clinic", "riverside", "--mapping", "wrong.json"), "opt_ins.colums"),
    ],
)
def test_what_is_wrong_around_the_list_is_said(
    clinic: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    clinic.file("list.json", "[]")
    clinic.file("wrong.json", '{"colums": {}}')
    file = clinic.file("yes.csv", HEADER)
    monkeypatch.chdir(clinic.folder)
    refused = clinic("optins", "load", file, *words)
    assert (refused.code, said in refused.err) == (1, True), refused.err
