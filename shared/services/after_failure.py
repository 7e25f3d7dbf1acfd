"""What follows when a message did not go: the contact is marked, another channel goes, or a person is told.

class of the failure                the contact                 then
recipient, opted_out                passed over for 30 days     another channel, once; else the worklist
not_now                             passed over for 24 hours    the same
identity                            held until a person looks   the same
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
from shared.services.reroute import NotNeeded, Reroute, Rerouted
from shared.services.tell import Tell
from shared.storage.contract import FailureNotes, MessageLog, Patients, WorkKind

_MARKS: Mapping[ErrorClass, timedelta | None] = {
    ErrorClass.RECIPIENT: timedelta(days=30),
    ErrorClass.OPTED_OUT: timedelta(days=30),
    ErrorClass.NOT_NOW: timedelta(hours=24),  # Meta: do not send again within 24 hours (131049, 130472)
    ErrorClass.IDENTITY: None,
}
"""Classes that speak of the contact, and for how long it is passed over; None: until a person says otherwise."""
_TOO_LATE = frozenset(TooLate)


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
        error_class = _class(whole)
        if error_class in _MARKS:
            await self._mark(clinic, whole.message, status, _MARKS[error_class])
            if self.reroute.possible(whole, now):
                return await self._another_way(clinic, whole, status, now)
        if whole.message.kind is not Kind.REPLY:
            await self.tell(clinic, whole, WorkKind.NOT_SENT, error_class, now, status.reason)
        return None

    async def _mark(self, clinic: Clinic, message: Message, status: Status, lasts: timedelta | None) -> None:
        until = None if lasts is None else status.at + lasts
        await self.patients.mark_unreachable(
            clinic.id, message.channel, message.address_key, status.at, status.reason, until
        )

    async def _another_way(self, clinic: Clinic, whole: MessageLog, status: Status, now: datetime) -> datetime | None:
        went = await self.reroute(clinic, whole, now)
        if isinstance(went, Rerouted | NotNeeded):
            return None
        if went.again_at is not None:
            return went.again_at
        await self.tell(clinic, whole, WorkKind.NOT_SENT, _class(whole), now, status.reason)
        return None


def _matters(message: Message, reason: str) -> bool:
    """Whether a person must know that it was dropped."""
    if message.kind is Kind.REPLY:
        return False
    return reason in _TOO_LATE or message.kind is not Kind.REMINDER


def _class(whole: MessageLog) -> ErrorClass:
    said = next((e.error_class for e in whole.events if e.name is EventName.FAILED), "")
    return ErrorClass(said) if said in set(ErrorClass) else ErrorClass.OTHER
