"""A clock that runs."""

import asyncio
import time
from datetime import datetime, timedelta

from tests.world import NOW


class RunningClock:
    """Runs as the machine's does, from `NOW` on, and may be set forward."""

    def __init__(self) -> None:
        self._began, self._ahead = time.monotonic(), timedelta(0)

    def now(self) -> datetime:
        return NOW + self._ahead + timedelta(seconds=time.monotonic() - self._began)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def advance(self, ahead: timedelta) -> None:
        self._ahead += ahead
