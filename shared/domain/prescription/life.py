"""A prescription reference is its facts plus appended events; its state is the fold of its events, its messages and the
calendar. The same under any order and any number of repeats."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.domain.clinic import Clinic
from shared.domain.identity import MessageId
from shared.domain.message import State, Status
from shared.domain.prescription.reference import Reference


class PrescriptionEventName(StrEnum):
    """What can happen. Names stand in row keys."""

    SENT = "sent"  # given to the first message
    RESENT = "resent"  # given to another message; `by` asked for it
    VIEWED = "viewed"  # the patient opened the code on their page
    REVOKED = "revoked"


class PrescriptionState(StrEnum):
    """Where it stands. Words in `shared/wording/reasons.json`, kind `prescription_state`."""

    WAITING = "waiting"  # its message has not left yet
    SENT = "sent"
    DELIVERED = "delivered"
    VIEWED = "viewed"
    NOT_DELIVERED = "not_delivered"  # every message of it failed, was dropped or cancelled, or nobody knows
    REVOKED = "revoked"
    EXPIRED = "expired"


class PrescriptionStop(StrEnum):
    """Why a message of it must not go any more. Words in `reasons.json`, kind `prescription_stop`."""

    REVOKED = "prescription_revoked"
    CONTACT_CHANGED = "contact_changed"
    NOT_FOUND = "prescription_not_found"


@dataclass(frozen=True, slots=True)
class Prescription:
    """Facts, written once. Sealed: name and birth date, reference, pharmacy, registration, who sent it."""

    id: str  # 26 characters, the digest of its first message
    clinic_id: str
    patient_key: str
    patient_name: str
    birth_on: date | None
    reference: Reference
    controlled: bool
    last_day: date  # by the clinic's calendar, itself included
    language: str
    created_at: datetime
    sent_by: str
    pharmacy: str = ""
    nominated: bool = False  # that pharmacy has it already
    registration: str = ""  # of the prescriber, in India

    @property
    def public_id(self) -> str:
        """What callers see; it carries the clinic."""
        return f"{self.clinic_id}_{self.id}"


@dataclass(frozen=True, slots=True)
class PrescriptionEvent:
    """`message_id`: of the message that it is about. `by`: who did it; a caller's name, sealed."""

    name: PrescriptionEventName
    at: datetime
    message_id: MessageId | None = None
    by: str = ""
    note: str = ""


def is_revoked(events: Iterable[PrescriptionEvent]) -> bool:
    return any(event.name is PrescriptionEventName.REVOKED for event in events)


def is_over(prescription: Prescription, clinic: Clinic, now: datetime) -> bool:
    """Whether its last day has ended where the clinic is."""
    return clinic.local_day(now) > prescription.last_day


def state_of(events: Iterable[PrescriptionEvent], messages: Iterable[Status], *, over: bool) -> PrescriptionState:
    """Revoked before all else; then expired; then the furthest that it came by any of its messages."""
    named = {event.name for event in events}
    if PrescriptionEventName.REVOKED in named:
        return PrescriptionState.REVOKED
    if over:
        return PrescriptionState.EXPIRED
    if PrescriptionEventName.VIEWED in named:
        return PrescriptionState.VIEWED
    return max((_STATE[status.state] for status in messages), key=_ORDER.index, default=_UNSENT)


_UNSENT = PrescriptionState.NOT_DELIVERED  # a crash kept its message from being written: nothing has reached anybody
_ORDER = (
    PrescriptionState.NOT_DELIVERED,
    PrescriptionState.WAITING,
    PrescriptionState.SENT,
    PrescriptionState.DELIVERED,
)
_STATE = {
    **dict.fromkeys((State.SCHEDULED, State.QUEUED, State.SENDING), PrescriptionState.WAITING),
    **dict.fromkeys((State.ACCEPTED, State.SENT), PrescriptionState.SENT),
    **dict.fromkeys((State.DELIVERED, State.READ), PrescriptionState.DELIVERED),
    **dict.fromkeys((State.FAILED, State.DROPPED, State.CANCELLED, State.UNKNOWN), PrescriptionState.NOT_DELIVERED),
}
