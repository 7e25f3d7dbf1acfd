"""`ops recount` on real tables: which days it finds, what it marks, and that the app then counts them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from azure.data.tables import TableServiceClient

from infra.ops.audit.asking import NotReadError
from infra.ops.audit.days import pages
from infra.ops.audit.reading import Entity
from infra.ops.command import Desk
from shared.domain.tally import CellFigures, DayTally
from shared.storage.contract import Mark
from shared.storage.rows import Row
from tests.infra.ops.audit.reader import MemoryReader
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
        "Of 2 days none need be counted anew.",
        "2 days changed lately: the app counts those in any case.",
    ]

    async def settled(desk: Desk) -> None:
        """As if two minutes had gone by: the marks are taken away, and the figures stand by themselves."""
        for day in (FIRST, LATER):
            await desk.storage.tallies.mark("riverside", day, datetime.now(UTC) - timedelta(minutes=5))
        assert await desk.services.tally() == 2

    clinic.look(settled)
    assert marks(clinic) == []
    assert clinic("recount", "riverside").out.splitlines() == ["Of 2 days none need be counted anew."]
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
    assert (said.code, said.out) == (0, "Of 0 days none need be counted anew.\n")
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


def test_what_could_not_be_read_is_said_and_what_was_done_stays(clinic: Shell, empty_storage: str) -> None:
    with TableServiceClient.from_connection_string(empty_storage) as tables:
        tables.delete_table("messages")
    said = clinic("recount", "riverside")
    assert said.code == 3
    assert "NOT READ WHOLE: the account answers 404 (TableNotFound). Give the command again" in said.err


class Ending(MemoryReader):
    """The account ends in the middle: the rows of December cannot be read."""

    def rows(self, table: str, wanted: str = "") -> Iterator[Entity]:
        for row in super().rows(table, wanted):
            if row["PartitionKey"] == "riverside_2026120200":
                raise NotReadError("the account does not answer")
            yield row


def test_pages_before_an_outage_are_told() -> None:
    reader = Ending()
    for day in ("20260901", "20260930", "20261001", "20261101", "20261202"):
        partition = f"riverside_{day}00"
        row = Row(partition, f"d_{'a' * 26}_d1", {"reason": "hidden"})
        reader.stored._tables["messages"].partition(partition).put(row)
    read = pages(reader, "riverside", datetime(2026, 11, 20, tzinfo=UTC))
    first, second = next(read), next(read)
    assert (first.first, first.last, first.days) == (FIRST, date(2026, 10, 1), 3)
    assert [one.day for one in second.wrong] == [date(2026, 11, 1)]
    assert not any(one.found for one in (*first.wrong, *second.wrong))
    with pytest.raises(NotReadError):
        next(read)


def test_a_day_that_is_none_ends_the_reading_in_words() -> None:
    reader = MemoryReader()
    reader.stored._tables["tallies"].partition("riverside").put(Row("riverside", "20261399", {}))
    with pytest.raises(NotReadError, match="a key of no known form"):
        next(pages(reader, "riverside", datetime(2026, 11, 20, tzinfo=UTC)))
