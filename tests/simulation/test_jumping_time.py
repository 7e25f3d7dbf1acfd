"""The loop that jumps keeps the order of things and the exact instants, and says when nothing will ever happen."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.simulation.jumping_time import JumpingClock, JumpingLoop, StandstillError, run_jumping

BEGAN = datetime(2026, 9, 28, tzinfo=UTC)


def test_a_quarter_of_a_year_of_waiting_takes_no_time_and_ends_at_the_exact_instant() -> None:
    loop = JumpingLoop()
    clock = JumpingClock(loop, BEGAN)
    seen: list[datetime] = []

    async def wakes(every: timedelta, times: int) -> None:
        for n in range(1, times + 1):
            await clock.until(BEGAN + n * every)
            seen.append(clock.now())

    async def both() -> None:
        await asyncio.gather(wakes(timedelta(days=1, microseconds=7), 90), wakes(timedelta(hours=7), 300))

    begun = time.perf_counter()
    run_jumping(loop, both())
    assert time.perf_counter() - begun < 5
    assert seen == sorted(seen)
    daily = {BEGAN + n * timedelta(days=1, microseconds=7) for n in range(1, 91)}
    assert set(seen) == daily | {BEGAN + n * timedelta(hours=7) for n in range(1, 301)}


def test_time_outs_strike_in_simulated_time() -> None:
    loop = JumpingLoop()

    async def never_answered() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(20):
                await asyncio.sleep(3600)
        return loop.time()

    assert run_jumping(loop, never_answered()) == pytest.approx(20)


def test_where_everything_waits_for_ever_it_says_so() -> None:
    loop = JumpingLoop()

    async def waits() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StandstillError):
        loop.run_until_complete(waits())
    run_jumping(loop, asyncio.sleep(0))
