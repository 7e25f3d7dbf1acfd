"""What follows when a message did not go: the contact is marked, another channel goes, or a person is told.

class of the failure                the contact                 then
recipient, opted_out                passed over for 30 days     another channel, once; else the worklist
not_now                             passed over for 24 hours    the same
identity                            held until a person looks   the same, and the worklist in any case
anything else                       –                           the worklist
dropped: too late                   –                           the worklist
dropped: what planning finds again  –                           nothing: the planning that was asked for decides
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.clinic import Clinic
from shared.domain.message import EventName, Kind, Message, State, Status, TooLate
from shared.domain.outcome import ErrorClass
from shared.domain.prescription.life import PrescriptionStop
from shared.domain.reply import WhyAPerson
from shared.services.aftercare.reroute import NotRerouted, Reroute
from shared.services.aftercare.tell import Tell
from shared.storage.contract import FailureNotes, Hold, MessageLog, Patients, WorkKind

MARKED_FOR: Mapping[ErrorClass, timedelta] = {
    ErrorClass.RECIPIENT: timedelta(days=30),  # people change phones and install apps
    ErrorClass.OPTED_OUT: timedelta(days=30),
    ErrorClass.NOT_NOW: timedelta(hours=24),  # Meta: do not send again within 24 hours (131049, 130472)
}
"""Classes that speak of the contact, and for how long it is passed over."""
_OF_THE_CONTACT = MARKED_FOR.keys() | {ErrorClass.IDENTITY}
_TOO_LATE = frozenset(TooLate)


@dataclass(frozen=True, slots=True)
class _Failed:
    """A message that failed, as one look finds it."""

    clinic: Clinic
    whole: MessageLog
    status: Status
    error_class: ErrorClass
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterFailure:
    """One look at a message that failed or was dropped. Repeatable."""

    patients: Patients
    failures: FailureNotes
    reroute: Reroute
    tell: Tell

    async def __call__(self, clinic: Clinic, whole: MessageLog, status: Status, now: datetime) -> datetime | None:
        """When to look again; None: all that follows is done."""
        if status.state is State.DROPPED:
            if _matters(whole.message, status.reason):
                await self.tell(clinic, whole, WorkKind.NOT_SENT, status.reason, now)
            return None
        await self.failures.note(whole.message.lane, clinic.id, whole.message.id.digest, status.at)
        failed = _Failed(clinic, whole, status, _class(whole), now)
        holds = await self._mark(failed)
        if failed.error_class in _OF_THE_CONTACT and self.reroute.possible(whole, now):
            return await self._another_way(failed, holds)
        if holds or not whole.message.is_acknowledgement:
            await self._tell_not_sent(failed, holds)
        return None

    async def _mark(self, failed: _Failed) -> tuple[Hold, ...]:
        """Passed over for a time, or held: then with what a person lifts."""
        clinic_id, message, status = failed.clinic.id, failed.whole.message, failed.status
        if failed.error_class is ErrorClass.IDENTITY:
            hold = Hold(clinic_id, message.channel, message.address_key, message.id.digest)
            await self.patients.hold(hold, status.at, status.reason)
            return (hold,)
        if lasts := MARKED_FOR.get(failed.error_class):
            until = status.at + lasts
            await self.patients.mark_unreachable(
                clinic_id, message.channel, message.address_key, status.at, status.reason, until
            )
        return ()

    async def _another_way(self, failed: _Failed, holds: tuple[Hold, ...]) -> datetime | None:
        went = await self.reroute(failed.clinic, failed.whole, failed.now)
        if isinstance(went, NotRerouted):
            if went.again_at is None:
                await self._tell_not_sent(failed, holds)
            return went.again_at
        if holds:  # the patient is reached, and the address is still in doubt
            kind, why = WorkKind.NEEDS_A_PERSON, WhyAPerson.ADDRESS_CHANGED
            await self.tell(failed.clinic, failed.whole, kind, why, failed.now, failed.status.reason, holds)
        return None

    async def _tell_not_sent(self, failed: _Failed, holds: tuple[Hold, ...]) -> None:
        kind, why = WorkKind.NOT_SENT, failed.error_class
        await self.tell(failed.clinic, failed.whole, kind, why, failed.now, failed.status.reason, holds)


def _matters(message: Message, reason: str) -> bool:
    """Whether a person must know that it was dropped."""
    if message.is_acknowledgement or reason == PrescriptionStop.REVOKED:
        return False
    return reason in _TOO_LATE or message.kind is not Kind.REMINDER


def _class(whole: MessageLog) -> ErrorClass:
    said = next((e.error_class for e in whole.events if e.name is EventName.FAILED), "")
    return ErrorClass(said) if said in set(ErrorClass) else ErrorClass.OTHER
