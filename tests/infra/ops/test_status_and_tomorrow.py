"""`ops status` and `ops tomorrow`: how it stands, and what the next run does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.ops.command import Desk
from shared.domain.outcome import ErrorClass
from shared.domain.topics import Topic
from shared.services.planning import plan
from shared.services.publishing.trouble import Trouble
from shared.storage.contract import Subscription
from tests.infra.ops.conftest import Shell

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAMES = ("Quillfeather", "Zephyrina", "Oakenshaw")


def test_the_status_of_a_clinic_is_one_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PLANNED_WITHIN", timedelta(0))  # what is planned for now is due at once
    shell.clinic_with_a_list()
    said = shell("status")
    assert said.code == 0, said.err
    line = next(line for line in said.out.splitlines() if line.strip().startswith("ward"))
    for words in ("complete", "4: 3", "PLANNING IS DUE", "nothing"):  # a manual run is not the day's own
        assert words in line
    assert "stopped" not in said.out


def test_what_has_stopped_stands_below_without_its_secrets(shell: Shell) -> None:
    shell.clinic("riverside")

    async def spoil(desk: Desk) -> None:
        await desk.services.pacing.circuits.open("whatsapp:default", "190", ErrorClass.AUTH)
        dead = Subscription(
            id="c" * 26,
            topic=Topic.MESSAGE_SENT,
            clinics=frozenset({"riverside"}),
            channel="",
            callback_url="https://flows.example/secret",
            token_hash="t",
            made_by="key-1",
            made_at=AT,
            ended_at=AT,
            ended_why=Trouble.GONE,
        )
        await desk.storage.subscriptions.add(dead)
        await desk.storage.clinics.put("broken", "{}", AT)

    shell.look(spoil)
    said = shell("status")
    assert "whatsapp:default is stopped since" in said.out
    assert "(190)" in said.out
    assert f"subscription {'c' * 26} to message-sent of riverside ended" in said.out
    assert "clinic broken: its file is not valid any more" in said.out
    assert "flows.example" not in said.out


def test_status_of_nothing_says_how_to_begin(shell: Shell) -> None:
    shell("keys", "make", "--all-clinics", "--name", "Operator")
    assert "ops clinic load" in shell("status").out


def test_tomorrow_is_told_with_reasons_and_leaves_no_trace(shell: Shell) -> None:
    shell.clinic_with_a_list()

    async def stored(desk: Desk) -> int:
        clinic = await desk.services.clinics.get("ward")
        return len((await desk.services.start_run.recent(clinic, 10, "")).items)

    before = shell.look(stored)
    said = shell("tomorrow", "ward", "--all")
    assert said.code == 0, said.err
    assert "3 appointments read, 3 reminders planned" in said.out
    assert all(f"A-{number}" in said.out for number in (8001, 8002, 8003))
    assert not any(name in said.out for name in NAMES)
    assert shell.look(stored) == before


def test_another_day_has_other_reasons(shell: Shell) -> None:
    shell.clinic_with_a_list()
    said = shell("tomorrow", "ward", "--day", "2020-01-01")
    assert said.code == 0
    assert "0 reminders planned" in said.out


def test_a_list_that_cannot_be_read_is_said_and_is_no_success(shell: Shell) -> None:
    shell.clinic_with_a_list()
    (shell.folder / "ward.csv").unlink()
    said = shell("tomorrow", "ward")
    assert said.code == 1
    assert "COULD NOT BE READ AS A WHOLE" in said.out


@pytest.mark.parametrize(("words", "code"), [(["nowhere"], 1), (["riverside", "--day", "soon"], 2), ([], 2)])
def test_what_cannot_be_looked_at_is_refused(shell: Shell, words: list[str], code: int) -> None:
    shell.clinic("riverside")
    assert shell("tomorrow", *words).code == code
