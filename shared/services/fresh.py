"""Look once more at the moment of sending: does a reminder still say what is true, to whom it is meant for? (promise 2)

    our own register ─▶ objection, mark, opt-in        the source ─▶ cancelled, moved, other words, other address
           │ nothing against it                             │ the same as planned
           └──────────────▶ ask the source ─────────────────┴──▶ StillRight
                                  │ no answer
                                  └──▶ CannotTell: `may_send_unseen` says whether the last whole list is young enough

What no longer holds also asks for a new planning of its clinic, before it is dropped: what comes in its place must not
wait for tomorrow's run. One appointment does not show whether its number has become shared: only a run does.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.clock import Clock
from shared.domain.appointment import Appointment
from shared.domain.clinic import AddressKind, Clinic, ClinicChannel, OptInRule
from shared.domain.compose import Wording, compose, version
from shared.domain.contact import wire_form
from shared.domain.decide import Remindable, remindable
from shared.domain.decision import SkipReason
from shared.domain.eligibility import appointment_stop, status_stop
from shared.domain.identity import Pseudonyms
from shared.domain.message import Kind, Message
from shared.domain.register import NO_RECORD, PatientRecord
from shared.domain.schedule import Sending
from shared.domain.way import NoWay
from shared.errors import ConfigurationError, SourceError
from shared.services.ask_source import AskSource
from shared.storage.contract import AddressStanding, Patients, Runs

YOUNG = timedelta(hours=24)
"""A whole list younger than this is good enough where the source itself does not answer."""
REMEMBERED_FOR = timedelta(seconds=60)
SETTLES = timedelta(minutes=1)
"""A run that is to find a message dropped begins later than this after the look that drops it."""

_BEFORE_MOVED = frozenset({SkipReason.CANCELLED, SkipReason.NOT_BOOKED, SkipReason.NO_START})


@dataclass(frozen=True, slots=True)
class StillRight:
    """It may go."""


@dataclass(frozen=True, slots=True)
class NoLonger:
    """It must not go. `reason`: a SkipReason."""

    reason: SkipReason


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The source does not answer. `last_complete_at`: when the last run that read its whole list began; None: never."""

    last_complete_at: datetime | None


Look = StillRight | NoLonger | CannotTell


class Verdict(StrEnum):
    """How an appointment stands that a patient answers."""

    CURRENT = "current"
    CHANGED = "changed"  # at another time now
    GONE = "gone"  # cancelled, or the source does not know it
    PASSED = "passed"
    CANNOT_TELL = "cannot_tell"


def may_send_unseen(last_complete_at: datetime | None, now: datetime) -> bool:
    """Whether a reminder may go on what the last whole list said. If not it is held, until it expires."""
    return last_complete_at is not None and now - last_complete_at < YOUNG


