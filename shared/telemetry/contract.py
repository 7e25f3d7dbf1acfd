"""What is told of the app's work, and to whom. Facts hold ids of ours, codes and counts: never a patient's data.

One id follows an appointment from the clinic's list to the last receipt: the message's, which is keyed. What planned it
is found by the run's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from shared.domain.identity import MessageId

PLANNED = "planned"  # a message's first step
STORED = "stored"  # of a callback: everything else is a refusal


@dataclass(frozen=True, slots=True)
class MessageStep:
    """Something happened to a message. `step`: the event's name, or PLANNED; `code`: the event's detail.

    `waited`: of a message that a provider took, since the instant at which it was to go.
    """

    message: MessageId
    step: str
    channel: str = ""
    account: str = ""
    kind: str = ""
    attempt: int = 0
    code: str = ""
    run: str = ""
    waited: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A planning run came to its end. `counts`: as in the run's own row."""

    run: str
    clinic: str
    state: str
    code: str
    took: timedelta
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was due and had not gone when a sweep or a look began, by priority, and how long the oldest has been due.

    `old`: of what somebody waits for, how much has been due for too long.
    """

    by_priority: Mapping[str, int]
    oldest: timedelta
    old: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallbackSeen:
    """A provider, or somebody who says so, called. `outcome`: STORED, or the code of the refusal."""

    channel: str
    outcome: str


@dataclass(frozen=True, slots=True)
class SubscriberTold:
    """Another system was told of an event. `outcome`: the HTTP status, or why nothing was posted."""

    outcome: str


type Fact = MessageStep | RunEnded | Backlog | CallbackSeen | SubscriberTold


class Telemetry(Protocol):
    def tell(self, fact: Fact) -> None:
        """Waits for nothing and raises nothing: what is told never decides what is done."""
        ...
