"""What must hold at every step, each as one small pure check: it gives a sentence where it does not hold, else nothing.

Shown to bite in test_invariants_bite.py. A new promise is one function here and one line in the tuple below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.decision import SkipReason
from shared.domain.message import Kind, Message, State, Status
from tests.simulation.providers import Arrival
from tests.simulation.truth import Booking, holds

RECEIPTS_COME_FOR = timedelta(days=7)
ALWAYS_WAITING = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})
IN_DOUBT = frozenset({State.ACCEPTED, State.SENT, State.UNKNOWN})
NO_FAULT_OF_THE_PATIENT = frozenset({SkipReason.TOO_LATE_FOR_STEP, SkipReason.ALREADY_STARTED})


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that a provider took, and what was true of it then. A clinic's list is checked by its complete runs:
    `since_check` and `since_sure_check` hold every version since the last of them that could tell that an appointment
    was cancelled, or that it is not there any more; `since_words` since the last that could still change the words."""

    arrival: Arrival
    message: Message
    times: int = 1  # how often the provider has it, with this one
    quiet: bool = False  # at the clinic
    objected: bool = False
    since_check: Sequence[Booking | None] = ()
    since_sure_check: Sequence[Booking | None] = ()
    since_words: Sequence[Booking | None] = ()
    addresses: frozenset[str] = frozenset()  # of the patient, since that last check
    places: Mapping[str, str] = field(default_factory=dict)  # the source's name -> what is to be read

    @property
    def is_reminder(self) -> bool:
        return self.message.kind is Kind.REMINDER


def only_once(sent: Delivery) -> str:
    return f"sent {sent.times} times" if sent.times > 1 else ""


def before_it_expires(sent: Delivery) -> str:
    at, expires_at = sent.arrival.at, sent.message.expires_at
    return f"sent at {at}, expired at {expires_at}" if at >= expires_at else ""


def before_the_appointment(sent: Delivery) -> str:
    starts_at = sent.message.starts_at
    late = starts_at is not None and sent.arrival.at >= starts_at
    return f"sent at {sent.arrival.at}, the appointment began at {starts_at}" if late else ""


def not_in_quiet_hours(sent: Delivery) -> str:
    return f"sent in quiet hours, at {sent.arrival.at}" if sent.is_reminder and sent.quiet else ""


def not_against_an_objection(sent: Delivery) -> str:
    return "sent to somebody who had said stop" if sent.is_reminder and sent.objected else ""


def to_the_patients_own_address(sent: Delivery) -> str:
    wrong = sent.is_reminder and sent.arrival.to not in sent.addresses
    return "sent to an address that is not the patient's any more" if wrong else ""


def for_an_appointment_that_holds(sent: Delivery) -> str:
    start = sent.message.starts_at
    if not sent.is_reminder or start is None or any(holds(version, start) for version in sent.since_check):
        return ""
    now = sent.since_check[-1] if sent.since_check else None
    is_hard_to_tell = now is None or now.appointment.start != start
    if is_hard_to_tell and any(holds(version, start) for version in sent.since_sure_check):
        return ""
    return f"sent for {start}, which a check had shown not to hold any more"


def with_words_that_hold(sent: Delivery) -> str:
    """The place, as far as every version since the last check has one that may be read."""
    places = [sent.places.get(one.appointment.location, "") for one in sent.since_words if one is not None]
    if not sent.is_reminder or not places or not all(places):
        return ""
    return "" if any(place in sent.arrival.text for place in places) else "names a place that had changed"


DELIVERY_CHECKS: Sequence[Callable[[Delivery], str]] = (
    only_once,
    before_it_expires,
    before_the_appointment,
    not_in_quiet_hours,
    not_against_an_objection,
    to_the_patients_own_address,
    for_an_appointment_that_holds,
    with_words_that_hold,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One message as it stands now. `listed`: it is on the worklist."""

    message: Message
    status: Status
    now: datetime
    due: bool
    listed: bool = False


def never_forgotten(it: Standing) -> str:
    waits = it.status.state in ALWAYS_WAITING
    in_doubt = it.status.state in IN_DOUBT and it.now <= it.message.expires_at + RECEIPTS_COME_FOR
    in_doubt = in_doubt and not it.status.answer  # whoever answers it has it
    if (waits or in_doubt) and not it.due and not it.listed:
        return f"{it.status.state} with nothing left to be done"
    return ""


def told_in_time(it: Standing) -> str:
    """Unknown ones are on the worklist while there is time to phone."""
    began = it.message.starts_at is not None and it.now >= it.message.starts_at
    return "unknown, and nobody was told before the start" if _is_unknown(it) and began and not it.listed else ""


def _is_unknown(it: Standing) -> bool:
    return it.status.state is State.UNKNOWN


@dataclass(frozen=True, slots=True)
class Explained:
    """An appointment that did not change during a complete run, and what the run left of it: reasons by step, empty for
    a planned one. `reachable`: nothing of the patient's stands against a message."""

    appointment_id: str
    steps: int
    decisions: Mapping[str, str]
    reachable: bool = False


def every_step_decided(it: Explained) -> str:
    missing = it.steps - len(it.decisions)
    return f"{missing} of {it.steps} steps without a decision" if missing else ""


def nobody_left_out(it: Explained) -> str:
    wrong = {reason for reason in it.decisions.values() if reason and reason not in NO_FAULT_OF_THE_PATIENT}
    return f"a reachable patient is skipped as {', '.join(sorted(wrong))}" if it.reachable and wrong else ""


EXPLAINED_CHECKS: Sequence[Callable[[Explained], str]] = (every_step_decided, nobody_left_out)


def within_pace(times: Sequence[datetime], per_second: float) -> str:
    """Sends of one lane, in order: no window of any length W holds more than W × rate + 1 of them."""
    slot = timedelta(seconds=1 / per_second)
    early = timedelta(milliseconds=1)
    free_at: datetime | None = None
    for at in times:
        if free_at is not None and at + early < free_at:
            return f"faster than {per_second:g} a second at {at}"
        free_at = max(free_at or at, at) + slot
    return ""
