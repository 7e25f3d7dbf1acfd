"""What is to be done next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.storage.contract import DueAction, DueRow
from shared.storage.due import SHARDS
from shared.storage.opened import OpenStorage
from tests.storage.conftest import OpenAnother
from tests.storage.samples import NOW, planned
from tests.storage.wrappers import CountingRows, TinyPages


def due(n: int, at: datetime = NOW, **changes: object) -> DueRow:
    return replace(DueRow(planned(f"A-{n}").id, at, DueAction.SEND), **changes)  # type: ignore[arg-type]


async def test_rows_whose_time_has_come_are_taken_earliest_first(storage: OpenStorage) -> None:
    rows = [due(n, NOW - timedelta(minutes=(n * 7) % 20)) for n in range(20)]
    await storage.due.put([*rows, due(99, NOW + timedelta(seconds=1))])
    taken = await storage.due.take(NOW, 100)
    assert list(taken) == sorted(rows, key=lambda row: row.key)
    assert list(await storage.due.take(NOW, 7)) == sorted(rows, key=lambda row: row.key)[:7]


async def test_taking_only_reads(storage: OpenStorage) -> None:
    await storage.due.put([due(1)])
    assert await storage.due.take(NOW, 10) == await storage.due.take(NOW, 10) != []


async def test_a_row_comes_back_as_it_was_put(storage: OpenStorage) -> None:
    row = due(1, NOW + timedelta(microseconds=250_001), action=DueAction.CHECK, attempt=3, priority=1)
    await storage.due.put([row])
    assert list(await storage.due.take(NOW + timedelta(seconds=1), 10)) == [row]


async def test_nothing_is_taken_before_its_instant(in_memory: OpenStorage) -> None:
    await in_memory.due.put([due(1, NOW + timedelta(milliseconds=500))])
    assert await in_memory.due.take(NOW + timedelta(milliseconds=499), 10) == []
    assert len(await in_memory.due.take(NOW + timedelta(milliseconds=500), 10)) == 1


async def test_instants_of_other_zones_stand_in_their_place(in_memory: OpenStorage) -> None:
    local = NOW.astimezone(ZoneInfo("Asia/Hong_Kong"))
    assert due(1, local).key == due(1, NOW).key
    await in_memory.due.put([due(1, local)])
    assert len(await in_memory.due.take(NOW, 10)) == 1
    assert await in_memory.due.take(NOW.astimezone(UTC) - timedelta(seconds=1), 10) == []


async def test_a_moved_row_is_due_at_its_new_time(storage: OpenStorage) -> None:
    rows = [due(n) for n in range(9)]
    await storage.due.put(rows)
    later = [due(n, NOW + timedelta(minutes=2), action=DueAction.CHECK) for n in range(9)]
    await storage.due.move(list(zip(rows, later, strict=True)))
    assert await storage.due.take(NOW, 100) == []
    assert set(await storage.due.take(NOW + timedelta(minutes=2), 100)) == set(later)


async def test_a_row_that_is_gone_does_not_keep_the_others_from_moving(storage: OpenStorage) -> None:
    rows = [due(n) for n in range(9)]
    await storage.due.put(rows)
    await storage.due.delete(rows[4].message_id, rows[4].key)
    later = [due(n, NOW + timedelta(minutes=2)) for n in range(9)]
    await storage.due.move(list(zip(rows, later, strict=True)))
    assert await storage.due.take(NOW, 100) == []
    assert set(await storage.due.take(NOW + timedelta(minutes=2), 100)) == set(later)


async def test_a_row_may_change_without_another_time(storage: OpenStorage) -> None:
    await storage.due.put([due(1)])
    await storage.due.move([(due(1), due(1, action=DueAction.CHECK))])
    assert list(await storage.due.take(NOW, 10)) == [due(1, action=DueAction.CHECK)]


async def test_two_rows_of_one_message_may_move_to_one(storage: OpenStorage) -> None:
    early, late, next_one = due(1), due(1, NOW + timedelta(seconds=5)), due(1, NOW + timedelta(minutes=2))
    await storage.due.put([early, late])
    await storage.due.move([(early, next_one), (late, next_one)])
    assert list(await storage.due.take(NOW + timedelta(hours=1), 10)) == [next_one]


async def test_a_deleted_row_is_gone_and_may_be_deleted_again(storage: OpenStorage) -> None:
    await storage.due.put([due(1)])
    for _ in range(2):
        await storage.due.delete(due(1).message_id, due(1).key)
    assert await storage.due.take(NOW, 10) == []


async def test_taking_goes_on_over_short_and_empty_pages(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=TinyPages)
    await storage.due.put([due(n) for n in range(24)])
    assert len(await storage.due.take(NOW, 100)) == 24


async def test_many_rows_move_in_few_requests(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=CountingRows)
    rows = [due(n) for n in range(300)]
    await storage.due.put(rows)
    before = storage.rows.requests["due"]
    await storage.due.move([(row, replace(row, at=NOW + timedelta(minutes=2))) for row in rows])
    assert storage.rows.requests["due"] - before <= 300 / 50 + SHARDS
