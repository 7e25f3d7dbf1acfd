"""What became of each step of the sample, held against the end that its case must come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from infra.local.sample.booking import Booking
from infra.local.sample.case import End, Ending
from shared.domain.decision import SkipReason
from shared.domain.message import State, Status
from shared.services.staff.report import AppointmentStep, Stead


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
_ENDS = {State.READ: End.READ, State.DELIVERED: End.DELIVERED}
_ARRIVED = frozenset({State.READ, State.DELIVERED})
_ENDED_BADLY = frozenset({State.FAILED, State.DROPPED, State.CANCELLED})
_WAITING = frozenset({State.SCHEDULED, State.QUEUED})


def judge(step: AppointmentStep, booking: Booking, now: datetime, *, listed: bool) -> Verdict:
    """One step of one appointment, as it stands at `now`. `listed`: its message is on the worklist as not sent."""
    decision, status, expected = step.decision, step.status, booking.case.ending
    if decision.reason is not None:
        found = str(Ending(End.SKIPPED, decision.reason))
        as_expected = found == str(expected) or decision.reason in _BY_THE_CLOCK or _given_up(decision.reason, expected)
        return Verdict(Standing.AS_EXPECTED if as_expected else Standing.UNEXPECTED, found)
    if status is None or decision.scheduled_for is None or not expected.leaves:
        return Verdict(Standing.UNEXPECTED, "planned")
    if status.state in _WAITING and decision.scheduled_for > now:
        return Verdict(Standing.TO_COME, status.state)
    if status.state is State.FAILED and expected.end is End.FAILED and status.reason == expected.reason:
        return _after_failure(step.stead, expected, listed)
    return _of_message(status, expected, decision.channel)


def _given_up(reason: str, expected: Ending) -> bool:
    """After one step has failed, no further one is sent to the same address."""
    return reason == SkipReason.UNREACHABLE and expected.end is End.FAILED


def _after_failure(stead: Stead | None, expected: Ending, listed: bool) -> Verdict:
    """It failed as meant: it arrives by another channel, or a person is told."""
    failed = str(Ending(End.FAILED, expected.reason))
    if stead is not None:
        found = f"{failed}, then {stead.status.state} by {stead.channel}"
        if stead.channel != expected.instead or stead.status.state in _ENDED_BADLY:
            return Verdict(Standing.UNEXPECTED, found)
        return Verdict(Standing.AS_EXPECTED if stead.status.state in _ARRIVED else Standing.UNDER_WAY, found)
    if expected.instead:
        return Verdict(Standing.UNDER_WAY, f"{failed}, by no other channel yet")
    return (
        Verdict(Standing.AS_EXPECTED, failed) if listed else Verdict(Standing.UNDER_WAY, f"{failed}, nobody told yet")
    )


def _of_message(status: Status, expected: Ending, channel: str) -> Verdict:
    found = f"{status.state}:{status.reason}" if status.reason else str(status.state)
    if status.state is State.DROPPED:
        withdrawn = status.reason in _WITHDRAWN or _given_up(status.reason, expected)
        return Verdict(Standing.WITHDRAWN if withdrawn else Standing.UNEXPECTED, found)
    arrived = status.state in _ARRIVED
    if arrived and channel == expected.instead:  # a later step goes there at once
        return Verdict(Standing.AS_EXPECTED, found)
    if status.state in _ENDS and _ENDS[status.state] is expected.end:
        return Verdict(Standing.AS_EXPECTED, found)
    if status.state in {State.FAILED, State.CANCELLED, State.READ} or (arrived and expected.end is End.FAILED):
        return Verdict(Standing.UNEXPECTED, found)
    return Verdict(Standing.UNDER_WAY, found)
