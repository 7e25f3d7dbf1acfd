"""What is read once for many, and read again when it has become old."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.clock import Clock


class Rereading:
    """Called before each use of what `read` keeps: reads where that is older than `fresh_for`. Many may find it old at
    once: one of them reads, the others wait for it. A reading that fails counts for nothing."""

    def __init__(self, read: Callable[[], Awaitable[None]], fresh_for: timedelta, clock: Clock) -> None:
        self._read = read
        self._fresh_for = fresh_for
        self._clock = clock
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def __call__(self) -> None:
        if self._is_old():
            async with self._reading:
                if self._is_old():
                    now = self._clock.now()  # before the reading: what changes meanwhile may be missing
                    await self._read()
                    self._read_at = now

    def forget(self) -> None:
        """It has changed: the next use reads again."""
        self._read_at = None

    def _is_old(self) -> bool:
        return self._read_at is None or self._clock.now() - self._read_at > self._fresh_for
