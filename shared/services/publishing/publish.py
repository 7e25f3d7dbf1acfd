"""Puts what is about to happen in line for those who want to be told.

    wanted? ─▶ written already? ─▶ outbox: a delivery for each subscriber ─▶ the event's own row

The outbox comes first: a crash before the last step leaves a delivery of something that did not happen, and that is
looked for before anybody is told. The other way round it would leave an event that nobody hears of. What stands in
storage already passed here before, so that a repeat is told nobody twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.inbound import InboundMessage
from shared.domain.message import Event, EventName, Message
from shared.domain.reply import Understood
from shared.domain.topics import Topic, topics_of
from shared.services.publishing.book import SubscriptionBook
from shared.storage.contract import Delivery, Inbound, Messages, Outbox, Patients, Subscription

KEPT_WITHIN = timedelta(seconds=1)  # so long at most what follows a delivery takes to be written
UNKNOWN_SETTLES_IN = timedelta(minutes=10)  # most are settled by a receipt; staff are told no sooner


@dataclass(frozen=True, slots=True)
class Heard:
    """What a patient wrote, as it was understood. `about`: the message that it answers, where that is known;
    `patient_key` empty: nobody knows who they are."""

    clinic_id: str
    item: InboundMessage
    understood: Understood
    at: datetime
    about: MessageId | None = None
    patient_key: str = ""


@dataclass(frozen=True, slots=True)
class Objected:
    """A patient ended a channel in one clinic. `cause`: 26 characters of what they wrote or did."""

    clinic_id: str
    channel: str
    address_key: str
    at: datetime
    source: str
    cause: str
    about: MessageId | None = None
    patient_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Called right before the thing itself is written. Repeatable."""

    book: SubscriptionBook
    outbox: Outbox
    inbound: Inbound
    patients: Patients
    pseudonyms: Pseudonyms
    clock: Clock

    async def event(self, event: Event, messages: Messages) -> None:
        """`messages`: where the event will stand."""
        topics = topics_of(event)
        wanting = await self.book.of(topics, event.message_id.clinic_id) if topics else ()
        if not wanting:
            return
        whole = await messages.whole(event.message_id)
        if whole is None or any(there.key == event.key for there in whole.events):
            return
        for topic in topics:
            news = self._of_message(event, topic, whole.message)
            await self._put(news, [s for s in wanting if s.topic is topic])

    async def reply(self, heard: Heard) -> None:
        wanting = await self.book.of((Topic.PATIENT_REPLY,), heard.clinic_id)
        if not wanting:
            return
        reference = self.inbound.reference(heard.clinic_id, heard.item)
        if await self.inbound.read(reference) is not None:
            return
        news = self._news(Topic.PATIENT_REPLY, heard.clinic_id, heard.item.channel, reference, heard.at, reference)
        news = replace(
            news,
            message_id=heard.about,
            patient_key=heard.patient_key,
            said=heard.understood.meaning,
            suggestion=heard.understood.suggestion or "",
            certain=heard.understood.acts,
        )
        await self._put(news, wanting)

    async def opted_out(self, objected: Objected) -> None:
        """Only of somebody who had not objected yet: saying STOP again changes nothing."""
        o, topic = objected, Topic.PATIENT_OPTED_OUT
        wanting = await self.book.of((topic,), o.clinic_id)
        if not wanting:
            return
        standing = await self.patients.standing(o.clinic_id, o.channel, o.address_key, self.clock.now())
        if not standing.opted_out:
            news = self._news(topic, o.clinic_id, o.channel, o.address_key, o.at, o.cause)
            await self._put(replace(news, said=o.source, message_id=o.about, patient_key=o.patient_key), wanting)

    def _of_message(self, event: Event, topic: Topic, message: Message) -> Delivery:
        happening = f"{event.name}:{event.key}"
        clinic_id = event.message_id.clinic_id
        news = self._news(topic, clinic_id, message.channel, happening, event.at, str(event.message_id))
        settles = event.name is EventName.UNKNOWN and topic is Topic.MESSAGE_FAILED
        due_at = news.due_at + UNKNOWN_SETTLES_IN if settles else news.due_at
        return replace(news, message_id=message.id, patient_key=message.patient_key, due_at=due_at)

    def _news(
        self, topic: Topic, clinic_id: str, channel: str, happening: str, occurred_at: datetime, about: str
    ) -> Delivery:
        """For nobody yet. `about`: with `happening`, what tells this event from all others."""
        now = self.clock.now()
        event_id = self.pseudonyms.digest("published", topic, clinic_id, about, happening)
        return Delivery("", event_id, topic, clinic_id, channel, happening, occurred_at, now, now + KEPT_WITHIN)

    async def _put(self, news: Delivery, wanting: Sequence[Subscription]) -> None:
        told = [s for s in wanting if s.covers(news.clinic_id, news.channel)]
        if told:
            await self.outbox.put([replace(news, subscription_id=s.id) for s in told])
