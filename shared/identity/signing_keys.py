"""The authority's keys as they are kept here: read seldom, read again when a key appears that we do not know."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.clock import Clock
from shared.errors import DirectoryUnavailable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

FRESH_FOR = timedelta(
    hours=24
)  # as Microsoft advises (learn.microsoft.com, signing-key-rollover); a withdrawn key ends
PAUSE = timedelta(seconds=60)  # between two readings: made-up key ids must not make us hammer the authority
PAUSE_AFTER_FAILURE = timedelta(seconds=10)

log = logging.getLogger(__name__)

type ReadKeys = Callable[[], Awaitable[Mapping[str, "RSAPublicKey"]]]


class SigningKeys:
    """Many may need them at once: one of them reads, the others wait. What was read stays while the authority is down.

    needs a key ─▶ keys older than a day, or this one unknown ─▶ read again, unless that was tried just now
    """

    def __init__(self, read: ReadKeys, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._read_at: datetime | None = None
        self._may_read_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def key(self, key_id: str) -> "RSAPublicKey | None":
        """None: the authority has no such key. Raises DirectoryUnavailable where none has been read yet."""
        if key_id in self._keys:
            if self._are_old() and not self._reading.locked():  # it is good meanwhile: only one waits
                await self._renew(self._are_old)
        else:
            await self._renew(lambda: key_id not in self._keys)
        if not self._keys:
            wait = self._may_read_at - self._clock.now() if self._may_read_at else PAUSE_AFTER_FAILURE
            raise DirectoryUnavailable(
                "The sign-in service does not answer at the moment. Please try again.",
                retry_after_s=max(1.0, wait.total_seconds()),
            )
        return self._keys.get(key_id)

    def _are_old(self) -> bool:
        return self._read_at is None or self._clock.now() - self._read_at >= FRESH_FOR

    async def _renew(self, wanted: Callable[[], bool]) -> None:
        async with self._reading:
            now = self._clock.now()
            if not wanted() or (self._may_read_at is not None and now < self._may_read_at):
                return
            self._may_read_at = now + PAUSE_AFTER_FAILURE  # also for a reading that is broken off
            try:
                self._keys = await self._read()
            except DirectoryUnavailable as unavailable:
                log.warning("signing_keys_not_read code=%s count=%d", unavailable.code, len(self._keys))
                return
            self._read_at, self._may_read_at = now, now + PAUSE
            log.info("signing_keys_read count=%d", len(self._keys))
