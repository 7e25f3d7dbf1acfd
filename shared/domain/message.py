"""A message is its planned facts plus appended events; its state is the fold of its events.

The fold is the same under any order and any number of repeats of the events (promise 1): a property test says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from shared.domain.content import Content
from shared.domain.identity import MessageId


class Kind(StrEnum):
    REMINDER = "reminder"
    PRESCRIPTION = "prescription"
    REPLY = "reply"
    RAW = "raw"  # the proposals' bodies: may go to anyone


class State(StrEnum):
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    DROPPED = "dropped"


class Priority(IntEnum):
    """Who goes first where not everything can go at once; 1 before 5."""

    ANSWER = 1  # to something that a patient wrote
    TODAY = 2  # a reminder of an appointment on the day that it is sent
    PRESCRIPTION = 3  # somebody waits for it: prescription references, and what a caller sends now
    LATER = 4  # a reminder of a later day
    BROADCAST = 5


class RequestStatus(StrEnum):
    """What a patient said of an appointment (Wayfinder producer standard, Extension-Appointment-RequestStatus)."""

    CONFIRMED_ATTENDANCE = "confirmed_attendance"
    PENDING_CANCELLATION = "pending_cancellation"
    PENDING_RESCHEDULE = "pending_reschedule"


class EventName(StrEnum):
    """What can happen to a message. Names stand in row keys."""

    CLAIMED = "claimed"  # an attempt to send begins: owner and lease
    CANCELLED = "cancelled"  # a person stopped it; excludes a claim of the same attempt
    DROPPED = "dropped"  # we stopped it, with a reason; excludes a claim of the same attempt
    RESTORED = "restored"  # what we stopped holds again: the next attempt may be claimed
    HELD = "held"  # its time has come and it waits, with the reason; `attempt` is the last one that was claimed, or 0
    RESUMED = "resumed"  # a person decided that it goes once more although an earlier attempt may have arrived
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # proven not accepted; another attempt may follow
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"  # by receipt, or rejected for good
    # notes: they say what was done about it and change no state
    ASKED = "asked"  # the provider was asked what became of it; the detail is its answer
    REROUTED = "rerouted"  # another channel takes over; the detail names it
    TOLD = "told"  # it was put on the worklist, as what the detail says
    ANSWERED = "answered"  # the patient answered; the detail is a RequestStatus, `owner` says which answer
    OPTED_OUT = "opted_out"  # the last one that we began to write before the patient wanted no more of them


class TooLate(StrEnum):
    """Why a message is dropped by the clock alone (promise 2). Words in `shared/wording/reasons.json`."""

    EXPIRED = "expired"
    APPOINTMENT_STARTED = "appointment_started"


class HoldReason(StrEnum):
    """Why a message waits although its time has come. Words in `shared/wording/reasons.json`."""

    QUIET_HOURS = "quiet_hours"
    ACCOUNT_STOPPED = "account_stopped"
    TEMPLATE_STOPPED = "template_stopped"
    SOURCE_SILENT = "source_silent"
    PAUSED = "paused"  # by a person


NOTES = frozenset({EventName.ASKED, EventName.REROUTED, EventName.TOLD, EventName.ANSWERED, EventName.OPTED_OUT})
GO_EVENTS = frozenset({EventName.CLAIMED, EventName.CANCELLED, EventName.DROPPED})
"""The three that compete for one insert, `<message>_go_<attempt>`."""
_ONCE_AN_ATTEMPT = frozenset(
    {
        EventName.ACCEPTED,
        EventName.REJECTED,
        EventName.UNKNOWN,
        EventName.RESTORED,
        EventName.RESUMED,
        EventName.ASKED,
    }
)


@dataclass(frozen=True, slots=True)
class Message:
    """The planned facts: written once, never changed. `to` and `content` are patient data and stored sealed."""

    id: MessageId
    kind: Kind
    channel: str
    account: str
    to: str
    content: Content
    language: str
    scheduled_for: datetime
    expires_at: datetime
    created_at: datetime
    patient_key: str = ""  # keyed digest; empty for raw bodies to strangers
    patient_name: str = ""  # sealed; for staff lists
    appointment_id: str = ""  # the source's id; sealed
    appointment_key: str = ""  # keyed digest
    starts_at: datetime | None = None
    step: str = ""
    version: str = ""  # keyed hash of what the patient would read
    sent_by: str = "system"
    mock: bool = False
    address_key: str = ""  # keyed digest of `to` on this channel; never empty for a message of a clinic's
    zone: str = ""  # the patient's time zone (IANA) where it is not the clinic's: quiet hours are theirs
    priority: Priority = Priority.LATER
    instead_of: str = ""  # id of the message that did not reach the patient on another channel
    prescription: str = ""  # id of the prescription reference that it carries

    @property
    def is_acknowledgement(self) -> bool:
        """Our own short word to a patient who answered; `step` says which. A reply that a person wrote is none."""
        return self.kind is Kind.REPLY and bool(self.step)

    @property
    def lane(self) -> str:
        """What shares one pace and one circuit: a channel's account."""
        return lane_of(self.channel, self.account)


