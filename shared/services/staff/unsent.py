"""What could not be sent for one local day: every appointment of which no reminder has reached the patient, and why.

Left out are appointments that take place no more, and those for which the clinic wants no reminder (they would not have
had one). A reminder whose time is still ahead counts for nothing yet: neither as sent nor as missing.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import EventName, State, Status, fold
from shared.services.abreast import abreast
from shared.services.work_items import phone_of
from shared.storage.contract import DecisionRecord, Messages, Page, Patients, Plans

MOST = 200  # of one page
_ROWS = 500  # decisions that are looked at together
_HISTORY = 50  # messages of a patient among which the one on another channel is looked for

_ARRIVED = frozenset({State.DELIVERED, State.READ})
_NOT_WANTED = frozenset(
    {
        SkipReason.NOT_BOOKED,
        SkipReason.CANCELLED,
        SkipReason.ALREADY_STARTED,
        SkipReason.HIDDEN,
        SkipReason.EXCLUDED_TYPE,
        SkipReason.EXCLUDED_SPECIALTY,
        SkipReason.EXCLUDED_LOCATION,
        SkipReason.MOVED,
        SkipReason.NOT_IN_LIST,
        SkipReason.DECEASED,
        SkipReason.RESTRICTED,
        SkipReason.UNDER_AGE,
        SkipReason.EXCLUDED_PATIENT,
    }
)


class UnsentWhy(StrEnum):
    """Why no reminder reached the patient. The words that staff read stand in `shared/wording/reasons.json`."""

    SKIPPED = "skipped"  # none was planned: `reason` is a SkipReason
    FAILED = "failed"
    UNKNOWN = "unknown"
    STOPPED = "stopped"  # dropped by us or cancelled by a person
    WAITING = "waiting"  # its time has come, and it has not left
    NO_RECEIPT = "no_receipt"  # it left, and nothing says that it arrived


_WHY = {
    State.SCHEDULED: UnsentWhy.WAITING,
    State.QUEUED: UnsentWhy.WAITING,
    State.SENDING: UnsentWhy.WAITING,
    State.ACCEPTED: UnsentWhy.NO_RECEIPT,
    State.SENT: UnsentWhy.NO_RECEIPT,
    State.FAILED: UnsentWhy.FAILED,
    State.UNKNOWN: UnsentWhy.UNKNOWN,
    State.CANCELLED: UnsentWhy.STOPPED,
    State.DROPPED: UnsentWhy.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Unsent:
    """One appointment. `decision`: of the step that says why; `contact`: a phone number, where we know one."""

    decision: DecisionRecord
    why: UnsentWhy
    reason: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """A step and what became of its message, if it had one."""

    decision: DecisionRecord
    status: Status | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentOf:
    """Reading only."""

    plans: Plans
    messages: Messages
    patients: Patients
    clock: Clock

    def next_day(self, clinic: Clinic) -> date:
        return clinic.local_day(self.clock.now()) + timedelta(days=1)

    async def page(self, clinic: Clinic, day: date, top: int, cursor: str) -> Page[Unsent]:
        """At most `top` appointments of the day; may be short and still have more. Raises InvalidCursor."""
        steps, following = await self._decisions(clinic, day, min(top, MOST), cursor)
        found = await self._unsent(steps)
        return Page(tuple(await abreast(self._with_contact, found)), following)

    async def day(self, clinic: Clinic, day: date) -> Sequence[Unsent]:
        """All of the day, without contacts."""
        found: list[Unsent] = []
        async for steps in self._day(clinic, day):
            found += await self._unsent(steps)
        return found

    async def _day(self, clinic: Clinic, day: date) -> AsyncIterator[Sequence[DecisionRecord]]:
        cursor = ""
        while True:
            steps, cursor = await self._decisions(clinic, day, _ROWS, cursor)
            yield steps
            if not cursor:
                return

    async def _decisions(
        self, clinic: Clinic, day: date, top: int, cursor: str
    ) -> tuple[Sequence[DecisionRecord], str]:
        """Some decisions, never without the rest of the last appointment's: its steps are neighbours."""
        page = await self.plans.appointments(clinic.id, day, day, top, cursor)
        found, following = list(page.items), page.next_cursor
        while following and found:
            more = await self.plans.appointments(clinic.id, day, day, 1, following)
            if more.items and more.items[0].appointment_key != found[-1].appointment_key:
                break
            found += more.items
            following = more.next_cursor
        return found, following

    async def _unsent(self, decisions: Sequence[DecisionRecord]) -> Sequence[Unsent]:
        appointments: dict[str, list[DecisionRecord]] = {}
        for decision in decisions:
            appointments.setdefault(decision.appointment_key, []).append(decision)
        found = await abreast(self._of_appointment, appointments.values())
        return [one for one in found if one is not None]

    async def _of_appointment(self, decisions: Sequence[DecisionRecord]) -> Unsent | None:
        """None: a reminder arrived, or none is wanted, or the time of the first one is still ahead."""
        steps: list[_Step] = []
        for decision in decisions:
            if decision.reason in _NOT_WANTED:
                return None
            status = await self._status(decision)
            if status is not None and status.state in _ARRIVED:
                return None
            steps.append(_Step(decision, status))
        return _told(steps, self.clock.now())

    async def _status(self, decision: DecisionRecord) -> Status | None:
        """Of the message, or of the one that took over on another channel where that one arrived."""
        if decision.message_id is None or decision.scheduled_for is None:
            return None
        events = await self.messages.events(decision.message_id)
        status = fold(events, decision.scheduled_for)
        if status.state not in _ARRIVED and any(event.name is EventName.REROUTED for event in events):
            return await self._taken_over(decision, decision.message_id) or status
        return status

    async def _taken_over(self, decision: DecisionRecord, message_id: MessageId) -> Status | None:
        history = await self.messages.history(decision.clinic_id, decision.patient_key, _HISTORY, "")
        for whole in await abreast(self.messages.whole, history.items):
            if whole is not None and whole.message.instead_of == str(message_id):
                return fold(whole.events, whole.message.scheduled_for)
        return None

    async def _with_contact(self, one: Unsent) -> Unsent:
        decision = one.decision
        phone = await phone_of(self.patients, decision.clinic_id, decision.patient_key)
        return Unsent(decision, one.why, one.reason, phone)


def _told(steps: Sequence[_Step], now: datetime) -> Unsent | None:
    """By the last message whose time has come; where none was ever planned, by the reason for that."""
    come = [step for step in steps if step.status is not None and _has_come(step.decision, now)]
    if come:
        last = max(come, key=lambda step: (step.decision.scheduled_for or now, step.decision.step))
        return _of_message(last)
    if any(step.status is not None for step in steps):
        return None  # the first reminder is still to go
    reasons = [step.decision for step in steps if step.decision.reason is not None]
    first = min(reasons, key=lambda one: one.reason is SkipReason.TOO_LATE_FOR_STEP, default=None)
    return Unsent(first, UnsentWhy.SKIPPED, first.reason or "") if first else None


def _of_message(step: _Step) -> Unsent | None:
    status = step.status
    if status is None or status.reason in _NOT_WANTED:
        return None  # withdrawn: the appointment was cancelled, moved or is gone
    return Unsent(step.decision, _WHY[status.state], status.reason)


def _has_come(decision: DecisionRecord, now: datetime) -> bool:
    return decision.scheduled_for is not None and decision.scheduled_for <= now