class FreshReader:
    """One fresh read of the source, and of our own register. One per process: it remembers who did not answer."""

    def __init__(
        self, *, ask: AskSource, patients: Patients, runs: Runs, pseudonyms: Pseudonyms, wording: Wording, clock: Clock
    ) -> None:
        self._ask = ask
        self._patients = patients
        self._runs = runs
        self._pseudonyms = pseudonyms
        self._wording = wording
        self._clock = clock
        self._wished: dict[str, datetime] = {}
        self._complete: dict[str, tuple[datetime, datetime | None]] = {}  # when asked, and what was said

    async def look(self, clinic: Clinic, message: Message, standing: AddressStanding | None = None) -> Look:
        """Whether a reminder may go now; anything that is not about an appointment is StillRight without a look.

        `standing`: of its address, if the caller has read it already. Raises StorageUnavailable.
        """
        if message.kind is not Kind.REMINDER or not message.appointment_id:
            return StillRight()
        way, record = clinic.channel(message.channel), await self._record(clinic, message)
        if standing is None:
            standing = await self._standing(clinic, message)
        stop = _stop_of_ours(way, message, record, standing)
        if stop is None:
            try:
                appointment = await self._ask(clinic, message.appointment_id)
            except (SourceError, ConfigurationError):
                return CannotTell(await self._last_complete(clinic.id))
            stop = SkipReason.NOT_IN_LIST
            if appointment is not None:
                stop = self._stop(appointment, clinic, message, record)
        if stop is None:
            return StillRight()
        await self._plan_anew(clinic.id)
        return NoLonger(stop)

    async def verdict(self, clinic: Clinic, appointment_id: str, starts_at: datetime) -> Verdict:
        """How the appointment at `starts_at` stands now. Raises nothing that a source does."""
        if self._clock.now() >= starts_at:
            return Verdict.PASSED
        try:
            appointment = await self._ask(clinic, appointment_id)
        except (SourceError, ConfigurationError):
            return Verdict.CANNOT_TELL
        if appointment is None or status_stop(appointment.status, clinic) is not None:
            return Verdict.GONE
        return Verdict.CURRENT if _same_instant(appointment.start, starts_at) else Verdict.CHANGED

    async def aclose(self) -> None:
        await self._ask.aclose()

    async def _standing(self, clinic: Clinic, message: Message) -> AddressStanding:
        return await self._patients.standing(clinic.id, message.channel, message.address_key, self._clock.now())

    async def _record(self, clinic: Clinic, message: Message) -> PatientRecord:
        """Only where something hangs on it: an opt-in, or an address that may be bound."""
        way = clinic.channel(message.channel)
        if way is None or (way.opt_in is not OptInRule.REQUIRED and way.address_kind is AddressKind.PHONE):
            return NO_RECORD
        return await self._patients.record(clinic.id, message.patient_key, message.channel)

    async def _plan_anew(self, clinic_id: str) -> None:
        """The wishes of a quarter of a minute are one: where much has changed at once, many ask for the same run."""
        at = _rounded_up(self._clock.now() + SETTLES)
        if self._wished.get(clinic_id) != at:
            await self._runs.want(clinic_id, at)
            self._wished[clinic_id] = at

    async def _last_complete(self, clinic_id: str) -> datetime | None:
        now = self._clock.now()
        asked_at, said = self._complete.get(clinic_id, (now - REMEMBERED_FOR, None))
        if now - asked_at >= REMEMBERED_FOR:
            said = await self._runs.last_complete(clinic_id)
            self._complete[clinic_id] = (now, said)
        return said

    def _stop(
        self, appointment: Appointment, clinic: Clinic, message: Message, record: PatientRecord
    ) -> SkipReason | None:
        """Decides again, for this one appointment and this message's channel."""
        alone, now = clinic.only(message.channel), self._clock.now()
        stop = appointment_stop(appointment, alone, now)
        if not _same_instant(appointment.start, message.starts_at) and stop not in _BEFORE_MOVED:
            return SkipReason.MOVED
        found = remindable(appointment, record, _nothing_more, alone, now)
        if isinstance(found, NoWay):
            return found.reason
        return None if self._as_planned(found, clinic, message) else SkipReason.CHANGED

    def _as_planned(self, found: Remindable, clinic: Clinic, message: Message) -> bool:
        planned = found.planned(message.step, Sending(message.scheduled_for, message.expires_at), clinic)
        content = compose(found.appointment, planned, clinic, self._wording)
        return (
            self._pseudonyms.patient(clinic.id, found.patient.id) == message.patient_key
            and wire_form(found.way.address) == message.to
            and version(self._pseudonyms, content, message.channel) == message.version
        )


def _stop_of_ours(
    way: ClinicChannel | None, message: Message, record: PatientRecord, standing: AddressStanding
) -> SkipReason | None:
    """What our own register has against it; asked first, since it holds whatever the source says."""
    if way is None or way.account != message.account:
        return SkipReason.CHANGED
    if standing.opted_out:
        return SkipReason.OPTED_OUT
    if not standing.may_be_reached:
        return SkipReason.UNREACHABLE
    if way.opt_in is OptInRule.REQUIRED and way.channel not in record.opted_in:
        return SkipReason.NO_OPT_IN
    return None


def _nothing_more(_channel: str, _address: str) -> bool:
    """Objections stand against the planned address, and were asked for; another address is a change anyway."""
    return False


def _rounded_up(instant: datetime) -> datetime:
    seconds = instant.second // 15 * 15 + 15
    return instant.replace(second=0, microsecond=0) + timedelta(seconds=seconds)


def _same_instant(one: datetime | None, other: datetime | None) -> bool:
    """In UTC: two zones' datetimes are never equal within an hour that clocks show twice (PEP 495)."""
    return one is not None and other is not None and one.astimezone(UTC) == other.astimezone(UTC)
