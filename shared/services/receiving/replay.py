"""Stored callbacks are worked through once more: for those whose jobs were lost with a queue.

Nothing marks one that was worked through, and nothing needs to: all that receiving does stands under keys that the item
determines, so what is known already changes nothing (docs/decisions/0027). Each counts as of when it came.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from shared.services.jobs import CallbackJob
from shared.services.receiving.receive import ReceiveCallback
from shared.storage.contract import Callbacks, KeptCallback


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCallbacks:
    """`python3 dev.py ops callbacks`."""

    callbacks: Callbacks
    receive: ReceiveCallback

    def between(self, first: datetime, until: datetime, *, newest_first: bool = False) -> AsyncIterator[KeptCallback]:
        """Those that came from `first` to before `until`, the oldest first unless asked otherwise. Reads names only."""
        return self.callbacks.between(first, until, newest_first=newest_first)

    async def __call__(self, kept: KeptCallback) -> int:
        """How much of it was new. Raises as `ReceiveCallback` does."""
        return await self.receive(CallbackJob(kept.reference))
