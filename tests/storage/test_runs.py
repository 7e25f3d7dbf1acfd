"""Planning runs have one owner at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.appointment import BadRow, Unreadable
from shared.errors import RowChanged
from shared.storage.contract import Run, RunState
from shared.storage.opened import OpenStorage
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, TODAY
from tests.storage.wrappers import PassingRows, RepeatingRows

LEASE = timedelta(minutes=5)


def a_run(owner: str = "w1", **changes: object) -> Run:
    run = Run(f"{CLINIC}_20261120_daily", CLINIC, TODAY, "daily", RunState.RUNNING, owner, NOW, NOW + LEASE)
    return replace(run, **changes)  # type: ignore[arg-type]


async def test_a_run_that_nobody_has_is_taken(storage: OpenStorage) -> None:
    taken = await storage.runs.begin(a_run(), NOW)
    assert taken is not None
    assert replace(taken, etag="") == a_run()
    assert await storage.runs.read(CLINIC, a_run().id) == taken


async def test_a_run_that_was_never_begun_is_none(storage: OpenStorage) -> None:
    assert await storage.runs.read(CLINIC, "never") is None


async def test_of_many_that_begin_at_once_one_has_it(storage: OpenStorage) -> None:
    begun = await asyncio.gather(*(storage.runs.begin(a_run(f"w{n}"), NOW) for n in range(20)))
    assert len([run for run in begun if run]) == 1


async def test_a_living_lease_keeps_others_out(storage: OpenStorage) -> None:
    await storage.runs.begin(a_run(), NOW)
    assert await storage.runs.begin(a_run("w2"), NOW + LEASE - timedelta(seconds=1)) is None


async def test_of_many_that_take_over_a_dead_lease_one_has_it(storage: OpenStorage) -> None:
    first = await storage.runs.begin(a_run(), NOW)
    assert first is not None
    later = NOW + LEASE
    others = [a_run(f"w{n}", started_at=later, lease_until=later + LEASE) for n in range(2, 12)]
    begun = [run for run in await asyncio.gather(*(storage.runs.begin(run, later) for run in others)) if run]
    assert len(begun) == 1
    assert begun[0].attempt == 2
    assert begun[0].started_at == later
    with pytest.raises(RowChanged):
        await storage.runs.save(replace(first, state=RunState.COMPLETE))


@pytest.mark.parametrize("state", [RunState.INCOMPLETE, RunState.FAILED])
async def test_a_run_that_ended_badly_is_taken_up_at_once(storage: OpenStorage, state: RunState) -> None:
    run = await storage.runs.begin(a_run(), NOW)
    assert run is not None
    await storage.runs.save(replace(run, state=state, problem="source_incomplete"))
    again = await storage.runs.begin(a_run("w2"), NOW)
    assert again is not None
    assert (again.attempt, again.state, again.problem) == (2, RunState.RUNNING, "")


async def test_a_complete_run_is_not_begun_again(storage: OpenStorage) -> None:
    run = await storage.runs.begin(a_run(), NOW)
    assert run is not None
    await storage.runs.save(replace(run, state=RunState.COMPLETE))
    assert await storage.runs.begin(a_run("w2"), NOW + timedelta(days=1)) is None
    assert await storage.runs.begin(a_run("w1"), NOW + timedelta(days=1)) is None


async def test_what_was_saved_comes_back(storage: OpenStorage) -> None:
    run = await storage.runs.begin(a_run(), NOW)
    assert run is not None
    run = await storage.runs.save(replace(run, lease_until=NOW + 2 * LEASE))
    ended = await storage.runs.save(
        replace(
            run,
            state=RunState.COMPLETE,
            finished_at=NOW + LEASE,
            counts={"read": 3, "skipped.no_opt_in": 1},
            bad_rows=(BadRow("line 7", Unreadable.BAD_DATE, "start"), BadRow("line 9", Unreadable.DUPLICATE)),
        )
    )
    assert await storage.runs.read(CLINIC, run.id) == ended


async def test_the_newest_runs_come_first(storage: OpenStorage) -> None:
    for n in (2, 0, 4, 1, 3):
        run = await storage.runs.begin(a_run(id=f"run-{n}", started_at=NOW + timedelta(hours=n)), NOW)
        assert run is not None
        await storage.runs.save(replace(run, state=RunState.COMPLETE, started_at=NOW))
    found: list[Run] = []
    cursor = ""
    while True:
        page = await storage.runs.recent(CLINIC, 2, cursor)
        found += page.items
        if not (cursor := page.next_cursor):
            break
    assert [run.id for run in found] == ["run-4", "run-3", "run-2", "run-1", "run-0"]
    assert {run.state for run in found} == {RunState.COMPLETE}
    assert (await storage.runs.recent("elsewhere", 10, "")).items == ()


async def ended(storage: OpenStorage, state: RunState, began: datetime, run_id: str = "") -> None:
    run = await storage.runs.begin(a_run(id=run_id or f"run-{began:%H%M}", started_at=began), began)
    assert run is not None
    await storage.runs.save(replace(run, state=state, finished_at=began + LEASE))


async def test_the_last_complete_run_counts_from_when_it_began(storage: OpenStorage) -> None:
    assert await storage.runs.last_complete(CLINIC) is None
    await ended(storage, RunState.INCOMPLETE, NOW)
    assert await storage.runs.last_complete(CLINIC) is None
    for hours in (1, 2):
        await ended(storage, RunState.COMPLETE, NOW + timedelta(hours=hours))
    await ended(storage, RunState.FAILED, NOW + timedelta(hours=3))
    assert await storage.runs.last_complete(CLINIC) == NOW + timedelta(hours=2)
    assert await storage.runs.last_complete("elsewhere") is None
    assert len((await storage.runs.recent(CLINIC, 10, "")).items) == 4


async def test_a_wish_holds_until_a_run_that_began_after_it_is_complete(storage: OpenStorage) -> None:
    assert await storage.runs.wanted(CLINIC) is None
    await storage.runs.want(CLINIC, NOW)
    for state, began in ((RunState.COMPLETE, -1), (RunState.COMPLETE, 0), (RunState.INCOMPLETE, 1)):
        await ended(storage, state, NOW + timedelta(minutes=began))
        assert await storage.runs.wanted(CLINIC) == NOW
    await ended(storage, RunState.COMPLETE, NOW + timedelta(minutes=2))
    assert await storage.runs.wanted(CLINIC) is None
    await storage.runs.want(CLINIC, NOW + timedelta(minutes=3))
    assert await storage.runs.wanted(CLINIC) == NOW + timedelta(minutes=3)
    assert await storage.runs.wanted("elsewhere") is None


async def test_of_many_wishes_at_once_the_latest_holds(storage: OpenStorage) -> None:
    await asyncio.gather(*(storage.runs.want(CLINIC, NOW + timedelta(seconds=n)) for n in (3, 1, 2, 0)))
    assert await storage.runs.wanted(CLINIC) == NOW + timedelta(seconds=3)


async def test_our_own_repeated_begin_takes_the_run(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=RepeatingRows)
    assert await storage.runs.begin(a_run(), NOW) is not None
    assert await storage.runs.begin(a_run("w2"), NOW) is None


class RepeatingBatches(PassingRows):
    async def apply(self, table, changes):  # type: ignore[no-untyped-def]
        await self.inner.apply(table, changes)
        return await self.inner.apply(table, changes)


async def test_our_own_repeated_save_is_no_conflict(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=RepeatingBatches)
    run = await storage.runs.begin(a_run(), NOW)
    assert run is not None
    bad = (BadRow("line 7", Unreadable.BAD_DATE),)
    saved = await storage.runs.save(replace(run, counts={"read": 1}, bad_rows=bad))
    await storage.runs.save(replace(saved, state=RunState.COMPLETE))
    taken = await storage.runs.read(CLINIC, run.id)
    assert taken is not None
    assert taken.state is RunState.COMPLETE
