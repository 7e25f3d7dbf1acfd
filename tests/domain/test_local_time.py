"""Local day and local hour, across every change of the clocks (promise 9, health.md 3.4)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.clinic import QuietHours, Step
from shared.domain.local_time import (
    is_quiet,
    last_allowed,
    next_allowed,
    planning_window,
    step_instant,
    wall_instant,
    zone_of,
)
from tests.domain.examples import LONDON, a_clinic, local

ZONES = [
    *map(ZoneInfo, ("Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Berlin", "Europe/Helsinki")),
    *map(ZoneInfo, ("Europe/Istanbul", "Atlantic/Azores", "Africa/Casablanca", "Africa/Cairo", "Africa/Lagos")),
    *map(ZoneInfo, ("Asia/Hong_Kong", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Gaza")),
    *map(ZoneInfo, ("Asia/Beirut", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Australia/Adelaide")),
    *map(ZoneInfo, ("Australia/Eucla", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia")),
    *map(ZoneInfo, ("Pacific/Kiritimati", "America/New_York", "America/St_Johns", "America/Santiago")),
    *map(ZoneInfo, ("America/Havana", "America/Sao_Paulo", "America/Nuuk")),
]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)

zones = st.sampled_from(ZONES)
minutes = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))
instants = st.integers(0, 366 * 24 * 60).map(lambda m: YEAR + m * MINUTE)


def open_for(start: time, end: time) -> int:
    return (start.hour * 60 + start.minute - end.hour * 60 - end.minute) % (24 * 60)


quiets = st.builds(QuietHours, minutes, minutes).filter(lambda q: q.start == q.end or open_for(q.start, q.end) >= 60)


def wall(instant: datetime, zone: ZoneInfo = LONDON) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("start", "days", "hour", "due"),
    [
        ("2026-11-26T14:30", 2, time(10), "2026-11-24 10:00"),
        ("2026-11-26T00:05", 1, time(10), "2026-11-25 10:00"),
        ("2026-11-26T14:30", 0, time(9, 15), "2026-11-26 09:15"),
        ("2026-03-30T00:30", 1, time(0, 30), "2026-03-29 00:30"),  # 23 hours before, not 24 (health.md 3.4)
        ("2026-03-31T09:00", 2, time(10), "2026-03-29 10:00"),  # on the 23-hour day
        ("2026-10-26T09:00", 1, time(10), "2026-10-25 10:00"),  # on the 25-hour day
        ("2026-03-30T09:00", 1, time(1, 30), "2026-03-29 02:30"),  # a time that the clocks skip moves forward
    ],
)
def test_a_step_is_due_at_its_local_hour_on_its_calendar_day(start: str, days: int, hour: time, due: str) -> None:
    assert wall(step_instant(local(start), Step(days, hour), LONDON)) == due


def test_of_an_hour_that_comes_twice_the_first_is_taken() -> None:
    assert wall_instant(date(2026, 10, 25), time(1, 30), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_lord_howe_skips_half_an_hour() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    assert wall(wall_instant(date(2026, 10, 4), time(2, 15), zone), zone) == "2026-10-04 02:45"


@given(zones, st.integers(0, 365), minutes)
def test_a_wall_time_that_exists_is_met_exactly_and_another_moves_forward(zone: ZoneInfo, day: int, hour: time) -> None:
    on = (YEAR + day * DAY).date()
    wished = datetime.combine(on, hour)
    got = wall_instant(on, hour, zone).astimezone(zone).replace(tzinfo=None)
    assert wished <= got <= wished + timedelta(hours=1)
    exists = wished.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wished
    assert (got == wished) == exists


@pytest.mark.parametrize(
    ("instant", "allowed"),
    [
        ("2026-11-24T10:00", "2026-11-24 10:00"),
        ("2026-11-24T19:59", "2026-11-24 19:59"),
        ("2026-11-24T20:00", "2026-11-25 08:00"),
        ("2026-11-24T23:30", "2026-11-25 08:00"),
        ("2026-11-25T00:00", "2026-11-25 08:00"),
        ("2026-11-25T07:59", "2026-11-25 08:00"),
        ("2026-11-25T08:00", "2026-11-25 08:00"),
        ("2026-03-28T22:00", "2026-03-29 08:00"),
    ],
)
def test_quiet_hours_move_a_message_to_their_end(instant: str, allowed: str) -> None:
    assert wall(next_allowed(local(instant), QuietHours(time(20), time(8)), LONDON)) == allowed


def test_where_the_end_of_quiet_hours_comes_twice_both_are_respected() -> None:
    quiet = QuietHours(time(22), time(1, 30))
    second_one_fifteen = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
    assert is_quiet(second_one_fifteen, quiet, LONDON)
    assert next_allowed(second_one_fifteen, quiet, LONDON) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@settings(max_examples=500)
@given(zones, instants, quiets)
@example(ZONES[0], datetime(2026, 10, 25, 1, 15, tzinfo=UTC), QuietHours(time(22), time(1, 30)))
@example(ZoneInfo("Europe/Berlin"), datetime(2026, 3, 29, 0, 30, tzinfo=UTC), QuietHours(time(3, 1), time(2, 1)))
@example(ZoneInfo("Pacific/Chatham"), datetime(2026, 4, 4, 14, 40, tzinfo=UTC), QuietHours(time(22), time(3)))
def test_the_next_allowed_instant_is_the_first_that_is_not_quiet(
    zone: ZoneInfo, instant: datetime, quiet: QuietHours
) -> None:
    got = next_allowed(instant, quiet, zone)
    assert got >= instant
    assert not is_quiet(got, quiet, zone)
    step = instant
    while step < got:  # minute by minute: what the clocks really show
        assert is_quiet(step, quiet, zone), "an earlier instant was allowed"
        step += MINUTE


@settings(max_examples=500)
@given(zones, instants, quiets, st.integers(0, 90).map(lambda m: m * MINUTE))
def test_the_last_allowed_instant_is_earlier_and_not_quiet(
    zone: ZoneInfo, instant: datetime, quiet: QuietHours, margin: timedelta
) -> None:
    got = last_allowed(instant, quiet, zone, margin)
    assert not is_quiet(got, quiet, zone)
    if is_quiet(instant, quiet, zone):
        assert instant - 2 * DAY < got < instant
    else:
        assert got == instant


def changes_of_the_clocks(zone: ZoneInfo) -> list[datetime]:
    hours = [YEAR + i * timedelta(hours=1) for i in range(366 * 24)]
    pairs = pairwise((hour, hour.astimezone(zone).utcoffset()) for hour in hours)
    return [later for (_, before), (later, after) in pairs if before != after]


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_around_every_change_of_a_year_quiet_hours_hold(zone: ZoneInfo) -> None:
    edges = [time(h, m) for h in range(4) for m in (0, 15, 30, 45)]
    around = [change + i * 15 * MINUTE for change in changes_of_the_clocks(zone) for i in range(-12, 13)]
    for quiet in [QuietHours(time(20), edge) for edge in edges] + [QuietHours(edge, time(8)) for edge in edges]:
        for instant in around:
            after, before = next_allowed(instant, quiet, zone), last_allowed(instant, quiet, zone, 30 * MINUTE)
            assert before <= instant <= after
            assert not is_quiet(after, quiet, zone)
            assert not is_quiet(before, quiet, zone)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_on_every_day_of_a_year_a_step_is_due_at_its_hour(zone: ZoneInfo) -> None:
    for day in range(366):
        on = (YEAR + day * DAY).date()
        due = step_instant(wall_instant(on, time(14, 30), zone), Step(2, time(10)), zone).astimezone(zone)
        assert (due.date(), due.time()) == (on - 2 * DAY, time(10))


def test_the_last_allowed_instant_keeps_its_margin() -> None:
    quiet = QuietHours(time(20), time(8))
    assert wall(last_allowed(local("2026-11-25T07:00"), quiet, LONDON, timedelta(minutes=30))) == "2026-11-24 19:30"


def test_the_window_holds_every_appointment_of_the_days_ahead() -> None:
    clinic = a_clinic(window_days=7)
    window = planning_window(clinic, local("2026-03-25T18:00"))
    assert (wall(window.start), wall(window.end)) == ("2026-03-25 00:00", "2026-04-02 00:00")
    assert window.end - window.start == 8 * DAY - timedelta(hours=1), "one of the days has 23 hours"
    assert local("2026-04-01T23:59") in window
    assert local("2026-04-02T00:00") not in window


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "London", "Europe", "../../etc/passwd", "a\x00b", "+08:00"])
def test_a_zone_that_does_not_exist_is_the_clinics(name: str) -> None:
    assert zone_of(name, a_clinic()) == LONDON


def test_a_patients_own_zone_is_theirs() -> None:
    assert zone_of("Asia/Kolkata", a_clinic()) == ZoneInfo("Asia/Kolkata")
