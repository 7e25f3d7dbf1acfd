"""`ops recount` on real tables: which days it finds, what it marks, and that the app then counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from infra.ops.command import Desk
from shared.domain.tally import CellFigures, DayTally
from shared.storage.contract import Mark
from tests.infra.ops.conftest import Shell
from tests.storage.samples import contact, entry

FIRST = date(2026, 9, 1)
LATER = date(2026, 11, 23)
NOBODYS = DayTally(datetime(2026, 9, 1, tzinfo=UTC), 7, {("whatsapp", "en"): CellFigures.of({"messages": 7})})


@pytest.fixture
def clinic(shell: Shell) -> Shell:
    """A day of three messages that was never counted, and one that was counted wrongly, eleven weeks before."""
    shell.clinic("riverside")

    async def live(desk: Desk) -> None:
        patients = [f"P-{number}" for number in range(3)]
        entries = [entry(f"A-{number}", patient) for number, patient in enumerate(patients)]
        assert {one.decision.day for one in entries} == {LATER}
        await desk.storage.plans.write("riverside", entries, [contact(patient) for patient in patients])
        await desk.storage.tallies.keep("riverside", FIRST, NOBODYS, "")

    shell.look(live)
    return shell


def marks(shell: Shell) -> list[date]:
    async def look(desk: Desk) -> list[Mark]:
        return list(await desk.storage.tallies.marks_of("riverside", date.min, date.max))

    return [mark.day for mark in shell.look(look)]


def test_days_that_are_wrong_are_marked_and_the_app_counts_them(clinic: Shell) -> None:
    said = clinic("recount", "riverside")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "2026-09-01  rows kept 7, found 0; whatsapp/en/messages kept 7, found 0",
        "2026-11-23  was never counted",
        "2 of 2 days will be counted anew: the app does it within some minutes.",
    ]
    assert marks(clinic) == [FIRST, LATER]

    async def count(desk: Desk) -> int:
        return await desk.services.tally()

    assert clinic.look(count) == 2
    again = clinic("recount", "riverside")
    assert again.out.splitlines() == [
        "The figures of 2 days are what their rows come to.",
        "2 days changed lately: the app counts what has changed in any case.",
    ]

    async def settled(desk: Desk) -> None:
        """As if two minutes had gone by: the marks are taken away, and the figures stand by themselves."""
        for day in (FIRST, LATER):
            await desk.storage.tallies.mark("riverside", day, datetime.now(UTC) - timedelta(minutes=5))
        assert await desk.services.tally() == 2

    clinic.look(settled)
    assert marks(clinic) == []
    assert clinic("recount", "riverside").out.splitlines() == ["The figures of 2 days are what their rows come to."]
    assert "tally_differs" not in clinic("check", "storage").out


def test_a_dry_run_changes_nothing(clinic: Shell) -> None:
    said = clinic("recount", "riverside", "--dry-run")
    assert (said.code, said.out.splitlines()[-1]) == (0, "2 of 2 days would be counted anew. Nothing was changed.")
    assert marks(clinic) == []


@pytest.mark.parametrize(
    ("words", "days"),
    [
        (("--from", "2026-09-02"), [LATER]),
        (("--to", "2026-11-22"), [FIRST]),
        (("--from", "2026-09-01", "--to", "2026-09-01"), [FIRST]),
        (("--from", "2026-11-23", "--to", "2026-11-23"), [LATER]),
        (("--from", "2026-09-02", "--to", "2026-11-22"), []),
    ],
)
def test_only_the_days_that_are_meant(clinic: Shell, words: tuple[str, ...], days: list[date]) -> None:
    assert clinic("recount", "riverside", *words).code == 0
    assert marks(clinic) == days


def test_other_clinics_are_left_alone(clinic: Shell) -> None:
    clinic.clinic("river")
    said = clinic("recount", "river")
    assert (said.code, said.out) == (0, "The figures of 0 days are what their rows come to.\n")
    assert marks(clinic) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nowhere",), "There is no clinic nowhere"),
        (("riverside", "--from", "2026-02-01", "--to", "2026-01-01"), "--from"),
    ],
)
def test_what_cannot_be_meant_is_refused(clinic: Shell, words: tuple[str, ...], why: str) -> None:
    said = clinic("recount", *words)
    assert (said.code, why in said.err) == (1, True)
    assert clinic("recount", "riverside", "--from", "yesterday").code == 2
    assert marks(clinic) == []
