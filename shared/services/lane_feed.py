"""One sweep over one lane: who is fed, and when the others come up again. Reads and writes nothing.

    next in line          becomes
    the day is full       SEND when the day has room again
    its pair was fed      SEND when the pair is free, six seconds after the last one
    there is wire time    CHECK in two minutes, and a job on the queue
    there is none         SEND a sweep before its own wire time: parked, so that it hides nobody else's rows

Wire time is promised once, when a message is first passed over: behind all that is as urgent or more, or within its
clinic's own share of the lane where that comes sooner. More urgent ones may still take it; who is passed over again
comes up when as much time again has gone by. So a row moves once or twice; at the worst, by the logarithm of its wait.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.day_limit import DayCount
from shared.domain.message import Priority
from shared.domain.pace import PaceRule
from shared.services.line import in_line
from shared.storage.contract import DueAction, DueRow, FeedState

SWEEP = timedelta(seconds=5)  # the release timer's period
AHEAD = timedelta(seconds=10)  # the most wire time that one sweep gives out: a late sweep makes up for itself
LOOK_AFTER = timedelta(minutes=2)  # a claim's lease is as long: see send.py
SECOND = timedelta(seconds=1)
PAIR_CHARACTERS = 12  # 60 bits of an address key: two that collide wait six seconds for each other
EVERYBODY = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What a due row becomes. `fed`: and a job on the queue."""

    row: DueRow
    following: DueRow
    fed: bool = False


def fed(row: DueRow, now: datetime, counted_at: datetime | None = None) -> Placed:
    """Goes on the queue now, and is looked after in two minutes."""
    following = replace(row, at=now + LOOK_AFTER, action=DueAction.CHECK, since=None, counted_at=counted_at)
    return Placed(row, following, fed=True)


def held(row: DueRow, until: datetime) -> Placed:
    """Waits for something else than wire time: that makes nobody more urgent."""
    return Placed(row, replace(row, at=until, since=None))


class LaneFeed:
    """A lane at one instant: `placed` the rows, then keep its `state`."""

    def __init__(self, state: FeedState, rule: PaceRule, now: datetime) -> None:
        self._rule = rule
        self._now = now
        self._free_at = max(state.fed_until or now, now)
        was_idle = state.fed_until is None or state.fed_until < now - 2 * SWEEP
        booked = {} if was_idle else state.booked  # what was promised and did not come leaves no gap
        self._booked = {who: list(ends) for who, ends in booked.items() if ends[-1] > now}
        self._pairs = {pair: until for pair, until in state.pairs.items() if until > now}
        self.day = DayCount(rule, state.counts, now)
        self._turn = state.turn
        self._sharing = 1
        self._waiting: dict[str, datetime] = {}  # pairs with rows parked in this sweep: when the next one may come
        self.held_back = False  # the day's limit kept somebody from going

    def placed(self, rows: Iterable[DueRow]) -> Sequence[Placed]:
        """What becomes of each, in their order of going."""
        line = in_line(rows, self._now, self._turn)
        self._sharing = len({row.message_id.clinic_id for row in line} | (self._booked.keys() - {EVERYBODY}))
        return [self._place(row) for row in line]

    def state(self, full_since: datetime | None) -> FeedState:
        booked = {who: tuple(ends) for who, ends in self._booked.items()}
        return FeedState(self._now, self._free_at, booked, self._pairs, self.day.counts, self._turn, full_since)

    def _place(self, row: DueRow) -> Placed:
        if (room_at := self.day.full_until(row.counted_at)) is not None:
            self.held_back = True
            return held(row, room_at)
        wire_at = self._book(row) if row.since is None else self._now + (self._now - row.since)
        if (free_at := self._pair_free_at(row)) > self._now:
            return self._parked(row, free_at)
        if not self._has_wire():
            return self._parked(row, max(wire_at - SWEEP, self._now + SECOND))
        return self._fed(row)

    def _parked(self, row: DueRow, at: datetime) -> Placed:
        return Placed(row, replace(row, at=_next_second(at), since=row.since or self._now))

    def _fed(self, row: DueRow) -> Placed:
        if row.pair:
            self._pairs[_short(row)] = self._free_at + self._rule.pair_interval
        self._free_at += self._rule.interval
        self._turn = row.message_id.clinic_id
        return fed(row, self._now, self.day.add(row.counted_at))

    def _has_wire(self) -> bool:
        # a lane of one message a minute has never ten seconds of it, but goes when nothing is before it
        return self._free_at <= self._now or self._free_at + self._rule.interval <= self._now + AHEAD

    def _pair_free_at(self, row: DueRow) -> datetime:
        """When this row may go for its pair's sake. Who waits has the place behind those that wait already."""
        if not row.pair:
            return self._now
        pair = _short(row)
        free_at = max(self._pairs.get(pair, self._now), self._waiting.get(pair, self._now))
        if free_at > self._now:
            self._waiting[pair] = free_at + self._rule.pair_interval
        return free_at

    def _book(self, row: DueRow) -> datetime:
        """Its wire time: behind what is promised to all, or within its clinic's share, whichever is sooner."""
        behind_all = self._promise(EVERYBODY, row.priority, self._rule.interval)
        own_share = self._promise(row.message_id.clinic_id, row.priority, self._rule.interval * self._sharing)
        return min(behind_all, own_share)

    def _promise(self, who: str, priority: Priority, wire_time: timedelta) -> datetime:
        ends = self._booked.setdefault(who, [self._now] * len(Priority))
        at = max(ends[priority - 1], self._now)
        for less_urgent in range(priority - 1, len(Priority)):
            ends[less_urgent] = max(ends[less_urgent], self._now) + wire_time
        return at


def _next_second(at: datetime) -> datetime:
    return at if at.microsecond == 0 else at.replace(microsecond=0) + SECOND


def _short(row: DueRow) -> str:
    return row.pair[:PAIR_CHARACTERS]
