"""Several processes that write to days and count them, every storage call of theirs in an order drawn by chance.

A call waits for its turn, is done, and waits again until its answer comes; in between others have theirs, the clock
moves, and any process may be killed. No call is under way for longer than `LONGEST`, as in `storage/azure/faults.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from shared.domain.message import Event
from shared.domain.tally import DayTally
from shared.errors import StorageUnavailable
from shared.services.tallying.marking import DayMarks, MarkedMessages, MarkedPlans
from shared.services.tallying.tally import TallyDays
from shared.storage.contract import PlanEntry
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.opened import OpenStorage, storage_over
from tests.storage.samples import CLINIC, ENCRYPTION_KEYS, INDEX_KEY
from tests.world import MovedClock

LONGEST = timedelta(seconds=30)
RESTS = (timedelta(0), timedelta(0), timedelta(seconds=20), timedelta(seconds=140))
KILLED, FAILS = 0.02, 0.03  # of the turns
IDLE_TURNS = 12  # of the loop, until every task waits for the store

Work = PlanEntry | Event


class Turns:
    """Who waits for the store, and whose turn it is."""

    def __init__(self, random: Random, clock: MovedClock) -> None:
        self.random = random
        self.clock = clock
        self.waiting: list[tuple[asyncio.Future[None], _Process, datetime]] = []
        self._passing = asyncio.Event()

    async def passed(self) -> None:
        """Somebody else had a turn."""
        await self._passing.wait()

    async def mine(self, process: _Process, since: datetime) -> None:
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append((turn, process, since))
        await turn
        if process.dead:
            raise asyncio.CancelledError

    async def next(self) -> None:
        self._passing.set()
        self._passing = asyncio.Event()
        for _ in range(IDLE_TURNS):
            await asyncio.sleep(0)
        self.waiting = [one for one in self.waiting if not one[0].done()]
        if not self.waiting:
            return
        overdue = [one for one in self.waiting if self.clock.now() - one[2] >= LONGEST]
        chosen = self.random.choice(overdue or self.waiting)
        self.waiting.remove(chosen)
        turn, process, _ = chosen
        chance = self.random.random()
        if chance < KILLED:
            process.kill()
        elif chance < KILLED + FAILS or overdue:
            turn.set_exception(StorageUnavailable("The store did not answer."))
        else:
            turn.set_result(None)
        if not overdue:
            longest_ahead = min((since + LONGEST for _, _, since in self.waiting), default=None)
            at = self.clock.now() + timedelta(seconds=self.random.choice((0, 0, 0, 0, 0, 0.5, 1, 20)))
            self.clock.at = min(at, longest_ahead) if longest_ahead else at


class _TurnRows:
    """Rows whose every call has its turns."""

    def __init__(self, inner: MemoryRows, turns: Turns, process: _Process) -> None:
        self._inner = inner
        self._turns = turns
        self._process = process

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any, **options: Any) -> Any:
            if self._process.dead:
                raise asyncio.CancelledError
            since = self._turns.clock.now()
            await self._turns.mine(self._process, since)
            said = await getattr(self._inner, name)(*arguments, **options)
            await self._turns.mine(self._process, since)
            return said

        return call


class _Process:
    """One life of a process; killed, it does nothing more, and another one begins."""

    def __init__(self, chaos: Chaos) -> None:
        chaos.processes.append(self)
        self.dead = False
        self.task: asyncio.Task[None] | None = None
        rows: Any = _TurnRows(chaos.rows, chaos.turns, self)
        self.storage = storage_over(rows, MemoryBlobs(), ENCRYPTION_KEYS, INDEX_KEY)
        marks = DayMarks(self.storage.tallies, chaos.turns.clock)
        self.messages = MarkedMessages(self.storage.messages, marks)
        self.plans = MarkedPlans(self.storage.plans, marks)
        self.tally = TallyDays(tallies=self.storage.tallies, waiting=self.storage.waiting, clock=chaos.turns.clock)

    def kill(self) -> None:
        self.dead = True
        if self.task is not None:
            self.task.cancel()

    async def write(self, work: Work) -> None:
        if isinstance(work, PlanEntry):
            await self.plans.write(CLINIC, [work])
        else:
            await self.messages.append(work)


class Chaos:
    """One history. `rows` is what is stored, whoever was killed."""

    def __init__(self, seed: int, clock: MovedClock) -> None:
        self.rows = MemoryRows()
        self.turns = Turns(Random(seed), clock)
        self.storage: OpenStorage = storage_over(self.rows, MemoryBlobs(), ENCRYPTION_KEYS, INDEX_KEY)
        self.counting = TallyDays(tallies=self.storage.tallies, waiting=self.storage.waiting, clock=clock)
        self.processes: list[_Process] = []
        self.kills = self.writing = 0

    async def writer(self, works: Sequence[Work]) -> None:
        """Writes one after the other, with rests; what failed or was killed is not tried again, and may be done."""
        process = _Process(self)
        self.writing += 1
        for work in works:
            goes_on_at = self.turns.clock.now() + self.turns.random.choice(RESTS)
            while self.turns.clock.now() < goes_on_at:
                await self.turns.passed()  # the counters go on, and with them the clock
            process = await self._lived(process, lambda p=process, w=work: p.write(w))  # type: ignore[misc]
        self.writing -= 1

    async def counter(self) -> None:
        """Sweeps as long as anybody writes."""
        process = _Process(self)
        while self.writing:
            process = await self._lived(process, lambda p=process: p.tally())  # type: ignore[misc]

    async def _lived(self, process: _Process, act: Callable[[], Awaitable[object]]) -> _Process:
        async def acted() -> None:
            try:
                await act()
            except StorageUnavailable:
                return

        process.task = asyncio.create_task(acted())
        await asyncio.wait([process.task])
        if not process.dead:
            process.task.result()
            return process
        self.kills += 1
        return _Process(self)

    async def lived_through(self, *lives: Awaitable[None]) -> Sequence[str]:
        """What was wrong, as soon as it was: a day whose tally says otherwise than its rows, and no mark says so."""
        tasks = [asyncio.ensure_future(life) for life in lives]
        wrong: Sequence[str] = ()
        while not all(task.done() for task in tasks) and not wrong:
            await self.turns.next()
            wrong = await self.differing()
        for task in tasks:
            task.cancel()
        for process in self.processes:
            process.kill()
        ends = [*tasks, *(process.task for process in self.processes if process.task)]
        await asyncio.gather(*ends, return_exceptions=True)
        return wrong

    async def counted_at_last(self) -> Sequence[str]:
        """The timer goes on, and nothing else happens any more: what is wrong then."""
        self.turns.clock.advance(minutes=10)
        await self.counting()
        still = await self.storage.tallies.marks()
        return [*await self.differing(), *(f"{mark.day} is still marked" for mark in still)]

    async def differing(self) -> Sequence[str]:
        marked = {mark.day for mark in await self.storage.tallies.marks()}
        wrong: list[str] = []
        for day in self._days() - marked:
            told, true = (await self.storage.tallies.tally(CLINIC, day)).value, await self.counting.recount(CLINIC, day)
            if _figures(told) != _figures(true):
                wrong.append(f"{day}: {_figures(told)} instead of {_figures(true)}")
        return wrong

    def _days(self) -> set[date]:
        names = self.rows._tables["messages"].names
        return {date.fromisoformat(name.removeprefix(f"{CLINIC}_")[:8]) for name in names}


def _figures(tally: DayTally | None) -> object:
    return tally and (tally.rows, tally.cells)
