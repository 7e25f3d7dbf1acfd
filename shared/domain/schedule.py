"""When each step of an appointment is to be sent, and until when it makes sense (promises 2 and 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.domain.clinic import Clinic, QuietHours, Step
from shared.domain.decision import PlanNote
from shared.domain.local_time import is_quiet, last_allowed, next_allowed, step_instant

NOTICE = timedelta(hours=1)
"""A reminder is of no use less than this before the start."""
LATE_NOTICE = timedelta(hours=2)
"""The same for an appointment booked after its step's time (the EMR guide's shortest reminder)."""
LIFE = timedelta(minutes=30)
"""The least time between a reminder's sending time and its expiry; also kept before quiet hours begin."""
SOON = timedelta(hours=24)
"""A late booking gets no reminder of a missed step when a later step comes within this."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One step's place in time: `at` < `expires_at` <= start."""

    at: datetime
    expires_at: datetime
    note: PlanNote | None = None


class TimeRefusal(StrEnum):
    """Why a message cannot go at the time that a person asks for. Words in `shared/wording/reasons.json`."""

    PAST = "past"
    TOO_NEAR = "too_near"  # less than NOTICE before the start
    QUIET_HOURS = "in_quiet_hours"  # and when they end it is too near
    TOO_FAR = "too_far"


def sending_at(wished: datetime, start: datetime, clinic: Clinic, quiet_zone: ZoneInfo) -> Sending | TimeRefusal:
    """A reminder at a time of a person's own choice; in the patient's quiet hours, when they end."""
    if wished > start - NOTICE:
        return TimeRefusal.TOO_NEAR
    at = next_allowed(wished, clinic.quiet_hours, quiet_zone)
    if at > start - NOTICE:
        return TimeRefusal.QUIET_HOURS
    return Sending(at, _expiry(at, start, None), PlanNote.AFTER_QUIET_HOURS if at > wished else None)


def sendings(
    start: datetime, clinic: Clinic, now: datetime, quiet_zone: ZoneInfo | None = None
) -> Mapping[Step, Sending]:
    """The steps that can still be sent for an appointment at `start` (an instant after `now`); the others are too late.

    `quiet_zone`: the patient's, whose quiet hours these are; the steps' hours are the clinic's. None: the clinic's.

    - A step is due at its local hour; in quiet hours, when they end. Where that is less than NOTICE before the start,
      it goes before the quiet hours begin instead.
    - A step that would go less than LIFE before the next one gives way to it.
    - Of the steps that are past, only the newest is sent, now (or when quiet hours end): not where the next step comes
      within SOON, nor less than LATE_NOTICE before the start. Whether it was sent already is the planner's knowledge.
    - It expires NOTICE before the start or when the next step is due, whichever is first.
    """
    quiet = _Quiet(clinic.quiet_hours, quiet_zone or clinic.zone)
    found: dict[Step, Sending] = {}
    following: datetime | None = None
    for step in sorted(clinic.steps, key=lambda s: step_instant(start, s, clinic.zone), reverse=True):
        planned = _due(start, step_instant(start, step, clinic.zone), quiet, now)
        if planned is not None and planned[0] < now:
            # a still older step then finds this one within SOON, or the same hindrance
            planned = _late(start, following, quiet, now)
        if planned is not None and (following is None or planned[0] + LIFE <= following):
            at, note = planned
            found[step] = Sending(at, _expiry(at, start, following), note)
            following = at
    return found


_When = tuple[datetime, PlanNote | None]


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Quiet hours, and whose."""

    hours: QuietHours
    zone: ZoneInfo

    def after(self, instant: datetime) -> datetime:
        return next_allowed(instant, self.hours, self.zone)

    def before(self, instant: datetime) -> datetime:
        return last_allowed(instant, self.hours, self.zone, LIFE)

    def holds(self, instant: datetime) -> bool:
        return is_quiet(instant, self.hours, self.zone)


def _due(start: datetime, due: datetime, quiet: _Quiet, now: datetime) -> _When | None:
    """The step's time outside quiet hours, though it may be past; None where the start leaves no time for it."""
    after = quiet.after(due)
    if after <= start - NOTICE:
        return after, PlanNote.AFTER_QUIET_HOURS if after > due else None
    if after == due:
        return None
    before = quiet.before(due)
    if before < now < due and not quiet.holds(now):
        before = now
    return (before, PlanNote.BEFORE_QUIET_HOURS) if before <= start - NOTICE else None


def _late(start: datetime, following: datetime | None, quiet: _Quiet, now: datetime) -> _When | None:
    at = quiet.after(now)
    if at > start - LATE_NOTICE or (following is not None and following <= at + SOON):
        return None
    return at, PlanNote.LATE_BOOKING


def _expiry(at: datetime, start: datetime, following: datetime | None) -> datetime:
    return max(at + LIFE, min(start - NOTICE, following or start))
