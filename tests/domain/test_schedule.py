"""When each step goes out, and until when it makes sense (promises 2 and 9)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.appointment import AppointmentStatus
from shared.domain.clinic import QuietHours, Step
from shared.domain.decide import decide
from shared.domain.decision import Planned, PlanNote, Skipped
from shared.domain.local_time import is_quiet, last_allowed, next_allowed, step_instant, wall_instant
from shared.domain.schedule import TimeRefusal, sending_at, sendings
from tests.domain.examples import LONDON, RECORD, a_clinic, a_patient, an_appointment, local, nobody_opted_out, outcome
from tests.domain.test_local_time import ZONES, minutes, quiets, zones

STEPS = {"7d": Step(7, time(10)), "2d": Step(2, time(10)), "1d": Step(1, time(18)), "0d": Step(0, time(8, 30))}


def outcomes(now: str, start: str, *steps: str, **clinic: Any) -> list[str]:
    decisions = decide(
        an_appointment(start=local(start)),
        RECORD,
        nobody_opted_out,
        a_clinic(steps=tuple(STEPS[s] for s in steps), **clinic),
        local(now),
    )
    return [outcome(d).removeprefix("skipped: ") for d in decisions]


LATE = "too_late_for_step"


@pytest.mark.parametrize(
    ("now", "start", "steps", "expected"),
    [
        # nothing missed
        ("2026-11-19T06:00", "2026-11-26T14:30", ("7d", "2d"), ["Thu 19 Nov 10:00", "Tue 24 Nov 10:00"]),
        ("2026-11-19T10:00", "2026-11-26T14:30", ("7d", "2d"), ["Thu 19 Nov 10:00", "Tue 24 Nov 10:00"]),
        ("2026-11-19T06:00", "2026-11-26T14:30", ("2d", "7d"), ["Tue 24 Nov 10:00", "Thu 19 Nov 10:00"]),
        # booked late: the newest missed step goes now
        ("2026-11-21T12:00", "2026-11-26T14:30", ("7d", "2d"), ["Sat 21 Nov 12:00", "Tue 24 Nov 10:00"]),
        ("2026-11-25T12:00", "2026-11-26T14:30", ("7d", "2d"), [LATE, "Wed 25 Nov 12:00"]),
        ("2026-11-26T12:30", "2026-11-26T14:30", ("7d", "2d"), [LATE, "Thu 26 Nov 12:30"]),
        ("2026-11-26T09:00", "2026-11-26T14:30", ("7d", "2d", "1d"), [LATE, LATE, "Thu 26 Nov 09:00"]),
        # … but not within 24 hours of the next step
        ("2026-11-23T10:00", "2026-11-26T14:30", ("7d", "2d"), [LATE, "Tue 24 Nov 10:00"]),
        ("2026-11-23T09:59", "2026-11-26T14:30", ("7d", "2d"), ["Mon 23 Nov 09:59", "Tue 24 Nov 10:00"]),
        # … nor in the last two hours
        ("2026-11-26T12:31", "2026-11-26T14:30", ("7d", "2d"), [LATE, LATE]),
        # … and not in quiet hours
        ("2026-11-21T22:00", "2026-11-26T14:30", ("7d", "2d"), ["Sun 22 Nov 08:00", "Tue 24 Nov 10:00"]),
        ("2026-11-25T22:00", "2026-11-26T10:00", ("2d",), ["Thu 26 Nov 08:00"]),
        ("2026-11-25T22:00", "2026-11-26T09:59", ("2d",), [LATE]),
        # a step too near the start is not sent at all
        ("2026-11-26T06:00", "2026-11-26T09:30", ("0d",), ["Thu 26 Nov 08:30"]),
        ("2026-11-26T06:00", "2026-11-26T09:29", ("0d",), [LATE]),
        ("2026-11-26T06:00", "2026-11-26T08:00", ("0d",), [LATE]),
    ],
)
def test_the_steps_of_an_appointment(now: str, start: str, steps: tuple[str, ...], expected: list[str]) -> None:
    assert outcomes(now, start, *steps) == expected


def test_a_step_in_quiet_hours_goes_when_they_end_or_before_they_begin_where_that_is_too_late() -> None:
    quiet = QuietHours(time(17), time(9))
    clinic = {"quiet_hours": quiet}
    assert outcomes("2026-11-20T10:00", "2026-11-26T14:30", "1d", **clinic) == ["Thu 26 Nov 09:00"]
    assert outcomes("2026-11-20T10:00", "2026-11-26T09:30", "1d", **clinic) == ["Wed 25 Nov 16:30"]
    assert outcomes("2026-11-25T16:45", "2026-11-26T09:30", "1d", **clinic) == ["Wed 25 Nov 16:45"]
    assert outcomes("2026-11-25T17:15", "2026-11-26T09:30", "1d", **clinic) == [LATE]
    assert outcomes("2026-11-25T06:00", "2026-11-25T17:00", "0d", quiet_hours=QuietHours(time(8), time(17))) == [
        "Wed 25 Nov 07:30"
    ]
    assert outcomes("2026-11-25T06:00", "2026-11-25T08:20", "0d", quiet_hours=QuietHours(time(8), time(17))) == [LATE]


def plans(now: str, start: str, *steps: str, **clinic: Any) -> list[Planned]:
    decisions = decide(
        an_appointment(start=local(start)),
        RECORD,
        nobody_opted_out,
        a_clinic(steps=tuple(STEPS[s] for s in steps), **clinic),
        local(now),
    )
    return [d for d in decisions if isinstance(d, Planned)]


def test_a_reminder_expires_when_the_next_one_is_due_or_an_hour_before_the_start() -> None:
    first, second = plans("2026-11-19T06:00", "2026-11-26T14:30", "7d", "2d")
    assert first.expires_at == second.at
    assert second.expires_at == local("2026-11-26T13:30")


def test_staff_are_told_why_a_time_is_not_the_steps_own() -> None:
    assert plans("2026-11-21T12:00", "2026-11-26T14:30", "7d")[0].notes == (PlanNote.LATE_BOOKING,)
    early = {"quiet_hours": QuietHours(time(17), time(9))}
    assert plans("2026-11-20T10:00", "2026-11-26T14:30", "1d", **early)[0].notes == (PlanNote.AFTER_QUIET_HOURS,)
    assert plans("2026-11-20T10:00", "2026-11-26T09:30", "1d", **early)[0].notes == (PlanNote.BEFORE_QUIET_HOURS,)


def test_two_reminders_that_quiet_hours_bring_together_become_one() -> None:
    steps = (Step(1, time(18)), Step(0, time(9)))
    clinic = a_clinic(steps=steps, quiet_hours=QuietHours(time(17), time(9)))
    decisions = decide(
        an_appointment(start=local("2026-11-26T14:30")), RECORD, nobody_opted_out, clinic, local("2026-11-24T06:00")
    )
    assert [outcome(d) for d in decisions] == [f"skipped: {LATE}", "Thu 26 Nov 09:00"]


@settings(max_examples=2000)
@given(
    zone=zones,
    home=zones,
    now=st.integers(0, 365 * 24 * 3600).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    ahead=st.timedeltas(-timedelta(days=1), timedelta(days=9)),
    quiet=quiets,
    steps=st.lists(st.builds(Step, st.integers(0, 7), minutes), min_size=1, max_size=5, unique_by=lambda s: s.days),
    status=st.sampled_from([*AppointmentStatus, *[AppointmentStatus.BOOKED] * 20]),
)
def test_every_appointment_gets_one_decision_per_step_and_no_plan_breaks_a_promise(
    zone: Any,
    home: Any,
    now: datetime,
    ahead: timedelta,
    quiet: QuietHours,
    steps: list[Step],
    status: AppointmentStatus,
) -> None:
    clinic = a_clinic(zone=zone, quiet_hours=quiet, steps=tuple(steps))
    start = now + ahead
    patient = a_patient(zone=home.key)
    decisions = decide(
        an_appointment(start=start, status=status, patient=patient), RECORD, nobody_opted_out, clinic, now
    )
    assert [d.step for d in decisions] == [s.id for s in steps]
    planned = sorted((d for d in decisions if isinstance(d, Planned)), key=lambda d: d.at)
    for plan in planned:
        assert now <= plan.at < plan.expires_at <= start
        assert plan.expires_at - plan.at >= timedelta(minutes=30)
        assert start - plan.at >= timedelta(hours=1)
        assert not is_quiet(plan.at, quiet, home), "the patient's quiet hours, wherever the clinic is"
    for earlier, later in pairwise(planned):
        assert earlier.expires_at <= later.at
    assert sum(PlanNote.LATE_BOOKING in plan.notes for plan in planned) <= 1
    assert all(isinstance(d, Planned | Skipped) for d in decisions)


@pytest.mark.parametrize("home", ZONES, ids=str)
def test_through_a_year_the_hour_is_the_clinics_and_the_quiet_hours_are_the_patients(home: ZoneInfo) -> None:
    """30 zones: both hemispheres, half and quarter hours, and Lord Howe whose clocks change by half an hour."""
    quiet = QuietHours(time(20), time(8))
    for zone in (LONDON, ZoneInfo("Australia/Sydney")):
        clinic = a_clinic(zone=zone, quiet_hours=quiet, steps=(Step(2, time(10)), Step(0, time(9))))
        for day in range(366):
            start = wall_instant(date(2026, 1, 1) + timedelta(days=day), time(14, 30), zone)
            for step, sending in sendings(start, clinic, start - timedelta(days=7), home).items():
                due = step_instant(start, step, zone)
                assert due.astimezone(zone).time() == step.hour
                assert not is_quiet(sending.at, quiet, home)
                if is_quiet(due, quiet, home):
                    assert sending.at in (
                        next_allowed(due, quiet, home),
                        last_allowed(due, quiet, home, timedelta(minutes=30)),
                    )
                else:
                    assert sending.at == due
                assert sending.at <= start - timedelta(hours=1)
                wished = sending_at(due, start, clinic, home)
                assert isinstance(wished, TimeRefusal) or wished.at == next_allowed(due, quiet, home)


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        ("", "Tue 24 Nov 10:00"),
        ("Europe/Atlantis", "Tue 24 Nov 10:00"),
        ("America/New_York", "Tue 24 Nov 13:00"),  # 10:00 in London is 05:00 there
        ("America/Los_Angeles", "Tue 24 Nov 16:00"),
        ("Asia/Kathmandu", "Tue 24 Nov 10:00"),  # 15:45 there
        ("Asia/Tokyo", "Tue 24 Nov 10:00"),  # 19:00 there
        ("Australia/Sydney", "Tue 24 Nov 21:00"),  # 21:00 there, so at 08:00 of their next day
    ],
)
def test_a_patient_who_lives_elsewhere_is_not_woken(home: str, expected: str) -> None:
    appointment = an_appointment(start=local("2026-11-26T14:30"), patient=a_patient(zone=home))
    clinic = a_clinic(steps=(STEPS["2d"],))
    assert [outcome(d) for d in decide(appointment, RECORD, nobody_opted_out, clinic, local("2026-11-20T10:00"))] == [
        expected
    ]
