"""A provider's day: the last 24 hours, or a calendar day of its own zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.day_limit import DayCount
from shared.domain.pace import PaceRule

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TIER = PaceRule(80, per_day=250)
BEIJING = PaceRule(20, per_day=3, day="Asia/Shanghai")


@given(gaps=st.lists(st.integers(0, 7 * 3600), max_size=400))
def test_no_24_hours_hold_more_than_the_limit(gaps: list[int]) -> None:
    rule, now, went = PaceRule(80, per_day=20), NOW, list[datetime]()
    counts: dict[str, int] = {}
    for gap_s in gaps:
        now += timedelta(seconds=gap_s)
        day = DayCount(rule, counts, now)
        if day.full_until(None) is None:
            day.add(None)
            went.append(now)
        counts = dict(day.counts)
        assert len(counts) <= 25
    for start in went:
        assert sum(start <= at < start + timedelta(hours=24) for at in went) <= 20


def test_who_is_over_the_limit_comes_when_an_hour_is_24_hours_past() -> None:
    day = DayCount(TIER, {"2026112007": 100, "2026112008": 150}, NOW)
    comes = [day.full_until(None) for _ in range(251)]
    assert comes[:100] == [datetime(2026, 11, 21, 8, tzinfo=UTC)] * 100, "the places that the first hour leaves"
    assert comes[100:250] == [datetime(2026, 11, 21, 9, tzinfo=UTC)] * 150
    assert comes[250] == comes[0] + timedelta(days=1), "whose place is taken by then"


def test_a_beijing_day_ends_at_midnight_in_beijing() -> None:
    day = DayCount(BEIJING, {}, NOW)
    for _ in range(3):
        assert day.full_until(None) is None
        day.add(None)
    midnight = datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert [day.full_until(None) for _ in range(7)] == [midnight + timedelta(days=n // 3) for n in range(7)]
    assert DayCount(BEIJING, day.counts, midnight - timedelta(seconds=1)).full_until(None) == midnight
    assert DayCount(BEIJING, day.counts, midnight).full_until(None) is None


def test_a_message_counts_once_in_its_day() -> None:
    day = DayCount(BEIJING, {}, NOW)
    counted_at = day.add(None)
    later = NOW + timedelta(hours=1)
    again = DayCount(BEIJING, {"2026112000": 3}, later)
    assert again.full_until(counted_at) is None, "a retry goes although the day is full"
    assert again.add(counted_at) == counted_at
    assert again.counts == {"2026112000": 3}
    tomorrow = DayCount(BEIJING, {}, NOW + timedelta(days=1))
    assert tomorrow.add(counted_at) == NOW + timedelta(days=1)


def test_without_a_limit_nothing_is_counted() -> None:
    day = DayCount(PaceRule(80), {}, NOW)
    assert (day.full_until(None), day.add(None), day.has_room, day.counts) == (None, None, True, {})


def test_a_limit_that_was_lowered_holds_at_once() -> None:
    day = DayCount(PaceRule(80, per_day=50), {"2026112007": 100, "2026112008": 60}, NOW)
    assert day.full_until(None) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert not day.has_room
