"""Another way to the patient: where a reminder did not arrive, the next allowed channel goes, at most once.

Decided on the appointment as its source has it now. Never while the first send is unknown; never within the last hour
before the appointment. The new message names the one that it stands for, and is counted apart.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.appointment import Appointment
from shared.domain.clinic import Clinic
from shared.domain.compose import Wording, compose, version
from shared.domain.contact import wire_form
from shared.domain.decide import Remindable, remindable
from shared.domain.decision import Planned
from shared.domain.eligibility import appointment_stop
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.local_time import next_allowed, zone_of
from shared.domain.message import Event, EventName, Kind, Message
from shared.domain.schedule import NOTICE, Sending
from shared.errors import ConfigurationError, SourceError
from shared.services.ask_source import AskSource
from shared.services.ports import OpenChannel
from shared.services.record import Recorder
from shared.storage.contract import Due, DueRow, MessageLog, Messages, Patients

TRY_AGAIN = timedelta(minutes=5)  # a source that does not answer


@dataclass(frozen=True, slots=True)
class Rerouted:
    """Another message is on its way."""

    message_id: MessageId


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """The appointment does not stand any more as the message said it: nothing is to be said."""


@dataclass(frozen=True, slots=True)
class NotRerouted:
    """No other channel is allowed; `again_at`: it could not be seen yet."""

    again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """Chooses the channel, and writes its message. Repeatable: the new message's id is drawn from the old one's."""

    ask: AskSource
    patients: Patients
    messages: Messages
    due: Due
    recorder: Recorder
    open_channel: OpenChannel
    pseudonyms: Pseudonyms
    wording: Wording

    def possible(self, whole: MessageLog, now: datetime) -> bool:
        """Whether this message may have another one in its stead."""
        message = whole.message
        if message.kind is not Kind.REMINDER or message.instead_of or message.starts_at is None:
            return False
        return now + NOTICE < message.starts_at

    async def __call__(self, clinic: Clinic, whole: MessageLog, now: datetime) -> Rerouted | NotNeeded | NotRerouted:
        message = whole.message
        if went := next((e.owner for e in whole.events if e.name is EventName.REROUTED), ""):
            return Rerouted(MessageId.parse(went))
        at = next_allowed(now, clinic.quiet_hours, zone_of(message.zone, clinic))
        if message.starts_at is None or at + NOTICE >= message.starts_at:
            return NotRerouted()
        try:
            appointment = await self.ask(clinic, message.appointment_id)
        except (SourceError, ConfigurationError):
            return NotRerouted(now + TRY_AGAIN)
        if appointment is None or not _stands(appointment, message, clinic, now):
            return NotNeeded()
        sending = Sending(at, message.starts_at - NOTICE)
        for channel in clinic.channels:
            found = await self._by(channel.channel, clinic, appointment, message, now)
            written = await self._written(clinic, message, found, sending, now) if found else None
            if written is not None:
                return written
        return NotRerouted()

    async def _by(
        self, channel: str, clinic: Clinic, appointment: Appointment, message: Message, now: datetime
    ) -> Remindable | None:
        """The patient as this channel would reach them; None: it may not be used."""
        if channel == message.channel:
            return None
        record = await self.patients.record(clinic.id, message.patient_key, channel)
        found = remindable(appointment, record, _asked_later, clinic.only(channel), now)
        if not isinstance(found, Remindable):
            return None
        key = self.pseudonyms.address(clinic.id, channel, wire_form(found.way.address))
        standing = await self.patients.standing(clinic.id, channel, key, now)
        return found if standing.may_be_reached else None

    async def _written(
        self, clinic: Clinic, message: Message, found: Remindable, sending: Sending, now: datetime
    ) -> Rerouted | None:
        """None: the words do not fit that channel. The row that promises comes last: the event on the old message."""
        planned = found.planned(message.step, sending, clinic)
        content = compose(found.appointment, planned, clinic, self.wording)
        if (await self.open_channel(planned.channel, planned.account)).check(content).problems:
            return None
        other = replace(
            self._addressed(message, planned, clinic),
            content=content,
            version=version(self.pseudonyms, content, planned.channel),
            created_at=now,
        )
        await self.due.put([DueRow.ahead_of(other, now)])
        await self.messages.put(other)
        note = Event(message.id, EventName.REROUTED, now, detail=other.channel, owner=str(other.id))
        await self.recorder.record(message, note)
        return Rerouted(other.id)

    def _addressed(self, message: Message, planned: Planned, clinic: Clinic) -> Message:
        return replace(
            message,
            id=replace(message.id, digest=self.pseudonyms.digest("reroute", str(message.id))),
            channel=planned.channel,
            account=planned.account,
            to=planned.address,
            address_key=self.pseudonyms.address(clinic.id, planned.channel, planned.address),
            language=planned.language,
            scheduled_for=planned.at,
            expires_at=planned.expires_at,
            instead_of=str(message.id),
        )


def _stands(appointment: Appointment, message: Message, clinic: Clinic, now: datetime) -> bool:
    return appointment.start == message.starts_at and appointment_stop(appointment, clinic, now) is None


def _asked_later(_channel: str, _address: str) -> bool:
    """Objections are asked for once the address is known."""
    return False
