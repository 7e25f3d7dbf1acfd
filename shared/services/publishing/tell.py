"""Tell one subscriber of one event. Repeatable: what has been told is no longer in the outbox, and what is told twice
all the same, because a crash came in between, has the same event id.

    not in storage yet          later; after ten minutes it never happened, and goes
    no longer so                goes
    2xx                         told: it goes
    408, 425, 429, 5xx, no answer, host not allowed     again, by its own pace and the subscription's, for a day
    404, 410                    the same, and counted (trouble.py)
    anything else               given up: staff are told
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zlib import crc32

from shared.clock import Clock
from shared.errors import ConfigurationError, NotFound, Unsealable
from shared.services.jobs import TellJob
from shared.services.publishing.facts import News, NothingToTell, ReadNews
from shared.services.publishing.trouble import Trouble, TroubledSubscriptions
from shared.storage.contract import Delivery, Outbox, Subscription, Subscriptions
from shared.subscribers.contract import Answered, NotPosted, Subscribers

HAPPENS_WITHIN = timedelta(minutes=10)  # after that a crash came between the outbox and the event
LOOK_AGAIN = timedelta(seconds=20)
GIVEN_UP_AFTER = timedelta(days=1)
HOPELESS_AFTER, HOPELESS_TRIES = timedelta(days=2), 10  # whatever fails here again and again, and nobody knows why
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=30), timedelta(hours=1)
DOUBLINGS = 7
OF_ONE = 8  # deliveries of one subscription under way in this process: a slow one takes no more of the queue's slots
PATIENCE_S = 1.0  # for one of them to be over
TAKEN = timedelta(seconds=15)

COMES_AGAIN = frozenset({408, 425, 429})
IS_GONE = frozenset({404, 410})

type Render = Callable[[News], bytes]

log = logging.getLogger(__name__)


class Slots:
    """How much of one subscription is under way in this process."""

    def __init__(self, most: int = OF_ONE, patience_s: float = PATIENCE_S) -> None:
        self._most = most
        self._patience_s = patience_s
        self._slots: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def one(self, subscription_id: str) -> AsyncIterator[bool]:
        """False: all are taken, and stay so for longer than a quick subscriber needs."""
        slot = self._slots.setdefault(subscription_id, asyncio.Semaphore(self._most))
        try:
            async with asyncio.timeout(self._patience_s):
                await slot.acquire()
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            slot.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class TellSubscriber:
    """One job of the queue of what is to be told."""

    subscriptions: Subscriptions
    outbox: Outbox
    read_news: ReadNews
    subscribers: Subscribers
    trouble: TroubledSubscriptions
    clock: Clock
    slots: Slots = field(default_factory=Slots)

    async def __call__(self, job: TellJob, render: Render) -> None:
        """`render`: the wire's form of it."""
        delivery = await self.outbox.read(job.subscription_id, job.event_id)
        if delivery is None:
            return
        subscription = await self.subscriptions.read(job.subscription_id)
        if subscription is None or not subscription.active:
            await self.outbox.remove(delivery)
            return
        now = self.clock.now()
        if subscription.paused_until and subscription.paused_until > now:
            await self._later(delivery, subscription.paused_until)
            return
        if now - delivery.kept_at >= HOPELESS_AFTER and delivery.attempts >= HOPELESS_TRIES:
            await self._give_up(subscription, delivery, Trouble.NOT_TOLD, now)
            return
        async with self.slots.one(subscription.id) as free:
            if free:
                await self._tell(subscription, delivery, render)
            else:
                await self._later(delivery, now + TAKEN)

    async def _tell(self, subscription: Subscription, delivery: Delivery, render: Render) -> None:
        now = self.clock.now()
        try:
            news = await self.read_news(delivery)
        except (NotFound, ConfigurationError, Unsealable) as error:
            log.error("news_not_read clinic=%s code=%s", delivery.clinic_id, error.code)
            await self._later(delivery, now + LONGEST_RETRY)
            return
        match news:
            case NothingToTell.NOT_YET if now - delivery.kept_at < HAPPENS_WITHIN:
                await self._later(delivery, now + LOOK_AGAIN)
            case NothingToTell.NOT_YET:
                await self.outbox.remove(delivery, unless_renewed=True)
            case NothingToTell.OVERTAKEN:
                await self.outbox.remove(delivery)
            case News():
                answer = await self.subscribers.post(subscription.callback_url, render(news))
                await self._after(subscription, delivery, answer)

    async def _after(self, subscription: Subscription, delivery: Delivery, answer: Answered | NotPosted) -> None:
        now = self.clock.now()
        status = answer.status if isinstance(answer, Answered) else 0
        log.info("told topic=%s outcome=%s attempt=%d", delivery.topic, status or answer, delivery.attempts)
        if 200 <= status < 300:
            await self.outbox.remove(delivery)
            await self.trouble.reached(subscription)
        elif isinstance(answer, NotPosted) or status in COMES_AGAIN | IS_GONE or status >= 500:
            await self._again(subscription, delivery, answer, now)
        else:
            subscription = await self.trouble.failing(subscription, now)
            await self._give_up(subscription, delivery, Trouble.REFUSED, now)

    async def _again(
        self, subscription: Subscription, delivery: Delivery, answer: Answered | NotPosted, now: datetime
    ) -> None:
        wait = answer.retry_after_s if isinstance(answer, Answered) else None
        until = await self.trouble.pause(subscription, now, wait)
        if answer is NotPosted.NOT_ALLOWED:
            known = replace(subscription, failing_since=subscription.failing_since or now)
            await self.trouble.tell(known, delivery, Trouble.NOT_ALLOWED, now)
        if isinstance(answer, Answered) and answer.status in IS_GONE:
            await self.trouble.gone(subscription.id, delivery, now)
        if now - delivery.kept_at >= GIVEN_UP_AFTER:
            await self._give_up(subscription, delivery, Trouble.UNREACHABLE, now)
        else:
            await self._later(delivery, max(until, now + _delay(delivery)))

    async def _give_up(self, subscription: Subscription, delivery: Delivery, why: Trouble, now: datetime) -> None:
        """Staff hear of it first: what a crash interrupts is given up once more."""
        await self.trouble.tell(subscription, delivery, why, now)
        await self.outbox.remove(delivery)

    async def _later(self, delivery: Delivery, at: datetime) -> None:
        """Or somebody else has moved it: then that counts."""
        await self.outbox.move([(delivery, replace(delivery, due_at=at))])


def _delay(delivery: Delivery) -> timedelta:
    """Doubling from half a minute to an hour, and up to a fifth more: what failed together does not come back so."""
    waited = min(FIRST_RETRY * (1 << min(max(delivery.attempts - 1, 0), DOUBLINGS)), LONGEST_RETRY)
    spread = crc32(f"{delivery.event_id}{delivery.attempts}".encode()) % 1000 / 5000
    return waited * (1 + spread)
