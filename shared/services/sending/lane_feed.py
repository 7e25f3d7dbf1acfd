"""One sweep over one lane: who is fed, and when the others come up again. Reads and writes nothing.

    next in line          becomes
    the day is full       SEND when the day has room again
    its pair was fed      SEND when the pair is free, six seconds after the last one
    there is wire time    CHECK in two minutes, and a job on the queue
    there will be soon    as it is: the next sweeps feed it
    there is none         SEND when its own wire time is given out: parked, so that it hides nobody else's rows

Wire time is promised once, when a message is first parked: behind all that is as urgent or more, or within its clinic's
own share of the lane where that comes sooner. More urgent ones may still take it; who is passed over again comes up
when as much time again has gone by. So a row moves once or twice; at the worst, by the logarithm of its wait.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.day_limit import DayCount
from shared.domain.message import Priority
from shared.domain.pace import PaceRule
from shared.services.sending.line import in_line
from shared.storage.contract import DueAction, DueRow, FeedState

SWEEP = timedelta(seconds=5)  # the release timer's period
AHEAD = timedelta(seconds=10)  # the most wire time that one sweep gives out: a late sweep makes up for itself
LOOK_AFTER = timedelta(minutes=2)  # a claim's lease is as long: see send.py
NEAR = timedelta(seconds=15)  # behind what is given out: who goes so soon need not move
MOST_LEFT = 2_000  # rows that stay as they are and are read again by the next sweep
MOST_PARKED = 500  # in one sweep: while rows are written, nothing is handed out
UNMARKED = timedelta(minutes=1)  # so long a row may stay as it is before its waiting is written down
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


def most_parked(*, crowded: bool) -> int:
    return sys.maxsize if crowded else MOST_PARKED


def held(row: DueRow, until: datetime) -> Placed:
    """Waits for something else than wire time: that makes nobody more urgent."""
    return Placed(row, replace(row, at=until, since=None))


class LaneFeed:
    """A lane at one instant: `placed` the rows, then keep its `state`. `crowded`: more rows are due than were taken, so
    that whatever can move must, or it hides others."""

    def __init__(self, state: FeedState, rule: PaceRule, now: datetime, *, crowded: bool = False) -> None:
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
        self._waiting: dict[str, datetime] = {}  # pairs with rows that wait: when the next one may come
        self._passed_over = 0
        self._crowded = crowded
        self._may_move = most_parked(crowded=crowded)
        self.held_back = False  # the day's limit kept somebody from going

    def placed(self, rows: Iterable[DueRow]) -> Sequence[Placed]:
        """What becomes of those that do not stay as they are, in their order of going."""
        line = in_line(rows, self._now, self._turn)
        self._sharing = len({row.message_id.clinic_id for row in line} | (self._booked.keys() - {EVERYBODY}))
        found = (self._place(row) for row in line)
        return [placed for placed in found if placed is not None]

    def state(self, full_since: datetime | None) -> FeedState:
        booked = {who: tuple(ends) for who, ends in self._booked.items()}
        return FeedState(self._now, self._free_at, booked, self._pairs, self.day.counts, self._turn, full_since)

    def _place(self, row: DueRow) -> Placed | None:
        if (room_at := self.day.full_until(row.counted_at)) is not None:
            self.held_back = True
            return held(row, room_at) if self._moves() else None
        if (free_at := self._pair_free_at(row)) > self._now:
            return self._waits(row, free_at)
        if self._has_wire():
            return self._fed(row)
        self._passed_over += 1
        return self._waits(row, self._free_at + (self._passed_over - 1) * self._rule.interval)

    def _waits(self, row: DueRow, until: datetime) -> Placed | None:
        """Until its pair or the wire is free for it, as far as this sweep can see. None: it stays as it is."""
        soon = until <= self._now + AHEAD + NEAR and self._passed_over <= MOST_LEFT
        marked = row.since is not None or self._now - row.at < UNMARKED
        if (soon and marked and not self._crowded) or not self._moves():
            return None
        wire_at = self._book(row, until) if row.since is None else max(until, self._now + (self._now - row.since))
        at = max(wire_at - AHEAD, self._now + SECOND)
        return Placed(row, replace(row, at=_next_second(at), since=row.since or self._now))

    def _moves(self) -> bool:
        self._may_move -= 1
        return self._may_move >= 0

    def _fed(self, row: DueRow) -> Placed:
        if row.pair:
            self._pairs[_short(row)] = self._free_at + self._rule.pair_interval
        if row.since is None:
            self._push_back(row)
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

    def _book(self, row: DueRow, not_before: datetime) -> datetime:
        """Its wire time: behind what is promised to all, or within its clinic's share, whichever is sooner."""
        starts = []
        for who, wire_time in self._queues(row):
            ends = self._booked.setdefault(who, [self._now] * len(Priority))
            starts.append(max(ends[row.priority - 1], not_before))
            for n in range(row.priority - 1, len(Priority)):
                ends[n] = max(ends[n], not_before) + wire_time
        return min(starts)

    def _push_back(self, row: DueRow) -> None:
        """It goes before those that wait, and what was promised to them moves on."""
        for who, wire_time in self._queues(row):
            ends = self._booked.get(who, [])
            for n in range(row.priority - 1, len(ends)):
                ends[n] += wire_time

    def _queues(self, row: DueRow) -> Iterable[tuple[str, timedelta]]:
        own_share = self._rule.interval * self._sharing
        return ((EVERYBODY, self._rule.interval), (row.message_id.clinic_id, own_share))


def _next_second(at: datetime) -> datetime:
    return at if at.microsecond == 0 else at.replace(microsecond=0) + SECOND


def _short(row: DueRow) -> str:
    return row.pair[:PAIR_CHARACTERS]
