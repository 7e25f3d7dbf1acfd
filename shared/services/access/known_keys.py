"""The API keys, as an instance keeps them: all in one reading, for a minute."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.api_key import is_mistyped
from shared.domain.identity import Pseudonyms
from shared.services.rereading import Rereading
from shared.storage.contract import ApiKey, ApiKeys

FRESH_FOR = timedelta(seconds=60)  # a revoked key stops within this
PAUSE = timedelta(seconds=2)  # a new key works after this; made-up ones cost one reading in it, however many come


class KnownKeys:
    """Finds a key by what a caller presents. What is no key costs nothing to keep: only keys are kept."""

    def __init__(self, stored: ApiKeys, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self._stored = stored
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._keys: Mapping[str, ApiKey] = {}
        self._read_at: datetime | None = None
        self._reread = Rereading(self._read, FRESH_FOR, clock)

    async def find(self, presented: str) -> ApiKey | None:
        """The key, if there is one and it is not revoked. A mistyped one is looked up nowhere."""
        if is_mistyped(presented):
            return None
        digest = self._pseudonyms.digest("api-key", presented)
        await self._reread()
        if digest not in self._keys and self._may_be_new():
            self._reread.forget()
            await self._reread()
        key = self._keys.get(digest)
        return None if key is None or key.revoked_at is not None else key

    def _may_be_new(self) -> bool:
        return self._read_at is None or self._clock.now() - self._read_at >= PAUSE

    async def _read(self) -> None:
        self._read_at = self._clock.now()
        self._keys = await self._stored.all()
