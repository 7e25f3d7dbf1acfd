"""The log by day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.message import Kind, State
from shared.errors import InvalidCursor
from shared.storage.contract import LogEntry
from shared.storage.opened import OpenStorage
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, TODAY, planned
from tests.storage.wrappers import TinyPages


def line(n: int, state: State = State.ACCEPTED, reason: str = "") -> LogEntry:
    """The n-th hour's line; six hours a day."""
    at = NOW + timedelta(days=n // 6, hours=n % 6, milliseconds=n)
    return LogEntry(at, TODAY + timedelta(days=n // 6), planned(f"A-{n}").id, Kind.REMINDER, "whatsapp", state, reason)


async def all_lines(storage: OpenStorage, top: int, first: int = 0, last: int = 9) -> list[LogEntry]:
    days = (TODAY + timedelta(days=first), TODAY + timedelta(days=last))
    found: list[LogEntry] = []
    cursor = ""
    while True:
        page = await storage.log.page(CLINIC, *days, top, cursor)
        assert len(page.items) <= top
        found += page.items
        if not (cursor := page.next_cursor):
            return found


@pytest.mark.parametrize("top", [1, 5, 200])
async def test_lines_come_newest_first_over_several_days(open_store: OpenAnother, top: int) -> None:
    storage = await open_store(around_rows=TinyPages)
    lines = [line(n) for n in range(20)]
    for one in lines:
        await storage.log.append(one)
    assert await all_lines(storage, top) == lines[::-1]
    assert await all_lines(storage, top, first=1, last=2) == lines[17:5:-1]


async def test_a_repeated_line_is_one_line(storage: OpenStorage) -> None:
    for _ in range(2):
        await storage.log.append(line(1, State.FAILED, "131026"))
    await storage.log.append(line(1, State.ACCEPTED))
    assert sorted(one.state for one in await all_lines(storage, 10)) == ["accepted", "failed"]


async def test_other_clinics_see_nothing_of_it(in_memory: OpenStorage) -> None:
    await in_memory.log.append(line(1))
    for clinic in ("river", "riverside-2", "a"):
        assert (await in_memory.log.page(clinic, TODAY, TODAY, 10, "")).items == ()


@pytest.mark.parametrize("cursor", ["x", "AAAA", "ä", "=", "a" * 5000, "%00"])
async def test_a_broken_cursor_is_refused(in_memory: OpenStorage, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        await in_memory.log.page(CLINIC, TODAY, TODAY, 10, cursor)
