"""What a subscriber is told, read from storage when they are told it: never kept in an outbox, never in a queue."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.inbound import InboundMessage
from shared.domain.message import Event, Message, Status, fold
from shared.domain.topics import HAVE_FAILED, Topic
from shared.services.clinics import UNASSIGNED, ClinicBook
from shared.storage.contract import Delivery, Inbound, Messages, Patients


class NothingToTell(StrEnum):
    """Why a delivery has nothing to say."""

    NOT_YET = "not_yet"  # what it tells of is not in storage: not yet, or a crash came in between
    OVERTAKEN = "overtaken"  # it is no longer so: what had failed was delivered, who had objected agreed again


@dataclass(frozen=True, slots=True)
class News:
    """One event with what belongs to it. Holds patient data: never log one.

    `clinic` None: none could be found for what a patient wrote. `message`, `status`, `event`: of a message's event.
    `reply`: what a patient wrote; its meaning is the delivery's `said`.
    """

    delivery: Delivery
    clinic: Clinic | None
    message: Message | None = None
    status: Status | None = None
    event: Event | None = None
    reply: InboundMessage | None = None

    @property
    def occurred_at(self) -> datetime:
        return self.delivery.occurred_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNews:
    """Raises NotFound, ConfigurationError where the clinic is gone or not valid, Unsealable."""

    messages: Messages
    inbound: Inbound
    patients: Patients
    clinics: ClinicBook
    clock: Clock

    async def __call__(self, delivery: Delivery) -> News | NothingToTell:
        place = delivery.clinic_id
        clinic = None if place == UNASSIGNED else await self.clinics.get(place)
        match delivery.topic:
            case Topic.PATIENT_REPLY:
                return await self._reply(delivery, clinic)
            case Topic.PATIENT_OPTED_OUT:
                return await self._opted_out(delivery, clinic)
        return await self._message(delivery, clinic)

    async def _message(self, delivery: Delivery, clinic: Clinic | None) -> News | NothingToTell:
        whole = await self.messages.whole(delivery.message_id) if delivery.message_id else None
        if whole is None:
            return NothingToTell.NOT_YET
        name, _, key = delivery.happening.partition(":")
        event = next((e for e in whole.events if (e.name, e.key) == (name, key)), None)
        if event is None:  # or another one holds the attempt
            return NothingToTell.NOT_YET
        status = fold(whole.events, whole.message.scheduled_for)
        if delivery.topic is Topic.MESSAGE_FAILED and status.state not in HAVE_FAILED:
            return NothingToTell.OVERTAKEN
        return News(delivery, clinic, whole.message, status, event)

    async def _reply(self, delivery: Delivery, clinic: Clinic | None) -> News | NothingToTell:
        item = await self.inbound.read(delivery.happening)
        return News(delivery, clinic, reply=item) if isinstance(item, InboundMessage) else NothingToTell.NOT_YET

    async def _opted_out(self, delivery: Delivery, clinic: Clinic | None) -> News | NothingToTell:
        d = delivery
        standing = await self.patients.standing(d.clinic_id, d.channel, d.happening, self.clock.now())
        return News(d, clinic) if standing.opted_out else NothingToTell.NOT_YET
