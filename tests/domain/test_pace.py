"""Wire time: whatever the arrivals, the instances and their leases, no window holds more than its share and one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pace import PaceRule, interval_of, most_careful, reserve

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RATES = st.one_of(st.sampled_from([80.0, 20.0, 20 / 60, 1 / 60, 7.0]), st.floats(0.01, 1000))


@dataclass
class Counter:
    """The one row that all instances write under its version: who writes second reads again."""

    free_at: datetime | None = None
    slots: list[datetime] = field(default_factory=list)

    def lease(self, now: datetime, count: int, rate: float) -> None:
        reserved = reserve(self.free_at, now, count, rate)
        self.slots += [reserved.first_at + n * interval_of(rate) for n in range(count)]
        self.free_at = reserved.free_at


leases = st.lists(st.tuples(st.floats(-2, 30), st.integers(1, 20)), min_size=1, max_size=60)


@given(rate=RATES, asked=leases, window_s=st.floats(0.001, 120))
def test_no_window_holds_more_than_its_share_and_one(
    rate: float, asked: list[tuple[float, int]], window_s: float
) -> None:
    counter, now = Counter(), NOW
    for later_s, count in asked:
        now += timedelta(seconds=later_s)  # now and then backwards: instances' clocks differ
        counter.lease(now, count, rate)
    slots = sorted(counter.slots)
    last = 0
    for first, start in enumerate(slots):
        while last < len(slots) and slots[last] - start <= timedelta(seconds=window_s):
            last += 1
        assert last - first <= window_s * rate + 1 + 1e-6


@given(rate=RATES, asked=leases)
def test_a_busy_wire_is_never_idle(rate: float, asked: list[tuple[float, int]]) -> None:
    counter = Counter()
    for _, count in asked:
        counter.lease(NOW, count, rate)
    assert {later - earlier for earlier, later in pairwise(counter.slots)} <= {interval_of(rate)}


def test_an_unused_wire_is_free_at_once() -> None:
    assert reserve(None, NOW, 1, 80).first_at == NOW
    assert reserve(NOW - timedelta(hours=1), NOW, 20, 80).first_at == NOW, "what was not used is not saved up"
    assert reserve(NOW, NOW, 20, 80).free_at == NOW + timedelta(seconds=0.25)


@pytest.mark.parametrize(
    ("rules", "rate", "per_day"),
    [
        ([PaceRule(80), PaceRule(20 / 60)], 20 / 60, None),
        ([PaceRule(80, per_day=2000), PaceRule(20)], 20, 2000),
        ([PaceRule(80, per_day=2000), PaceRule(80, per_day=250)], 80, 250),
    ],
)
def test_of_clinics_that_share_an_account_the_most_careful_one_is_obeyed(
    rules: list[PaceRule], rate: float, per_day: int | None
) -> None:
    careful = most_careful(rules)
    assert careful is not None
    assert (careful.per_second, careful.per_day) == (rate, per_day)
    assert most_careful([]) is None