def lane_of(channel: str, account: str) -> str:
    return f"{channel}:{account}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a message. `detail` is a code or reason, never patient data."""

    message_id: MessageId
    name: EventName
    at: datetime
    attempt: int = 1
    detail: str = ""
    provider_id: str = ""
    owner: str = ""  # of a claim
    lease_until: datetime | None = None  # of a claim
    error_class: str = ""

    @property
    def key(self) -> str:
        """What tells it from the other events of its message: a repeat has the same. The three of GO_EVENTS share one
        for each attempt: only one of them happens."""
        if self.name in GO_EVENTS:
            return f"go_{self.attempt}"
        if self.name in _ONCE_AN_ATTEMPT:
            return f"{self.name}_{self.attempt}"
        match self.name:
            case EventName.HELD:
                return f"{self.name}_{self.attempt}_{self.detail}"
            case EventName.TOLD:
                return f"{self.name}_{self.detail}"
            case EventName.ANSWERED:
                return f"{self.name}_{self.owner}"
        return str(self.name)


@dataclass(frozen=True, slots=True)
class Status:
    """What the events of a message come to."""

    state: State
    at: datetime
    reason: str = ""
    provider_id: str = ""
    attempt: int = 0
    lease_until: datetime | None = None
    answer: str = ""  # the patient's latest answer, a RequestStatus
    error_class: str = ""  # of what the provider refused, an ErrorClass


# Later wins. `delivered` after `failed` wins, `failed` after `delivered` is a note (house.md; Meta sends both).
_RANK = {
    EventName.CLAIMED: 1,
    EventName.REJECTED: 2,
    EventName.HELD: 3,
    EventName.UNKNOWN: 4,
    EventName.CANCELLED: 5,
    EventName.DROPPED: 5,
    EventName.RESTORED: 6,
    EventName.RESUMED: 6,
    EventName.ACCEPTED: 6,
    EventName.SENT: 7,
    EventName.FAILED: 8,
    EventName.DELIVERED: 9,
    EventName.READ: 10,
    **dict.fromkeys(NOTES, 11),
}
_STATE = {
    EventName.CLAIMED: State.SENDING,
    EventName.REJECTED: State.SCHEDULED,  # back in line: the next attempt claims anew
    EventName.UNKNOWN: State.UNKNOWN,
    EventName.CANCELLED: State.CANCELLED,
    EventName.DROPPED: State.DROPPED,
    EventName.RESTORED: State.SCHEDULED,
    EventName.HELD: State.SCHEDULED,
    EventName.RESUMED: State.SCHEDULED,
    EventName.ACCEPTED: State.ACCEPTED,
    EventName.SENT: State.SENT,
    EventName.FAILED: State.FAILED,
    EventName.DELIVERED: State.DELIVERED,
    EventName.READ: State.READ,
}
_STOPS = frozenset({EventName.CANCELLED, EventName.DROPPED})
_UNDECIDED = _STOPS | {EventName.RESTORED}
_WITHOUT_REASON = frozenset({EventName.CLAIMED, EventName.ACCEPTED, EventName.RESUMED})
_BY_ATTEMPT = _UNDECIDED | {
    EventName.CLAIMED,
    EventName.REJECTED,
    EventName.UNKNOWN,
    EventName.HELD,
    EventName.RESUMED,
}


def fold(events: Iterable[Event], scheduled_for: datetime) -> Status:
    """The state of a message from its events, in whatever order they come and however often.

    Before acceptance the highest attempt speaks; from acceptance on, the highest receipt, whatever its attempt. Of two
    equal events the earlier counts. A message of which one attempt came to `unknown` may have reached the patient:
    stopping it later (cancelled, dropped) or planning it again leaves it unknown, since "not sent" would not be true;
    only a person's word (resumed) puts it back in line.
    """
    told = set(events)
    seen = sorted((event for event in told if event.name not in NOTES), key=_weight)
    answer = _answer(told)
    if not seen:
        return Status(State.SCHEDULED, scheduled_for, answer=answer)
    last = seen[-1]
    if last.name in _UNDECIDED:
        last = next((e for e in reversed(seen) if e.name is EventName.UNKNOWN), last)
    return Status(
        state=_STATE[last.name],
        at=last.at,
        reason=last.detail if last.name not in _WITHOUT_REASON else "",
        provider_id=next((e.provider_id for e in reversed(seen) if e.provider_id), ""),
        attempt=max(e.attempt for e in seen),
        lease_until=last.lease_until,
        answer=answer,
        error_class=last.error_class,
    )


def _answer(events: Iterable[Event]) -> str:
    answers = [event for event in events if event.name is EventName.ANSWERED]
    return max(answers, key=lambda event: (event.at, event.owner, event.detail)).detail if answers else ""


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events as a person reads them: by second (receipts tell no more), and within it by what follows what."""
    return tuple(sorted(events, key=_reading_order))


def _reading_order(event: Event) -> tuple[object, ...]:
    is_receipt = _RANK[event.name] > _RANK[EventName.ACCEPTED]
    return event.at.replace(microsecond=0), is_receipt, event.attempt, _RANK[event.name], event.at


def _weight(event: Event) -> tuple[object, ...]:
    """A total order, so that the fold does not depend on the order in which events are read."""
    by_attempt = event.name in _BY_ATTEMPT
    return (
        0 if by_attempt else 1,
        event.attempt if by_attempt else 0,
        _RANK[event.name],
        -event.at.timestamp(),
        event.detail,
        event.provider_id,
        event.owner,
        event.lease_until.timestamp() if event.lease_until else 0.0,
        event.error_class,
        event.attempt,
        event.name,
    )
