"""How many messages a provider takes of an account in a day, counted in O(1): by hours, or by calendar days.

`rolling` is the last 24 hours (Meta's messaging limits), counted by the hour: a message counts until 24 hours after its
hour has ended, so never less than the provider counts. A time zone is that zone's calendar day (WeChat counts by
Beijing days). A message counts once in its day, however often it is fed.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain.pace import ROLLING, PaceRule

_HOUR = "%Y%m%d%H"
_DAY = timedelta(hours=24)


class DayCount:
    """The count of one lane at one instant. Changed by `add` only."""

    def __init__(self, rule: PaceRule, counts: Mapping[str, int], now: datetime) -> None:
        self._rule = rule
        self._now = now
        self._counts = {bucket: n for bucket, n in counts.items() if _counts_until(rule, bucket) > now}
        self._waiting = 0

    @property
    def counts(self) -> Mapping[str, int]:
        return self._counts

    @property
    def has_room(self) -> bool:
        """A tenth of the limit is free: less comes and goes with every hour that passes."""
        limit = self._rule.per_day
        return limit is None or sum(self._counts.values()) <= limit * 0.9

    def full_until(self, counted_at: datetime | None) -> datetime | None:
        """When a message that is over the limit may come again; None: it may go now. Who asks after another one has its
        place behind it."""
        limit = self._rule.per_day
        if limit is None or self._has_counted(counted_at) or sum(self._counts.values()) < limit:
            return None
        days, place = divmod(self._waiting, limit)  # who takes a place today leaves it a day later
        self._waiting += 1
        frees = self._frees(limit)
        at, left = next(frees)
        while left <= place:
            at, freed = next(frees)
            left += freed
        return at + days * _DAY

    def add(self, counted_at: datetime | None) -> datetime | None:
        """Counts one message, unless its day has it already. Answers when it was counted."""
        if self._rule.per_day is None or self._has_counted(counted_at):
            return counted_at
        bucket = _bucket(self._rule, self._now)
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        return self._now

    def _has_counted(self, counted_at: datetime | None) -> bool:
        return counted_at is not None and _counts_until(self._rule, _bucket(self._rule, counted_at)) > self._now

    def _frees(self, limit: int) -> Iterator[tuple[datetime, int]]:
        """When how many may go again, soonest first; together as many as the limit."""
        over = sum(self._counts.values()) - limit  # the limit may have been lowered
        for bucket in sorted(self._counts):
            freed = self._counts[bucket] - max(over, 0)
            over -= self._counts[bucket]
            if freed > 0:
                yield _counts_until(self._rule, bucket), freed


def _bucket(rule: PaceRule, at: datetime) -> str:
    if rule.day == ROLLING:
        return at.astimezone(UTC).strftime(_HOUR)
    return at.astimezone(ZoneInfo(rule.day)).strftime("%Y%m%d") + "00"


def _counts_until(rule: PaceRule, bucket: str) -> datetime:
    start = datetime.strptime(bucket, _HOUR).replace(tzinfo=UTC)
    if rule.day == ROLLING:
        return start + timedelta(hours=1) + _DAY
    return datetime.combine(start.date() + timedelta(days=1), time.min, ZoneInfo(rule.day)).astimezone(UTC)
