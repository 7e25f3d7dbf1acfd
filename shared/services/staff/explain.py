"""Everything about one appointment: what was decided, what was sent, what became of it, what waits for a person.

It goes by keys alone, so that it is as quick beside millions of messages:

    day       of the appointment: asked for, or as the source says now, else looked for from today outwards
    day       ─▶ decisions ─▶ patient ─▶ their history ─▶ messages of the appointment, also of other days (it was moved)
    message   ─▶ items of the worklist about it        decision ─▶ the item that its patient cannot be reached
    patient   ─▶ how each channel stands with them     channel ─▶ what has stopped its account
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared.clock import Clock
from shared.domain.appointment import Appointment
from shared.domain.clinic import Clinic, ClinicChannel, Step
from shared.domain.identity import Pseudonyms
from shared.domain.message import EventName, fold, in_order, lane_of
from shared.errors import ConfigurationError, SourceError
from shared.services.abreast import abreast
from shared.services.ask_source import AskSource
from shared.services.sending.circuits import Circuits
from shared.services.staff.patient_view import Standing, ViewPatient
from shared.services.staff.report import LONGEST_SPAN, MessageView
from shared.services.work_items import work_id
from shared.storage.contract import (
    DecisionRecord,
    MessageLog,
    Messages,
    Patients,
    Plans,
    Runs,
    Stop,
    WorkItem,
    WorkKind,
    Worklist,
)

_AT_ONCE = 16  # days that are looked at together, the nearest first
_USUAL_STEPS = frozenset(Step(days, time()).id for days in range(15))  # the clinic may have had others than now
_HISTORY = 200  # messages of the patient among which those of the appointment are looked for
_OF_A_MESSAGE = (WorkKind.NOT_SENT, WorkKind.UNKNOWN_OUTCOME)
_OF_AN_ANSWER = (
    WorkKind.PENDING_CANCELLATION,
    WorkKind.PENDING_RESCHEDULE,
    WorkKind.NEEDS_A_PERSON,
    WorkKind.OPTED_OUT,
)


@dataclass(frozen=True, slots=True)
class SourceSays:
    """The appointment as its source has it now. `problem`: the code of why it does not say; both empty: it is not
    there."""

    appointment: Appointment | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How one channel stands with the patient, and whether its account sends."""

    standing: Standing
    stop: Stop | None


