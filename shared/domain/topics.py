"""What another system may be told of, and which event of a message is news of what.

    accepted                                    message-sent
    sent, delivered, read, cancelled            message-status
    failed, unknown                             message-status and message-failed
    dropped                                     message-status; message-failed too, where it could not go

Withdrawn because the appointment was cancelled, moved or changed is no failure: nobody has to do anything about it.
"""

from collections.abc import Mapping
from enum import StrEnum

from shared.domain.decision import SkipReason
from shared.domain.message import Event, EventName, State


class Topic(StrEnum):
    """Names stand in the paths of the HTTP interface and in rows."""

    MESSAGE_SENT = "message-sent"  # a provider took it
    MESSAGE_STATUS = "message-status"  # any later change of state
    MESSAGE_FAILED = "message-failed"  # failed for good, outcome unknown, or dropped because it could not go
    PATIENT_REPLY = "patient-reply"  # whatever a patient wrote or pressed
    PATIENT_OPTED_OUT = "patient-opted-out"


NOT_WANTED_ANY_MORE = frozenset(
    {
        SkipReason.NOT_BOOKED,
        SkipReason.CANCELLED,
        SkipReason.NO_START,
        SkipReason.ALREADY_STARTED,
        SkipReason.TOO_LATE_FOR_STEP,
        SkipReason.OUTSIDE_WINDOW,
        SkipReason.HIDDEN,
        SkipReason.EXCLUDED_TYPE,
        SkipReason.EXCLUDED_SPECIALTY,
        SkipReason.EXCLUDED_LOCATION,
        SkipReason.MOVED,
        SkipReason.NOT_IN_LIST,
        SkipReason.CHANGED,
    }
)
"""Why a message is dropped that nobody wants sent any more: planning decides anew."""

HAVE_FAILED = frozenset({State.FAILED, State.UNKNOWN, State.DROPPED})
"""States of which `message-failed` tells. What has come to another since (a receipt came) is no failure."""

_STATUS, _FAILED = (Topic.MESSAGE_STATUS,), (Topic.MESSAGE_STATUS, Topic.MESSAGE_FAILED)
_TOPICS: Mapping[EventName, tuple[Topic, ...]] = {
    EventName.ACCEPTED: (Topic.MESSAGE_SENT,),
    EventName.SENT: _STATUS,
    EventName.DELIVERED: _STATUS,
    EventName.READ: _STATUS,
    EventName.CANCELLED: _STATUS,
    EventName.FAILED: _FAILED,
    EventName.UNKNOWN: _FAILED,
    EventName.DROPPED: _FAILED,
}


def topics_of(event: Event) -> tuple[Topic, ...]:
    """What this event is news of; empty for most."""
    if event.name is EventName.DROPPED and event.detail in NOT_WANTED_ANY_MORE:
        return _STATUS
    return _TOPICS.get(event.name, ())
