"""Who wants to be told, as every event asks it: read once a minute, so that clinics without subscriptions cost nothing.

So a subscription counts everywhere a minute after it was made; where it was made, at once.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from shared.clock import Clock
from shared.domain.topics import Topic
from shared.errors import StorageUnavailable
from shared.services.rereading import Rereading
from shared.storage.contract import Subscription, Subscriptions

FRESH_FOR = timedelta(seconds=60)

log = logging.getLogger(__name__)


class SubscriptionBook:
    """Active subscriptions."""

    def __init__(self, stored: Subscriptions, clock: Clock) -> None:
        self._stored = stored
        self._active: Sequence[Subscription] | None = None
        self._reread = Rereading(self._read, FRESH_FOR, clock)

    async def of(self, topics: Sequence[Topic], clinic_id: str) -> Sequence[Subscription]:
        """Those for one of the topics that may see the clinic, whatever their channel."""
        try:
            await self._reread()
        except StorageUnavailable:
            if self._active is None:
                raise
            log.warning("subscriptions_not_read")  # what was true a minute ago: no reason not to record an event
        return [s for s in self._active or () if s.topic in topics and (s.clinics is None or clinic_id in s.clinics)]

    def forget(self) -> None:
        """One was made or has ended."""
        self._reread.forget()

    async def _read(self) -> None:
        self._active = [subscription for subscription in await self._stored.all() if subscription.active]
