"""Reminders by the patient's wall: local calendar day and local hour, whatever daylight saving does (promise 9).

"Two days before at 10:00" is 10:00 on the clinic's clocks two calendar days before the appointment's local day, not 48
hours before it (health.md 3.4). All instants here are aware; those that are returned are in UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.domain.appointment import Window
from shared.domain.clinic import Clinic, QuietHours, Step

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


def zone_of(name: str, clinic: Clinic) -> ZoneInfo:
    """The zone of a patient's quiet hours: their own where the record names one that exists, else the clinic's."""
    return (_named_zone(name) if name else None) or clinic.zone


@lru_cache(maxsize=600)  # all there are
def _named_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name at all, a folder of the database
        return None


def wall_instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks of `zone` show `hour` on `day`.

    A time that the clocks skip moves forward by what they skip (01:30 -> 02:30); of a time shown twice, the first.
    """
    # PEP 495: fold=0 in a gap takes the offset before the change, which lands behind the gap
    return datetime.combine(day, hour.replace(fold=0), zone).astimezone(UTC)


def step_instant(start: datetime, step: Step, zone: ZoneInfo) -> datetime:
    """When `step` of an appointment that starts at `start` is due, before quiet hours are looked at."""
    return wall_instant(start.astimezone(zone).date() - timedelta(days=step.days), step.hour, zone)


def planning_window(clinic: Clinic, now: datetime) -> Window:
    """What a run looks at: from the clinic's midnight today to the end of the day `window_days` ahead."""
    today = clinic.local_day(now)
    end = today + timedelta(days=clinic.window_days + 1)
    return Window(wall_instant(today, time(0), clinic.zone), wall_instant(end, time(0), clinic.zone))


def is_quiet(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    return quiet.holds(instant.astimezone(zone).time())


def next_allowed(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """`instant`, or where it lies in quiet hours, the next instant at which they are over.

    Where clocks go back over the end of quiet hours, the wall shows quiet hours twice; both times are quiet.
    """
    if not is_quiet(instant, quiet, zone):
        return instant.astimezone(UTC)
    day = instant.astimezone(zone).date()
    ends = sorted(e for e in _readings(day, quiet.end, zone, range(3)) if e > instant)
    return next(e for e in ends if not is_quiet(e, quiet, zone))


def last_allowed(instant: datetime, quiet: QuietHours, zone: ZoneInfo, margin: timedelta) -> datetime:
    """For an `instant` in quiet hours: a time before they began, `margin` before them where that is not quiet either.

    Outside quiet hours: `instant` itself.
    """
    if not is_quiet(instant, quiet, zone):
        return instant.astimezone(UTC)
    day = instant.astimezone(zone).date()
    starts = sorted((s for s in _readings(day, quiet.start, zone, range(0, -3, -1)) if s <= instant), reverse=True)
    began = next(s for s in starts if not is_quiet(s - _MINUTE, quiet, zone))
    return began - _MINUTE if is_quiet(began - margin, quiet, zone) else began - margin


def _readings(day: date, hour: time, zone: ZoneInfo, days: range) -> Iterator[datetime]:
    """When clocks show `hour` on the days around `day`: twice where they go back; where they skip it, at the change."""
    for offset in days:
        on = day + offset * _DAY
        first, second = (datetime.combine(on, hour.replace(fold=f), zone).astimezone(UTC) for f in (0, 1))
        yield first
        yield _change_after(second, zone) if second < first else second  # PEP 495: in a gap, fold=1 reads the earlier


def _change_after(instant: datetime, zone: ZoneInfo) -> datetime:
    """The next change of the clocks of `zone`, to the minute; `instant` is at most hours before one."""
    offset = instant.astimezone(zone).utcoffset()
    while instant.astimezone(zone).utcoffset() == offset:
        instant += _MINUTE
    return instant
