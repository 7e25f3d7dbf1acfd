"""Time that jumps: an event loop that never waits. Where nothing can be done, it is at once the next instant at which
something can, so that months of sleeping, time-outs and receipts that come a week late take no time at all."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any


class StandstillError(RuntimeError):
    """Everything waits for something that will never come."""


class JumpingLoop(asyncio.SelectorEventLoop):
    """Real coroutines, tasks and time-outs on a clock of its own. No sockets, no threads: those would need real time.

    What is ready runs in the order in which it became ready, so that a run is a matter of its seed alone.
    """

    def __init__(self) -> None:
        self._at = 0.0
        super().__init__(_Jump(self))
        self._clock_resolution = 1e-6  # sums of floats over months are exact to less than that

    def time(self) -> float:
        return self._at

    def jump(self, seconds: float) -> None:
        self._at += seconds


class _Jump(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise StandstillError("every task waits, and no timer is set")
        if timeout > 0:
            self._loop.jump(timeout)
        return []


class JumpingClock:
    """Implements `shared.clock.Clock` on a JumpingLoop."""

    def __init__(self, loop: JumpingLoop, began: datetime) -> None:
        self._loop = loop
        self.began = began

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self._loop.time())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def until(self, instant: datetime) -> None:
        """Returns at `instant`; at once where it is past."""
        while (wait := (instant - self.now()).total_seconds()) > 0:
            await self.sleep(wait)


def run_jumping[T](loop: JumpingLoop, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. What it left running is ended."""
    try:
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()
