"""The platform as far as it matters: timers, queues that deliver again, instances that die, a store that fails."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Protocol

from shared.domain.clinic import Clinic
from shared.errors import CallbackRefused, PatientMessagingError, StorageUnavailable
from shared.settings import Settings
from shared.sources.contract import Source
from tests.reliability.inside import Process
from tests.reliability.outside import Callback, Step
from tests.simulation.jumping_time import JumpingClock
from tests.simulation.source import Outage
from tests.simulation.watched_rows import WatchedRows

INSTANCES = 2
AT_ONCE = 24  # host.json: batchSize 16 and newBatchThreshold 8
POLLED_AFTER_S = (0.02, 2.0)
HIDDEN_S = 60.0  # host.json: visibilityTimeout, after a failure
HIDDEN_AFTER_KILL_S = 600.0  # what the host renews while a function runs
MOST_DELIVERIES = 30  # host.json: maxDequeueCount
REPEATED = 0.02  # share of jobs that the queue delivers twice
TEN_TIMES = 10  # as often at a call to a provider: there it decides most
EVERY_15_MINUTES, EVERY_5_S = timedelta(minutes=15), timedelta(seconds=5)  # PLAN_SCHEDULE, RELEASE_SCHEDULE


class Killed(BaseException):
    """The process is gone: no error of ours, and nothing of ours may catch it. Whatever still runs of it meets this at
    its next call to the outside."""


class Fate(StrEnum):
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    FAILED_BEFORE = "failed before"
    FAILED_AFTER = "failed after"


class Surroundings(Protocol):
    """What survives an instance: `rows`, `blobs`, `queue`, `wire` are what a gate leads to."""

    settings: Settings
    clock: JumpingClock
    rows: WatchedRows
    storage_outages: Sequence[Outage]

    async def open_source(self, clinic: Clinic) -> Source: ...


class Lifeline:
    """The gate of one instance: by chance it is killed at a call, or the store fails, before the call is done or after.

    `kills`, `fails`: share of the calls.
    """

    def __init__(self, outside: Surroundings, random: Random, kills: float, fails: float) -> None:
        self.ended = False
        self.fates: Counter[str] = Counter()
        self._outside = outside
        self._random = random
        self._kills = kills
        self._fails = fails

    async def __call__(self, target: str, name: str, *arguments: Any, **options: Any) -> Any:
        fate = self._fate(target)
        if fate is Fate.KILLED_BEFORE:
            self._end(fate, target)
        if fate is Fate.FAILED_BEFORE:
            raise StorageUnavailable("The store did not answer.")
        answer = await getattr(getattr(self._outside, target), name)(*arguments, **options)
        if self.ended or fate is Fate.KILLED_AFTER:
            self._end(fate, target)
        if fate is Fate.FAILED_AFTER:
            raise StorageUnavailable("The store did not answer.")
        return answer

    def _fate(self, target: str) -> Fate | None:
        if self.ended:
            raise Killed
        chance, kills = self._random.random(), self._kills * (TEN_TIMES if target == "wire" else 1)
        if chance < kills:
            return Fate.KILLED_BEFORE if chance < kills / 2 else Fate.KILLED_AFTER
        if target == "wire":
            return None  # its troubles are the weather's
        chance -= kills
        if chance < self._fails:
            return Fate.FAILED_BEFORE if chance < self._fails / 2 else Fate.FAILED_AFTER
        now = self._outside.clock.now()
        if any(now in outage for outage in self._outside.storage_outages):
            return Fate.FAILED_BEFORE
        return None

    def _end(self, fate: Fate | None, target: str) -> None:
        if not self.ended:
            self.ended = True
            self.fates[f"{fate} {target}"] += 1
        raise Killed


class Platform:
    """Runs steps on instances. `looked_at` is called after each of them, however it ended."""

    def __init__(self, outside: Surroundings, random: Random, kills: float, fails: float) -> None:
        self.counts: Counter[str] = Counter()
        self.poisoned: list[Step] = []
        self.defects: list[BaseException] = []
        self.looked_at: Callable[[Step], Awaitable[None]]
        self._outside = outside
        self._random = random
        self._shares = (kills, fails)
        self._instances: list[tuple[Process, Lifeline]] = []
        self._lifelines: list[Lifeline] = []
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def fates(self) -> Counter[str]:
        """How instances ended, and where."""
        return sum((lifeline.fates for lifeline in self._lifelines), Counter())

    def start(self) -> None:
        self._instances = [self._born() for _ in range(INSTANCES)]
        self.spawn(self._schedules())
        self.spawn(self._releases())

    async def put(self, kind: str, texts: Sequence[str]) -> None:
        """The queues, as output bindings see them."""
        for text in texts:
            self.spawn(self._delivers(kind, text))
            if self._random.random() < REPEATED:
                self.spawn(self._delivers(kind, text))

    async def posted(self, callback: Callback) -> int:
        """A provider's request to our webhook: the HTTP status, 0 where the connection broke."""
        try:
            ended = await self._perform(Step("webhook", self._outside.clock.now(), callback=callback))
        except CallbackRefused:
            return 403
        return {"done": 200, "killed": 0}.get(ended, 503)

    async def _delivers(self, kind: str, text: str) -> None:
        """One queue message, until it is done or set aside."""
        await asyncio.sleep(self._random.uniform(*POLLED_AFTER_S))
        for _ in range(MOST_DELIVERIES):
            async with self._slots[kind]:
                ended = await self._perform(Step(kind, self._outside.clock.now(), text))
            if ended == "done":
                return
            await asyncio.sleep(HIDDEN_AFTER_KILL_S if ended == "killed" else HIDDEN_S)
        self.poisoned.append(Step(kind, self._outside.clock.now(), text))

    async def _perform(self, step: Step) -> str:
        """How it ended: done, failed, killed. Raises CallbackRefused."""
        place = self._random.randrange(INSTANCES)
        if self._instances[place][1].ended:
            self._instances[place] = self._born()
        process, _ = self._instances[place]
        ended = "done"
        try:
            await process.perform(step)
        except (Killed, BaseExceptionGroup):
            ended = "killed"
        except CallbackRefused:
            raise
        except PatientMessagingError as failure:
            ended = "failed" if failure.retryable else f"refused: {failure.code}"
        self.counts[f"{step.kind} {ended}"] += 1
        await self.looked_at(step)
        return ended

    def _born(self) -> tuple[Process, Lifeline]:
        outside, lifeline = self._outside, Lifeline(self._outside, self._random, *self._shares)
        self.counts["instances"] += 1
        self._lifelines.append(lifeline)
        return Process(outside.settings, (), lifeline, outside.clock, outside.open_source), lifeline

    async def _schedules(self) -> None:
        while True:
            await self._outside.clock.until(_next(self._outside.clock.now(), EVERY_15_MINUTES))
            await self._perform(Step("schedule", self._outside.clock.now()))
            await self._perform(Step("watch", self._outside.clock.now()))
            await self._perform(Step("tally", self._outside.clock.now()))  # here as rarely as the others

    async def _releases(self) -> None:
        """Every five seconds, as far as anything is due: the sweeps between find nothing."""
        while True:
            await self._something_is_due()
            await self._outside.clock.until(_next(self._outside.clock.now(), EVERY_5_S))
            await self._perform(Step("release", self._outside.clock.now()))

    async def _something_is_due(self) -> None:
        rows, clock = self._outside.rows, self._outside.clock
        while (at := rows.next_due_at) is None or at > clock.now():
            rows.due_changed.clear()
            wait = (at - clock.now()).total_seconds() if at else None
            try:
                async with asyncio.timeout(wait):
                    await rows.due_changed.wait()
            except TimeoutError:
                continue

    def spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A defect of the simulation, or an error that nothing of ours foresaw: it must not pass in silence."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.defects.append(error)


def _next(now: datetime, every: timedelta) -> datetime:
    """The next instant of a timer's grid, after `now`."""
    whole = timedelta(seconds=int(now.timestamp() // every.total_seconds() + 1) * every.total_seconds())
    return datetime.fromtimestamp(0, now.tzinfo) + whole
