"""What a row of a schedule becomes: a message that may be kept, or a refusal in words for staff.

A reminder is judged by the rules of planning and made of the same words, so that sending looks at it once more like at
any other. A raw body may go to anyone who has not objected, as one that is sent now.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic, ClinicChannel
from shared.domain.compose import compose
from shared.domain.content import RawContent
from shared.domain.decision import SkipReason
from shared.domain.identity import Pseudonyms
from shared.domain.local_time import zone_of
from shared.domain.message import Kind, Message
from shared.domain.schedule import TimeRefusal, sending_at
from shared.errors import InvalidInput
from shared.services.ask_source import AskSource
from shared.services.asking.may_be_reminded import MayBeReminded
from shared.services.asking.schedule_rows import RawRow, ReminderRow
from shared.services.asking.submit import RAW_EXPIRES
from shared.services.callers import Caller
from shared.services.planning.reminder import misfit, reminder
from shared.services.ports import OpenChannel
from shared.storage.contract import Patients
from shared.wording import Wording

FARTHEST = timedelta(days=60)
QUIET = "It will be quiet hours at the clinic; this message is sent all the same."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is not scheduled. `reason` is for staff, and holds no patient data."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is not kept yet."""

    message: Message
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks for which clinic on which of its channels: one, or several in their order, of which a reminder takes
    the first that may be used."""

    caller: Caller
    clinic: Clinic
    ways: tuple[ClinicChannel, ...]

    @property
    def way(self) -> ClinicChannel:
        return self.ways[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """Judges and makes; keeps nothing."""

    ask: AskSource
    may_be_reminded: MayBeReminded
    patients: Patients
    open_channel: OpenChannel
    pseudonyms: Pseudonyms
    wording: Wording
    clock: Clock
    mock: bool

    async def of_reminder(self, order: Order, row: ReminderRow) -> Draft | Refusal:
        """Raises SourceError, ConfigurationError where nobody can say how the appointment stands."""
        appointment = await self.ask(order.clinic, row.appointment_id)
        if appointment is None:
            return self.refusal(order.clinic, SkipReason.NOT_IN_LIST)
        channels = [way.channel for way in order.ways]
        found = await self.may_be_reminded(order.clinic, appointment, channels)
        if isinstance(found, SkipReason):
            return self.refusal(order.clinic, found)
        zone = zone_of(found.patient.zone, order.clinic)
        sending = sending_at(row.wished(found.start), found.start, order.clinic, zone)
        if isinstance(sending, TimeRefusal):
            return self.refusal(order.clinic, sending)
        planned = found.planned(f"at-{sending.at:%Y%m%dT%H%M%S}", sending, order.clinic)
        content = compose(appointment, planned, order.clinic, self.wording)
        channel = await self.open_channel(planned.channel, planned.account)
        if refused := misfit(planned.step, content, channel):
            return self.refusal(order.clinic, refused.reason)
        message = reminder(
            appointment,
            planned,
            content,
            order.clinic,
            self.pseudonyms,
            created_at=self.clock.now(),
            mock=self.mock,
            sent_by=order.caller.name,
        )
        return Draft(message)

    async def of_raw(self, order: Order, row: RawRow) -> Draft | Refusal:
        """Raises InvalidInput where the channel does not take the body."""
        clinic, channel = order.clinic, await self.open_channel(order.way.channel, order.way.account)
        raw, checked = channel.read_raw(row.payload), channel.check(RawContent(row.payload))
        if checked.problems:
            raise InvalidInput("The message cannot be sent as it stands.", checked.problems)
        message = self._raw(order, row, raw.to)
        standing = await self.patients.standing(clinic.id, message.channel, message.address_key, self.clock.now())
        if standing.opted_out or standing.paused:
            return self.refusal(clinic, SkipReason.OPTED_OUT if standing.opted_out else SkipReason.UNREACHABLE)
        quiet = clinic.quiet_hours.holds(clinic.local(row.send_at).time())
        return Draft(message, checked.warnings + ((QUIET,) if quiet else ()))

    def of_time(self, clinic: Clinic, at: datetime) -> Refusal | None:
        """Asked only of what was not scheduled before: a repeat is no new wish."""
        now = self.clock.now()
        if at < now:
            return self.refusal(clinic, TimeRefusal.PAST)
        return self.refusal(clinic, TimeRefusal.TOO_FAR) if at > now + FARTHEST else None

    def refusal(self, clinic: Clinic, code: SkipReason | TimeRefusal) -> Refusal:
        """In the clinic's own language."""
        kind = "skip_reason" if isinstance(code, SkipReason) else "schedule"
        return Refusal(code, self.wording.explain(kind, code, clinic.languages[0]).text)

    def _raw(self, order: Order, row: RawRow, to: str) -> Message:
        """The same row, or the same words for the same time, is the same message."""
        clinic, channel = order.clinic, order.way.channel
        body = json.dumps(row.payload, sort_keys=True, ensure_ascii=False)
        when = str(int(row.send_at.timestamp()))
        digest = self.pseudonyms.digest("scheduled", clinic.id, channel, row.key, when, body)
        return Message(
            id=self.pseudonyms.placed(clinic.id, clinic.local_day(row.send_at), digest),
            kind=Kind.RAW,
            channel=channel,
            account=order.way.account,
            to=to,
            content=RawContent(row.payload),
            language="",
            scheduled_for=row.send_at,
            expires_at=row.send_at + RAW_EXPIRES,
            created_at=self.clock.now(),
            sent_by=order.caller.name,
            mock=self.mock,
            address_key=self.pseudonyms.address(clinic.id, channel, to),
        )
