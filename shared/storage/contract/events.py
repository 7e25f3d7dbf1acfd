"""Who is told of what happens, and what is still to be told them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.identity import MessageId
from shared.domain.topics import Topic


@dataclass(frozen=True, slots=True)
class Subscription:
    """Another system that is told of one topic at its callback URL. Whoever has the URL may write there, so it is
    stored sealed and never logged; of the token by which it ends there is only a keyed digest.

    `clinics` None: of every clinic, also of what no clinic could be found for. `channel` empty: of any.
    """

    id: str
    topic: Topic
    clinics: frozenset[str] | None
    channel: str
    callback_url: str
    token_hash: str
    made_by: str  # the caller's id; sealed, since it may be a person's
    made_at: datetime
    ended_at: datetime | None = None
    ended_why: str = ""  # a code
    failures: int = 0  # in a row, since it was last reached
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    gone: tuple[str, ...] = ()  # events that were answered 404 or 410, since it was last reached
    etag: str = ""

    @property
    def active(self) -> bool:
        return self.ended_at is None

    def covers(self, clinic_id: str, channel: str) -> bool:
        return (self.clinics is None or clinic_id in self.clinics) and self.channel in ("", channel)


class Subscriptions(Protocol):
    async def add(self, subscription: Subscription) -> None: ...

    async def read(self, subscription_id: str) -> Subscription | None: ...

    async def all(self) -> Sequence[Subscription]:
        """Those that have ended lately too. There are few."""
        ...

    async def save(self, subscription: Subscription) -> bool:
        """False: somebody else changed it since it was read; nothing is written."""
        ...

    async def remove(self, subscription_id: str) -> None:
        """No error if it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event that one subscriber is to be told. References and codes only: what is said is read when it is said.

    `event_id`: 26 characters that the event determines, the same for every subscriber and every repeat. `happening`:
    what must stand in storage for it to have happened: `<event name>:<event key>` of a message's event, the reference
    of an inbound message, the address key of an objection. `message_id`: the message that it is about, or that a
    patient answered. `said`: a code of what a patient meant, or of how they objected; `suggestion`: what staff may take
    it for; `certain`: it may be acted on without a person.
    """

    subscription_id: str
    event_id: str
    topic: Topic
    clinic_id: str
    channel: str
    happening: str
    occurred_at: datetime
    kept_at: datetime
    due_at: datetime
    attempts: int = 0
    message_id: MessageId | None = None
    patient_key: str = ""
    said: str = ""
    suggestion: str = ""
    certain: bool = False


class Outbox(Protocol):
    """Deliveries by subscription, so that none of them holds another's."""

    async def put(self, deliveries: Sequence[Delivery]) -> None:
        """Before what they tell of is written. One that is there already stays; if it has waited for long, its wait
        begins anew, since it is about to be true."""
        ...

    async def read(self, subscription_id: str, event_id: str) -> Delivery | None: ...

    async def due(self, subscription_id: str, now: datetime, top: int) -> Sequence[Delivery]:
        """What is due, earliest first. Reads only."""
        ...

    async def move(self, moves: Sequence[tuple[Delivery, Delivery]]) -> Sequence[Delivery]:
        """(as it was read, as it shall be) pairs: other instants and attempts only. The answer: those that were moved;
        the others were moved or removed by somebody else meanwhile."""
        ...

    async def remove(self, delivery: Delivery, *, unless_renewed: bool = False) -> bool:
        """Nobody will be told any more. `unless_renewed`: only as it was read; False: it was not."""
        ...

    async def clear(self, subscription_id: str) -> bool:
        """Removes what waits for a subscription that has ended, a thousand at most. False: there is more."""
        ...
