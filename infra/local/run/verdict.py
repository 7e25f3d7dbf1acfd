"""What became of each step of the sample, held against the end that its case must come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from infra.local.sample.booking import Booking
from infra.local.sample.case import End, Ending
from shared.domain.decision import SkipReason
from shared.domain.message import State, Status
from shared.services.report import AppointmentStep


class Standing(StrEnum):
    AS_EXPECTED = "as expected"
    TO_COME = "still to come"
    UNDER_WAY = "under way"
    WITHDRAWN = "withdrawn"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`found`: the end that the step has come to, as an Ending is written."""

    standing: Standing
    found: str


_BY_THE_CLOCK = frozenset({SkipReason.ALREADY_STARTED, SkipReason.TOO_LATE_FOR_STEP})
"""Reasons that only say how late this was looked at: where a message is to leave, another step of it leaves."""
_WITHDRAWN = frozenset(
    {SkipReason.MOVED, SkipReason.NOT_IN_LIST, SkipReason.NUMBER_SHARED, "expired", "appointment_started"}
)
_ENDS = {State.READ: End.READ, State.DELIVERED: End.DELIVERED, State.FAILED: End.FAILED}
_WAITING = frozenset({State.SCHEDULED, State.QUEUED})


def judge(step: AppointmentStep, booking: Booking, now: datetime) -> Verdict:
    """One step of one appointment, as it stands at `now`."""
    decision, status, expected = step.decision, step.status, booking.case.ending
    if decision.reason is not None:
        found = str(Ending(End.SKIPPED, decision.reason))
        as_expected = found == str(expected) or decision.reason in _BY_THE_CLOCK
        return Verdict(Standing.AS_EXPECTED if as_expected else Standing.UNEXPECTED, found)
    if status is None or decision.scheduled_for is None or not expected.leaves:
        return Verdict(Standing.UNEXPECTED, "planned")
    if status.state in _WAITING and decision.scheduled_for > now:
        return Verdict(Standing.TO_COME, status.state)
    return _of_message(status, expected)


def _of_message(status: Status, expected: Ending) -> Verdict:
    found = f"{status.state}:{status.reason}" if status.reason else str(status.state)
    if status.state is State.DROPPED:
        return Verdict(Standing.WITHDRAWN if status.reason in _WITHDRAWN else Standing.UNEXPECTED, found)
    if status.state in _ENDS and str(Ending(_ENDS[status.state], _code(status))) == str(expected):
        return Verdict(Standing.AS_EXPECTED, found)
    if status.state in {State.FAILED, State.CANCELLED, State.READ}:
        return Verdict(Standing.UNEXPECTED, found)
    return Verdict(Standing.UNDER_WAY, found)


def _code(status: Status) -> str:
    return status.reason if status.state is State.FAILED else ""
