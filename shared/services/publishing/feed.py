"""Behind a timer: what is due of each subscription goes to the queue, as references.

Each subscription has its own line. One that fails is fed one delivery at the end of each pause, to see whether it is
well again; where it has failed for a day, what is older than that is given up, so that its line has an end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.services.abreast import abreast
from shared.services.jobs import TellJob
from shared.services.publishing.revoked import RevokedKeys
from shared.services.publishing.tell import GIVEN_UP_AFTER
from shared.services.publishing.trouble import Trouble, TroubledSubscriptions
from shared.storage.contract import Delivery, Outbox, Subscription, Subscriptions

AT_A_TIME = 99  # of one subscription that is well; three batches of the outbox
GIVEN_UP_AT_A_TIME = 500
KEY_REVOKED = "key_revoked"
LEASE = timedelta(minutes=15)  # the queue tries again by itself for longer than a worker lives
CLEARED_FOR = timedelta(hours=1)  # another process may put something in line until it has read that it is over


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSubscribers:
    """What is to be told now. What a crash loses on its way to the queue is due again when its lease is over."""

    subscriptions: Subscriptions
    outbox: Outbox
    trouble: TroubledSubscriptions
    revoked: RevokedKeys
    clock: Clock

    async def __call__(self) -> Sequence[TellJob]:
        known = await self.subscriptions.all()
        fed = await abreast(self._feed, await self._allowed(known)) if known else ()
        return [TellJob(delivery.subscription_id, delivery.event_id) for one in fed for delivery in one]

    async def _allowed(self, known: Sequence[Subscription]) -> Sequence[Subscription]:
        """Without those of callers whose key was revoked: these end."""
        revoked = await self.revoked()
        over = [one for one in known if one.active and one.made_by in revoked]
        for one in over:
            await self.trouble.end(one.id, KEY_REVOKED, self.clock.now())
        return [one for one in known if one not in over]

    async def _feed(self, subscription: Subscription) -> Sequence[Delivery]:
        now = self.clock.now()
        if subscription.ended_at is not None:
            await self._clear(subscription, subscription.ended_at, now)
            return []
        if subscription.failing_since and now - subscription.failing_since >= GIVEN_UP_AFTER:
            await self._give_up(subscription, now)
        if subscription.paused_until and subscription.paused_until > now:
            return []
        due = await self.outbox.due(subscription.id, now, 1 if subscription.failures else AT_A_TIME)
        return await self.outbox.move([(d, replace(d, due_at=now + LEASE, attempts=d.attempts + 1)) for d in due])

    async def _give_up(self, subscription: Subscription, now: datetime) -> None:
        due = await self.outbox.due(subscription.id, now, GIVEN_UP_AT_A_TIME)
        old = [delivery for delivery in due if now - delivery.kept_at >= GIVEN_UP_AFTER]
        if old:
            await self.trouble.tell(subscription, old[0], Trouble.UNREACHABLE, now)
            await abreast(self.outbox.remove, old)

    async def _clear(self, subscription: Subscription, ended_at: datetime, now: datetime) -> None:
        empty = await self.outbox.clear(subscription.id)
        if empty and now - ended_at >= CLEARED_FOR:
            await self.subscriptions.remove(subscription.id)
