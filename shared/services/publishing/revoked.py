"""Whose API key was revoked: what they asked to be told ends with it."""

from collections.abc import Collection
from datetime import timedelta

from shared.clock import Clock
from shared.services.rereading import Rereading
from shared.storage.contract import ApiKeys

FRESH_FOR = timedelta(seconds=60)


class RevokedKeys:
    """Ids of revoked keys, read once a minute."""

    def __init__(self, stored: ApiKeys, clock: Clock) -> None:
        self._stored = stored
        self._ids: frozenset[str] = frozenset()
        self._reread = Rereading(self._read, FRESH_FOR, clock)

    async def __call__(self) -> Collection[str]:
        await self._reread()
        return self._ids

    async def _read(self) -> None:
        self._ids = frozenset(key.id for key in (await self._stored.all()).values() if key.revoked_at is not None)
