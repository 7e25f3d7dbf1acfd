"""Begin and end a subscription. The Power Platform does both by itself, when a flow is saved, switched on or off.

A subscription has an id and a token of its own, and is never known by its flow or its URL: when a flow is edited the
new one may come before the old one goes, and both have the same address for a while.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, replace

from shared.clock import Clock
from shared.domain.identity import Pseudonyms
from shared.domain.topics import Topic
from shared.errors import Conflict, NotFound
from shared.services.callers import Caller, Permission
from shared.services.clinics import ClinicBook
from shared.services.publishing.book import SubscriptionBook
from shared.storage.contract import Subscription, Subscriptions
from shared.subscribers.contract import Subscribers

MOST = 50  # of one caller; a flow has one for each of its triggers
UNSUBSCRIBED = "unsubscribed"
_TOKEN_BYTES = 32
_TRIES = 5
_ID, _TOKEN = re.compile(r"[a-z2-7]{26}"), re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Subscribed:
    """`token`: shown this once; whoever has it may end the subscription."""

    subscription: Subscription
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """`POST /api/{channel}/v1/triggers/{topic}/subscriptions`."""

    subscriptions: Subscriptions
    book: SubscriptionBook
    subscribers: Subscribers
    clinics: ClinicBook
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(
        self, caller: Caller, topic: Topic, callback_url: str, clinic_id: str = "", channel: str = ""
    ) -> Subscribed:
        """`clinic_id` empty: all clinics of the caller; `channel` empty: any. Raises Forbidden, NotFound, InvalidInput
        for a URL to which nothing may be sent, Conflict where the caller has too many."""
        caller.needs(Permission.READ)
        if clinic_id:
            caller.require(clinic_id)
            await self.clinics.get(clinic_id)
        clinics = frozenset({clinic_id}) if clinic_id else caller.clinics
        await self.subscribers.check(callback_url)
        own = [one for one in await self.subscriptions.all() if one.active and one.made_by == caller.id]
        if len(own) >= MOST:
            raise Conflict(f"There are {MOST} subscriptions already. Switch off flows that are no longer needed.")
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        subscription_id = self.pseudonyms.digest("subscription", secrets.token_hex(_TOKEN_BYTES))
        subscription = Subscription(
            id=subscription_id,
            topic=topic,
            clinics=clinics,
            channel=channel,
            callback_url=callback_url,
            token_hash=token_hash(self.pseudonyms, subscription_id, token),
            made_by=caller.id,
            made_at=self.clock.now(),
        )
        await self.subscriptions.add(subscription)
        self.book.forget()
        return Subscribed(subscription, token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """`DELETE /api/{channel}/v1/subscriptions/{id}/{token}`. Needs no API key: the platform does not send one
    (microsoft/PowerPlatformConnectors#3678)."""

    subscriptions: Subscriptions
    book: SubscriptionBook
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(self, subscription_id: str, token: str) -> None:
        """Nobody learns whether there was one: a wrong token, an unknown id and a repeat are answered alike.
        Raises NotFound for what can be none of ours."""
        if not (_ID.fullmatch(subscription_id) and _TOKEN.fullmatch(token)):
            raise NotFound("There is no such subscription.")
        presented = token_hash(self.pseudonyms, subscription_id, token)
        for _ in range(_TRIES):
            there = await self.subscriptions.read(subscription_id)
            matches = hmac.compare_digest(presented, there.token_hash if there else "")
            if there is None or not matches or not there.active:
                return
            ended = replace(there, ended_at=self.clock.now(), ended_why=UNSUBSCRIBED)
            if await self.subscriptions.save(ended):
                self.book.forget()
                return
        raise Conflict("The subscription is being changed at this moment. Please repeat.")


def token_hash(pseudonyms: Pseudonyms, subscription_id: str, token: str) -> str:
    return pseudonyms.digest("subscription-token", subscription_id, token)
