"""Writing one chunk while the next one is read."""

import asyncio
from collections.abc import Callable, Coroutine


class BackgroundWriter:
    """Writes one chunk while the next is read: never more than two chunks in memory."""

    def __init__(self) -> None:
        self._pending: asyncio.Task[None] | None = None

    async def begin(self, write: Callable[[], Coroutine[None, None, None]]) -> None:
        """Once the chunk before is written. Raises what its writing raised."""
        await self.finish()
        self._pending = asyncio.create_task(write())

    async def finish(self) -> None:
        """Waits for the chunk in hand. Raises what its writing raised."""
        pending, self._pending = self._pending, None
        if pending is not None:
            await pending
