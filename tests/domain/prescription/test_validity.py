"""The last valid day: by country, controlled drug or not, counted from the appropriate date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shared.domain.prescription.validity import DayFault, Validity, last_day, validity

NOV_27 = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("region", "controlled", "from_day", "last", "latest"),
    [
        # "six months beginning with the appropriate date" (Human Medicines Regulations 2012, reg. 217(5))
        ("GB", False, NOV_27, date(2027, 5, 26), date(2027, 5, 26)),
        ("GB", False, date(2026, 8, 31), date(2027, 2, 27), date(2027, 2, 27)),
        ("GB", False, date(2023, 8, 29), date(2024, 2, 28), date(2024, 2, 28)),
        ("GB", False, date(2026, 7, 1), date(2026, 12, 31), date(2026, 12, 31)),
        # "if the appropriate date is 1 November … until 29 November" (Royal Pharmaceutical Society)
        ("GB", True, date(2026, 11, 1), date(2026, 11, 29), date(2026, 11, 29)),
        ("CN", False, NOV_27, NOV_27, date(2026, 11, 30)),
        ("CN", True, NOV_27, NOV_27, date(2026, 11, 30)),
        ("HK", False, NOV_27, date(2026, 12, 24), date(2026, 12, 24)),
        ("IN", True, NOV_27, date(2026, 12, 24), date(2026, 12, 24)),
    ],
)
def test_the_last_valid_day(region: str, controlled: bool, from_day: date, last: date, latest: date) -> None:
    assert validity(region, from_day, controlled=controlled) == Validity(last, latest)


def test_a_clinic_says_how_long_where_no_law_is_known() -> None:
    assert validity("HK", NOV_27, controlled=False, valid_days=1).last_day == NOV_27
    assert validity("GB", NOV_27, controlled=False, valid_days=1).last_day == date(2027, 5, 26)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (None, date(2026, 12, 25)),
        (NOV_27, NOV_27),
        (date(2026, 12, 1), date(2026, 12, 1)),
        (date(2026, 12, 25), date(2026, 12, 25)),
        (date(2026, 12, 26), DayFault.BEYOND_LAW),
        (date(2026, 11, 26), DayFault.PAST),
    ],
)
def test_a_nurse_may_say_an_earlier_day_and_never_a_later_or_a_past_one(asked: date | None, said: object) -> None:
    allowed = validity("GB", NOV_27, controlled=True)
    assert last_day(allowed, NOV_27, NOV_27, asked) == said


def test_a_prescriber_in_mainland_china_may_extend_it_by_three_days_at_most() -> None:
    allowed = validity("CN", NOV_27, controlled=False)
    assert last_day(allowed, NOV_27, NOV_27, date(2026, 11, 30)) == date(2026, 11, 30)
    assert last_day(allowed, NOV_27, NOV_27, date(2026, 12, 1)) is DayFault.BEYOND_LAW


def test_a_prescription_that_has_run_out_is_refused_and_so_is_one_dated_ahead() -> None:
    old = NOV_27 - timedelta(days=29)
    assert last_day(validity("GB", old, controlled=True), old, NOV_27) is DayFault.PAST
    tomorrow = NOV_27 + timedelta(days=1)
    assert last_day(validity("GB", tomorrow, controlled=True), tomorrow, NOV_27) is DayFault.NOT_YET


def test_a_day_before_the_prescription_is_refused() -> None:
    """However early today is: a clinic's clock may stand behind."""
    allowed = validity("GB", NOV_27, controlled=True)
    assert last_day(allowed, NOV_27, NOV_27, NOV_27 - timedelta(days=1)) is DayFault.PAST