@dataclass(frozen=True, slots=True)
class Explained:
    """All that is known. Holds patient data: never log one. `source` None: it was not asked; `looked_at`: the first and
    last day that were looked at where nothing told the day."""

    clinic: Clinic
    appointment_id: str
    decisions: tuple[DecisionRecord, ...]
    messages: tuple[MessageView, ...]
    work: tuple[WorkItem, ...]
    ways: tuple[Way, ...]
    source: SourceSays | None
    last_complete_at: datetime | None
    looked_at: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainAppointment:
    """Reads only."""

    plans: Plans
    messages: Messages
    worklist: Worklist
    runs: Runs
    patients: Patients
    view: ViewPatient
    circuits: Circuits
    ask: AskSource
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(
        self, clinic: Clinic, appointment_id: str, day: date | None = None, *, ask_source: bool = True
    ) -> Explained:
        """`day`: local day of the appointment, where it is known."""
        source = await self._source(clinic, appointment_id) if ask_source else None
        key = self.pseudonyms.appointment(clinic.id, appointment_id)
        days, looked_at = {day} if day else _day_of(clinic, source), None
        decisions = await self._decided(clinic, key, days)
        if not decisions and day is None:
            days, looked_at = await self._search(clinic, key)
            decisions = await self._decided(clinic, key, days)
        patient_key = self._patient(clinic, decisions, source)
        wholes = await self._messages(clinic, key, patient_key, decisions)
        decisions += await self._decided(clinic, key, {whole.message.id.day for whole in wholes} - days)
        return Explained(
            clinic=clinic,
            appointment_id=appointment_id,
            decisions=tuple(sorted(decisions, key=lambda one: (one.day, one.scheduled_for or one.decided_at))),
            messages=tuple(_view(whole) for whole in wholes),
            work=await self._work(clinic, key, decisions, wholes),
            ways=await self._ways(clinic, patient_key),
            source=source,
            last_complete_at=await self.runs.last_complete(clinic.id),
            looked_at=looked_at if not decisions else None,
        )

    async def _source(self, clinic: Clinic, appointment_id: str) -> SourceSays:
        try:
            return SourceSays(await self.ask(clinic, appointment_id))
        except (SourceError, ConfigurationError) as error:
            return SourceSays(None, error.code)

    async def _decided(self, clinic: Clinic, key: str, days: Iterable[date]) -> list[DecisionRecord]:
        steps = sorted(_USUAL_STEPS | {step.id for step in clinic.steps})
        return list(await self.plans.decided(clinic.id, key, sorted(days), steps))

    async def _search(self, clinic: Clinic, key: str) -> tuple[set[date], tuple[date, date]]:
        """The nearest day on which it was decided, and all that were looked at."""
        today, steps = clinic.local_day(self.clock.now()), [step.id for step in clinic.steps]
        days = _outwards(today, LONGEST_SPAN.days, clinic.window_days + 1)
        for start in range(0, len(days), _AT_ONCE):
            found = await self.plans.decided(clinic.id, key, days[start : start + _AT_ONCE], steps)
            if found:
                return {decision.day for decision in found}, (min(days), max(days))
        return set(), (min(days), max(days))

    def _patient(self, clinic: Clinic, decisions: Sequence[DecisionRecord], source: SourceSays | None) -> str:
        told = next((decision.patient_key for decision in decisions if decision.patient_key), "")
        patient = source.appointment.patient if source and source.appointment else None
        return told or (self.pseudonyms.patient(clinic.id, patient.id) if patient and patient.id else "")

    async def _messages(
        self, clinic: Clinic, key: str, patient_key: str, decisions: Sequence[DecisionRecord]
    ) -> Sequence[MessageLog]:
        """By their time: of its decisions, and whatever else the patient was sent about it."""
        ids = {decision.message_id for decision in decisions if decision.message_id is not None}
        page = await self.messages.history(clinic.id, patient_key, _HISTORY, "") if patient_key else None
        others = [message_id for message_id in (page.items if page else ()) if message_id not in ids]
        facts = await abreast(self.messages.read, others)
        ids |= {message.id for message in facts if message is not None and message.appointment_key == key}
        wholes = await abreast(self.messages.whole, sorted(ids))
        found = (whole for whole in wholes if whole is not None)
        return sorted(found, key=lambda whole: (whole.message.scheduled_for, whole.message.id))

    async def _work(
        self, clinic: Clinic, key: str, decisions: Sequence[DecisionRecord], wholes: Sequence[MessageLog]
    ) -> tuple[WorkItem, ...]:
        ids = {*self._no_way_ids(clinic, key, decisions), *self._message_ids(clinic, key, wholes)}
        found = await abreast(lambda item_id: self.worklist.read(clinic.id, item_id), sorted(ids))
        return tuple(sorted((item for item in found if item), key=lambda item: (item.opened_at, item.id)))

    def _no_way_ids(self, clinic: Clinic, key: str, decisions: Sequence[DecisionRecord]) -> Iterable[str]:
        """See `planning/unreachable.py`: an item that follows a plan has the day of its run in its id."""
        for decision in decisions:
            if decision.starts_at is not None:
                start = str(int(decision.starts_at.timestamp()))
                for told_on in ("", clinic.local_day(decision.decided_at).isoformat()):
                    yield work_id(self.pseudonyms, clinic.id, WorkKind.NO_WAY, key, start, told_on)

    def _message_ids(self, clinic: Clinic, key: str, wholes: Sequence[MessageLog]) -> Iterable[str]:
        for whole in wholes:
            for kind in _OF_A_MESSAGE:
                yield work_id(self.pseudonyms, clinic.id, kind, str(whole.message.id))
            owners = {e.owner for e in whole.events if e.name in (EventName.ANSWERED, EventName.OPTED_OUT) and e.owner}
            for owner in owners:
                for kind in _OF_AN_ANSWER:
                    for apart in ("", key):
                        yield work_id(self.pseudonyms, clinic.id, kind, owner, apart)

    async def _ways(self, clinic: Clinic, patient_key: str) -> tuple[Way, ...]:
        contact = await self.patients.contact(clinic.id, patient_key) if patient_key else None
        if contact is None:
            return ()

        async def of(way: ClinicChannel) -> Way:
            lane = lane_of(way.channel, way.account)
            stop = await self.circuits.paused(lane, clinic.id) or await self.circuits.state(lane)
            return Way(await self.view.standing(clinic, contact, way), stop)

        return tuple(await abreast(of, clinic.channels))


def _day_of(clinic: Clinic, source: SourceSays | None) -> set[date]:
    start = source.appointment.start if source and source.appointment else None
    return {clinic.local_day(start)} if start else set()


def _outwards(today: date, back: int, ahead: int) -> Sequence[date]:
    """The nearest first; of two as near the one ahead."""
    offsets = sorted(range(-back, ahead + 1), key=lambda offset: (abs(offset), -offset))
    return [today + timedelta(days=offset) for offset in offsets]


def _view(whole: MessageLog) -> MessageView:
    return MessageView(whole.message, fold(whole.events, whole.message.scheduled_for), in_order(whole.events))
