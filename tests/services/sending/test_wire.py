"""Wire time for workers: shared leases, one write each; no window of any length holds too many sends."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.channels.whatsapp.simulator.pace import Pace, PaceLimits
from shared.domain.pace import PaceRule
from shared.services.sending.wire import FAR, LATE, Busy, Slot, Wire
from shared.storage import memory
from shared.storage.opened import OpenStorage
from shared.storage.rows import Change
from tests.reliability.outside import at_once
from tests.storage.samples import ENCRYPTION_KEYS, INDEX_KEY
from tests.storage.wrappers import CountingRows
from tests.world import NOW, MovedClock

LANE = "whatsapp:default"
FAST, SLOW = PaceRule(80), PaceRule(20 / 60)


class SharedClock:
    """A clock that moves on when everybody sleeps: those who sleep wake in the order of their instants."""

    def __init__(self) -> None:
        self.at = NOW
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._number = 0

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self._number += 1
        done = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.at + timedelta(seconds=seconds), self._number, done))
        await done

    async def run(self, *workers: asyncio.Task[None]) -> None:
        while not all(worker.done() for worker in workers):
            for _ in range(200):
                await asyncio.sleep(0)
            if self._sleepers:
                at, _, done = heapq.heappop(self._sleepers)
                self.at = max(self.at, at)
                done.set_result(None)
        await asyncio.gather(*workers)


def in_memory(around_rows: Callable[[object], object] = lambda rows: rows) -> OpenStorage:
    return memory.open_storage(
        encryption_keys=ENCRYPTION_KEYS,
        index_key=INDEX_KEY,
        around_rows=around_rows,  # type: ignore[arg-type]
    )


class SlowRows(CountingRows):
    """Every write gives the others a turn first."""

    async def write(self, table: str, change: Change) -> str:
        await asyncio.sleep(0)
        return await super().write(table, change)


@settings(max_examples=25)
@given(
    random=st.randoms(use_true_random=False),
    workers=st.integers(1, 200),
    over_s=st.sampled_from([0.0, 0.5, 8.0]),
    rate=st.sampled_from([80.0, 20.0, 20 / 60, 7.0]),
    window_s=st.floats(0.001, 30),
)
async def test_no_window_holds_more_than_its_share_and_one(
    random: Random, workers: int, over_s: float, rate: float, window_s: float
) -> None:
    """Three instances, each with as many workers as there are messages, on one row."""
    storage, clock, rule = in_memory(SlowRows), SharedClock(), PaceRule(rate)
    wires = [Wire(lanes=storage.lanes, clock=clock) for _ in range(3)]
    sent: list[datetime] = []

    async def worker(later_s: float, instance: int) -> None:
        await clock.sleep(later_s)
        answer = await wires[instance].slot(LANE, rule)
        if isinstance(answer, Slot):
            assert answer.at <= clock.now() <= answer.at + rule.interval + LATE
            sent.append(answer.at)
        else:
            assert answer.until > clock.now()

    arrivals = [(random.uniform(0, over_s), random.randrange(3)) for _ in range(workers)]
    await clock.run(*(asyncio.ensure_future(worker(*arrival)) for arrival in arrivals))
    sent.sort()
    assert sent
    assert all(later - earlier >= rule.interval for earlier, later in pairwise(sent))
    for start in sent:
        assert sum(start <= at <= start + timedelta(seconds=window_s) for at in sent) <= window_s * rate + 1 + 1e-6


async def slots_of(wire: Wire, count: int, rule: PaceRule) -> Sequence[Slot | Busy]:
    return await asyncio.gather(*(wire.slot(LANE, rule) for _ in range(count)))


async def test_twenty_who_wait_together_cost_one_write() -> None:
    storage = in_memory(SlowRows)
    wire = Wire(lanes=storage.lanes, clock=MovedClock())
    await wire.slot(LANE, FAST)
    before = storage.rows.requests.total()  # type: ignore[attr-defined]
    answers = await slots_of(wire, 20, FAST)
    assert len({answer.at for answer in answers if isinstance(answer, Slot)}) == 20
    cost = storage.rows.requests.total() - before  # type: ignore[attr-defined]
    assert cost == 2, "the first that comes leases for itself, and then one lease is for all others"


async def test_a_lease_of_an_instance_that_knows_the_row_is_one_request() -> None:
    storage = in_memory(CountingRows)
    wire = Wire(lanes=storage.lanes, clock=MovedClock())
    costs = []
    for _ in range(3):
        before = storage.rows.requests.total()  # type: ignore[attr-defined]
        await wire.slot(LANE, FAST)
        costs.append(storage.rows.requests.total() - before)  # type: ignore[attr-defined]
    assert costs == [2, 1, 1]


async def test_where_the_wire_is_booked_far_ahead_the_worker_is_told_when_to_come_again() -> None:
    storage, clock = in_memory(), MovedClock()
    await storage.lanes.keep_wire(LANE, NOW + FAR + timedelta(seconds=2), "")
    wire = Wire(lanes=storage.lanes, clock=clock)
    assert await wire.slot(LANE, SLOW) == Busy(NOW + FAR + timedelta(seconds=2))
    assert (await storage.lanes.wire(LANE)).value == NOW + FAR + timedelta(seconds=2), "and nothing was booked for it"
    clock.advance(seconds=2)
    assert await wire.slot(LANE, SLOW) == Slot(NOW + FAR + timedelta(seconds=2))


async def test_only_so_many_wait_as_the_wire_takes_soon() -> None:
    clock = SharedClock()
    wire = Wire(lanes=in_memory().lanes, clock=clock)
    answers: list[Slot | Busy] = []

    async def worker() -> None:
        answers.append(await wire.slot(LANE, SLOW))

    await clock.run(*(asyncio.ensure_future(worker()) for _ in range(20)))
    assert [answer.at for answer in answers if isinstance(answer, Slot)] == [
        NOW + timedelta(seconds=3 * n) for n in range(4)
    ]
    assert sum(isinstance(answer, Busy) for answer in answers) == 16


async def test_a_slot_that_nobody_took_in_time_is_thrown_away() -> None:
    storage, clock = in_memory(SlowRows), SharedClock()
    wire = Wire(lanes=storage.lanes, clock=clock)
    first, gone, last = (asyncio.ensure_future(wire.slot(LANE, SLOW)) for _ in range(3))
    await asyncio.sleep(0)
    gone.cancel()  # its slot was leased together with the last one's
    await clock.run(*(asyncio.ensure_future(_settled(one)) for one in (first, gone, last)))
    clock.at = NOW + timedelta(minutes=1)
    answer = await wire.slot(LANE, SLOW)
    assert answer == Slot(clock.at)


async def _settled(task: asyncio.Future[Slot | Busy]) -> None:
    await asyncio.wait([task])


class SleepsTooLong(MovedClock):
    """The first sleep takes five seconds more."""

    too_long_s = 5.0

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds=seconds + self.too_long_s)
        self.too_long_s = 0.0


async def test_who_wakes_too_late_takes_another_slot() -> None:
    storage, clock = in_memory(), SleepsTooLong()
    await storage.lanes.keep_wire(LANE, NOW + timedelta(seconds=1), "")
    answer = await Wire(lanes=storage.lanes, clock=clock).slot(LANE, FAST)
    assert answer == Slot(NOW + timedelta(seconds=6))


def test_without_others_at_the_wire_no_event_loop_is_needed() -> None:
    wire = Wire(lanes=in_memory().lanes, clock=MovedClock())
    answers = [at_once(wire.slot(LANE, FAST)) for _ in range(3)]
    assert answers == [Slot(NOW + n * FAST.interval) for n in range(3)]


class AlwaysSecond(CountingRows):
    """Another instance writes just before every write of ours."""

    async def write(self, table: str, change: Change) -> str:
        there = await self.inner.get(table, change.row.partition, change.row.key)
        if there is not None:
            await self.inner.write(table, Change(change.verb, there, there.etag))
        return await super().write(table, change)


async def test_who_loses_every_race_for_the_wire_comes_again_later() -> None:
    storage = in_memory(AlwaysSecond)
    await storage.lanes.keep_wire(LANE, NOW, "")
    answer = await Wire(lanes=storage.lanes, clock=MovedClock()).slot(LANE, FAST)
    assert isinstance(answer, Busy)
    assert NOW < answer.until <= NOW + timedelta(seconds=1)


@pytest.mark.parametrize("instances", [1, 4])
async def test_the_wire_is_used_as_fast_as_it_may(instances: int) -> None:
    storage, clock = in_memory(SlowRows), SharedClock()
    wires = [Wire(lanes=storage.lanes, clock=clock) for _ in range(instances)]
    sent: list[datetime] = []

    async def worker(wire: Wire) -> None:
        for _ in range(200 // instances // 4):
            answer = await wire.slot(LANE, FAST)
            assert isinstance(answer, Slot)
            sent.append(answer.at)

    await clock.run(*(asyncio.ensure_future(worker(wire)) for wire in wires for _ in range(4)))
    assert len(sent) == 200 // instances // 4 * 4 * instances
    assert max(sent) - min(sent) <= len(sent) * FAST.interval * 1.1


class OversleepingClock(SharedClock):
    """Who sleeps wakes up to 200 ms late, as on a busy machine."""

    random = Random(7)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds + self.random.uniform(0, 0.2))


async def test_metas_own_limit_refuses_nothing_of_three_instances() -> None:
    storage, clock = in_memory(SlowRows), OversleepingClock()
    wires = [Wire(lanes=storage.lanes, clock=clock) for _ in range(3)]
    meta, numbers = Pace(PaceLimits(per_second=80)), count()
    began = clock.now()

    async def worker(wire: Wire) -> None:
        for _ in range(50):
            answer = await wire.slot(LANE, FAST)
            assert isinstance(answer, Slot)
            meta.check("1", f"+44770090{next(numbers):04d}", clock.now())  # raises 130429

    await clock.run(*(asyncio.ensure_future(worker(wire)) for wire in wires for _ in range(8)))
    assert next(numbers) == 3 * 8 * 50
    assert clock.now() - began <= timedelta(seconds=3 * 8 * 50 / 80 * 1.5)
