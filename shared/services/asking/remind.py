"""Remind a patient of one appointment: now, or at a time of the caller's choice.

    asked before? ─▶ draft, by the rules of planning ─▶ there already? ─▶ time ─▶ its key ─▶ due row, then message
         └ repeat              └ refused                    └ repeat        └ refused

In quiet hours it goes when they end, and the answer says so. What is refused is refused with the reason that the list
of appointments shows, and leaves nothing.
"""

from dataclasses import asdict, dataclass, replace

from shared.domain.clinic import Clinic, ClinicChannel
from shared.domain.decision import PlanNote, SkipReason
from shared.domain.message import Message, Priority, State, Status
from shared.errors import InvalidInput, NotAllowed, NotFound
from shared.services.asking.drafts import Draft, Drafts, Order, Refusal
from shared.services.asking.once import REPEAT, REPEAT_WITHIN, Asked, KeepOnce, checked_key
from shared.services.asking.schedule_rows import ReminderAsked, ReminderRow, row_alone
from shared.services.asking.submit import Submitted
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.staff.report import AUTO_CHANNEL, MessageView


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAppointmentReminder:
    """`POST /api/{channel}/v1/reminders`."""

    once: KeepOnce
    clinics: ClinicBook
    drafts: Drafts

    async def __call__(self, caller: Caller, channel: str, clinic_id: str, wish: ReminderAsked, key: str) -> Submitted:
        """Without a time it is for now. Raises InvalidInput, Forbidden, IdempotencyMismatch; NotFound where the source
        does not know the appointment, NotAllowed where a rule forbids it; SourceError, ConfigurationError where nobody
        can say how it stands. Then nothing is kept."""
        clinic = await self.clinics.of_caller(caller, clinic_id, "" if channel == AUTO_CHANNEL else channel)
        order = Order(caller, clinic, _ways(clinic, channel))
        row = row_alone(wish, checked_key(key), self.drafts.clock.now())
        asked = _asked(clinic, channel, row, wish)
        earlier = await self.once.earlier(asked)
        if earlier is not None:
            return _repeat(earlier)
        message = _in_line(row, _drafted(await self.drafts.of_reminder(order, row)).message)
        if (there := await self.once.there(message.id)) is not None:
            return _repeat(there)
        if row.is_for_later and (late := self.drafts.of_time(clinic, message.scheduled_for)):
            raise NotAllowed(late.code, late.reason)
        begun = await self.once.begin(message, asked)
        if begun.earlier is not None:
            return _repeat(begun.earlier)
        await self.once.keep(begun.message)
        return Submitted(begun.message, _status(begun.message), False, self._warnings(clinic, row, begun.message))

    def _warnings(self, clinic: Clinic, row: ReminderRow, message: Message) -> tuple[str, ...]:
        """That quiet hours moved it."""
        if message.starts_at is None or message.scheduled_for <= row.wished(message.starts_at):
            return ()
        return (self.drafts.wording.explain("plan_note", PlanNote.AFTER_QUIET_HOURS, clinic.languages[0]).text,)


def _ways(clinic: Clinic, channel: str) -> tuple[ClinicChannel, ...]:
    ways = (
        clinic.channels if channel == AUTO_CHANNEL else tuple(way for way in clinic.channels if way.channel == channel)
    )
    if not ways:
        raise InvalidInput("That clinic does not use this channel.")
    return ways


def _asked(clinic: Clinic, channel: str, row: ReminderRow, wish: ReminderAsked) -> Asked:
    """Without a key, who asks for the same reminder within the hour repeats it, whoever they are: two nurses press the
    button for one patient."""
    scope = f"{clinic.id}_reminders"
    if row.key:
        return Asked(scope, ("key", row.key), {**asdict(wish), "channel": channel})
    when = row.send_at.isoformat() if row.send_at and row.is_for_later else str(row.hours_before)
    return Asked(scope, ("reminder", row.appointment_id, channel, when), "", REPEAT_WITHIN)


def _drafted(draft: Draft | Refusal) -> Draft:
    if isinstance(draft, Draft):
        return draft
    if draft.code == SkipReason.NOT_IN_LIST:
        raise NotFound(draft.reason)
    raise NotAllowed(draft.code, draft.reason)


def _in_line(row: ReminderRow, message: Message) -> Message:
    """Who asks for it now waits for it."""
    return message if row.is_for_later else replace(message, priority=min(message.priority, Priority.PRESCRIPTION))


def _repeat(view: MessageView) -> Submitted:
    return Submitted(view.message, view.status, True, (REPEAT,))


def _status(message: Message) -> Status:
    state = State.QUEUED if message.scheduled_for <= message.created_at else State.SCHEDULED
    return Status(state, message.created_at)
