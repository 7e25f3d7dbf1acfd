"""What happens to a subscription whose subscriber cannot be told: it is paused, ends, and staff hear of it once.

time-out, 408, 425, 429, 5xx    paused for a while, longer each time; what was to be told comes again
404, 410                        the same; ended when three events have met it over ten minutes
other answers                   that event is given up
a day without success           what is older than a day is given up
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.identity import Pseudonyms
from shared.services.publishing.book import SubscriptionBook
from shared.services.work_items import work_id
from shared.storage.contract import Delivery, Subscription, Subscriptions, WorkItem, WorkKind, Worklist

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
DOUBLINGS = 8  # from FIRST_PAUSE to beyond LONGEST_PAUSE
GONE_AFTER, GONE_FOR = 3, timedelta(minutes=10)  # events so answered, for so long: a flow that is edited comes back
_TRIES = 5

log = logging.getLogger(__name__)


class Trouble(StrEnum):
    """Why events were not told. The words that staff read stand in `shared/wording/reasons.json`."""

    GONE = "gone"  # nobody is there any more: the subscription has ended
    REFUSED = "refused"  # the subscriber says no to an event
    UNREACHABLE = "unreachable"  # no answer for a day
    NOT_TOLD = "not_told"  # something here kept failing over it
    NOT_ALLOWED = "not_allowed"  # its host may not be called any more, or leads to a private network


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubledSubscriptions:
    """Keeps count on the subscription's own row: writes only where something goes wrong, or right again."""

    subscriptions: Subscriptions
    book: SubscriptionBook
    worklist: Worklist
    pseudonyms: Pseudonyms

    async def reached(self, subscription: Subscription) -> None:
        """It answered as it should: what went wrong before counts no more."""
        if subscription.failing_since is not None:
            well = replace(subscription, failures=0, failing_since=None, paused_until=None, gone=())
            await self.subscriptions.save(well)  # or somebody else notes what they found

    async def pause(self, subscription: Subscription, now: datetime, retry_after_s: float | None) -> datetime:
        """Until when it is left alone. Several deliveries that fail together count once."""
        if subscription.paused_until and subscription.paused_until > now:
            return subscription.paused_until
        wait = min(FIRST_PAUSE * (1 << min(subscription.failures, DOUBLINGS)), LONGEST_PAUSE)
        if retry_after_s is not None:
            wait = timedelta(seconds=max(1.0, retry_after_s))
        failing_since = subscription.failing_since or now
        paused = replace(
            subscription,
            failures=subscription.failures + 1,
            failing_since=failing_since,
            paused_until=now + wait,
        )
        await self.subscriptions.save(paused)
        return now + wait

    async def gone(self, subscription_id: str, delivery: Delivery, now: datetime) -> None:
        """404 or 410: a flow that was deleted without ending its subscription."""
        for _ in range(_TRIES):
            subscription = await self.subscriptions.read(subscription_id)
            if subscription is None or not subscription.active:
                return
            met = tuple(dict.fromkeys((*subscription.gone, delivery.event_id)))[:GONE_AFTER]
            since = subscription.failing_since or now
            ended_at = now if len(met) == GONE_AFTER and now - since >= GONE_FOR else None
            changed = replace(
                subscription,
                gone=met,
                failing_since=since,
                ended_at=ended_at,
                ended_why=Trouble.GONE if ended_at else "",
            )
            if ended_at:  # first: who is not told of it would wait for ever
                await self.tell(changed, delivery, Trouble.GONE, now)
            if changed == subscription or await self.subscriptions.save(changed):
                self.book.forget()
                return

    async def end(self, subscription_id: str, why: str, now: datetime) -> None:
        """Or somebody else changes it at this moment: the next sweep ends it."""
        there = await self.subscriptions.read(subscription_id)
        if there is not None and await self.subscriptions.save(replace(there, ended_at=now, ended_why=why)):
            self.book.forget()

    async def tell(self, subscription: Subscription, delivery: Delivery, why: Trouble, now: datetime) -> None:
        """One item for each of its clinics and each time that it began to fail; not one for each event."""
        since = subscription.failing_since or now.replace(hour=0, minute=0, second=0, microsecond=0)
        log.error("events_not_told topic=%s clinic=%s reason=%s", delivery.topic, delivery.clinic_id, why)
        items = [
            WorkItem(
                id=work_id(
                    self.pseudonyms,
                    clinic_id,
                    WorkKind.EVENTS_NOT_TOLD,
                    subscription.id,
                    str(since.timestamp()),
                    *([why] if why is Trouble.GONE else []),  # worse than what was told before
                ),
                clinic_id=clinic_id,
                kind=WorkKind.EVENTS_NOT_TOLD,
                opened_at=now,
                act_by=now,
                reason=why,
                note=subscription.topic,
            )
            for clinic_id in sorted(subscription.clinics or {delivery.clinic_id})
        ]
        await self.worklist.open(items)

    async def failing(self, subscription: Subscription, now: datetime) -> Subscription:
        """The same, known to fail from now on."""
        if subscription.failing_since is not None:
            return subscription
        changed = replace(subscription, failing_since=now)
        await self.subscriptions.save(changed)
        return changed
