"""How fast a lane may send: wire time by virtual scheduling.

A lane is a provider account. Its wire is free from an instant on; who wants to send takes the next slots, one interval
apart, and moves that instant on behind them (the generic cell rate algorithm without a burst, ITU-T I.371). So no
window of any length holds more than its share and one, whoever took how many at a time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

ROLLING = "rolling"
PAIR_EVERY_S = 6.0  # Meta: one message to the same user every 6 seconds (Cloud API, Throughput)


@dataclass(frozen=True, slots=True)
class PaceRule:
    """What a lane may do. `per_day`: messages in a day, None: any number; `day`: the last 24 hours (`rolling`), or the
    calendar day of that time zone (IANA)."""

    per_second: float
    pair_every_s: float = PAIR_EVERY_S
    per_day: int | None = None
    day: str = ROLLING

    @property
    def interval(self) -> timedelta:
        return interval_of(self.per_second)

    @property
    def pair_interval(self) -> timedelta:
        return timedelta(seconds=self.pair_every_s)


@dataclass(frozen=True, slots=True)
class Reserved:
    """Slots from `first_at` on, one interval apart; the wire is free again at `free_at`."""

    first_at: datetime
    free_at: datetime


def interval_of(per_second: float) -> timedelta:
    """Between two slots. Rounded up: microseconds that are cut off would add up to a message too many."""
    return timedelta(microseconds=ceil(1_000_000 / per_second))


def reserve(free_at: datetime | None, now: datetime, count: int, per_second: float) -> Reserved:
    """The next `count` slots of a wire that is free from `free_at` on (None: it was never used)."""
    first_at = now if free_at is None else max(free_at, now)
    return Reserved(first_at, first_at + count * interval_of(per_second))


def most_careful(rules: Iterable[PaceRule]) -> PaceRule | None:
    """What several clinics that share an account may do; None: there is no rule."""
    found = list(rules)
    if not found:
        return None
    limits = [rule.per_day for rule in found if rule.per_day is not None]
    return PaceRule(
        per_second=min(rule.per_second for rule in found),
        pair_every_s=max(rule.pair_every_s for rule in found),
        per_day=min(limits, default=None),
        day=found[0].day,
    )


def lane_parts(lane: str) -> tuple[str, str]:
    """Channel and account of a lane."""
    channel, _, account = lane.partition(":")
    return channel, account
