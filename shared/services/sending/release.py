"""Release: the only feeder of the queues. It reads no message, only what is to be done next and when.

    due row     when its time has come      becomes
    SEND        there is wire time          CHECK in two minutes, and a job on the send queue
    SEND        there is none               as it is, or SEND later (see lane_feed.py)
    CHECK                                   CHECK in two minutes, and a job on the check queue

The move comes before the job, so a crash in between repeats the job two minutes later; the claim makes that harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest

from shared.clock import Clock
from shared.services.abreast import abreast
from shared.services.jobs import CheckJob, SendJob
from shared.services.sending.feed import FeedLane
from shared.services.sending.lane_feed import LOOK_AFTER, Placed, fed
from shared.services.sending.line import in_line
from shared.storage.contract import Due, DueAction, DueRow

ROUNDS = 3  # of `limit` rows each: more than that waits for the next sweep


@dataclass(frozen=True, slots=True)
class Released:
    """What goes on the queues: lanes in turn, the most urgent of each first."""

    send: list[SendJob] = field(default_factory=list)
    check: list[CheckJob] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDue:
    """One sweep over everything whose time has come."""

    due: Due
    feed_lane: FeedLane
    clock: Clock
    limit: int = 10_000  # together, so that each clinic has its turn before the wire time is given out

    async def __call__(self) -> Released:
        """Round by round, so that no lane's or clinic's backlog hides another's rows behind the limit."""
        now, released = self.clock.now(), Released()
        for _ in range(ROUNDS):
            rows = await self.due.take(now, self.limit)
            placed = await self._placed(rows, now, crowded=len(rows) == self.limit)
            await self.due.move([(one.row, one.following) for one in placed])
            for one in placed:
                _hand_out(one, released)
            if len(rows) < self.limit or not placed:
                break
        return released

    async def _placed(self, rows: Sequence[DueRow], now: datetime, *, crowded: bool) -> Sequence[Placed]:
        checks = [_checked(row, now) for row in rows if row.action is DueAction.CHECK]
        lanes: dict[str, list[DueRow]] = {}
        for row in rows:
            if row.action is DueAction.SEND:
                lanes.setdefault(row.lane, []).append(row)

        async def of_lane(lane: str) -> Sequence[Placed]:
            if not lane:
                return _without_pace(lanes[lane], now)
            return await self.feed_lane(lane, lanes[lane], now, crowded=crowded)

        by_lane = await abreast(of_lane, sorted(lanes))
        return [*checks, *_in_turn(by_lane)]


def _in_turn(by_lane: Sequence[Sequence[Placed]]) -> Sequence[Placed]:
    """One of each lane in turn: workers take them as they come, and must not all wait for the wire of one lane."""
    return [one for turn in zip_longest(*by_lane) for one in turn if one is not None]


def _checked(row: DueRow, now: datetime) -> Placed:
    return Placed(row, replace(row, at=now + LOOK_AFTER))


def _without_pace(rows: Sequence[DueRow], now: datetime) -> Sequence[Placed]:
    """Rows that were written before due rows knew their lane."""
    return [fed(row, now) for row in in_line(rows, now, "")]


def _hand_out(placed: Placed, released: Released) -> None:
    if placed.fed:
        released.send.append(SendJob(placed.following))
    elif placed.row.action is DueAction.CHECK:
        released.check.append(CheckJob(placed.following))
