"""Feeding a lane: its rule, its row, one sweep; and the row is kept before anything is moved or handed out.

Several instances never give out the same wire time: who loses the race for the lane's row waits for the next sweep.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.pace import PaceRule, lane_parts
from shared.errors import RowChanged
from shared.services.sending.circuits import LANE_PROBE, Circuits
from shared.services.sending.lane_feed import LaneFeed, Placed, fed, held, most_parked
from shared.services.sending.line import in_line
from shared.services.sending.paces import Paces
from shared.services.sending.stoppages import Stoppage, Stoppages, StopReason
from shared.storage.contract import DueRow, FeedState, Kept, Lanes, Stop

AT_WORK = timedelta(seconds=2)  # a row that changed so recently: another instance is moving those very rows now

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLane:
    """Decides for the rows of one lane. Remembers the lane's row, so that a sweep costs one request for it."""

    lanes: Lanes
    paces: Paces
    circuits: Circuits
    stoppages: Stoppages
    _known: dict[str, Kept[FeedState]] = field(default_factory=dict)
    _told: dict[str, datetime] = field(default_factory=dict)

    async def __call__(
        self, lane: str, rows: Sequence[DueRow], now: datetime, *, crowded: bool = False
    ) -> Sequence[Placed]:
        """What becomes of the rows that do not stay as they are; none of them moves while another instance is at it.

        `crowded`: see LaneFeed.
        """
        most = most_parked(crowded=crowded)
        goes, paused = await self._apart(lane, rows, now, most)
        if not goes:
            return paused
        return [*paused, *await self._fed(lane, goes, now, crowded=crowded)]

    async def _apart(
        self, lane: str, rows: Sequence[DueRow], now: datetime, most: int
    ) -> tuple[Sequence[DueRow], Sequence[Placed]]:
        """Those that may go, and what becomes of those that a person has paused: they come up again now and then, so
        that they go on soon after they may."""
        clinics = {row.message_id.clinic_id for row in rows}
        paused = {clinic_id for clinic_id in clinics if await self.circuits.paused(lane, clinic_id)}
        if not paused:
            return rows, ()
        waits = [row for row in rows if row.message_id.clinic_id in paused][:most]
        goes = [row for row in rows if row.message_id.clinic_id not in paused]
        return goes, [held(row, now + LANE_PROBE) for row in waits]

    async def _fed(self, lane: str, rows: Sequence[DueRow], now: datetime, *, crowded: bool) -> Sequence[Placed]:
        stop = await self.circuits.state(lane)
        if stop is not None:
            return await self._stopped(stop, rows, now, most_parked(crowded=crowded))
        rule = await self.paces.rule(lane)
        known = self._known.get(lane)
        placed = await self._sweep(known, lane, rule, rows, now, crowded) if known else None
        if placed is not None:
            return placed
        fresh = await self.lanes.feed(lane)
        if fresh.value.swept_at and fresh.value.swept_at > now - AT_WORK:
            return ()
        return await self._sweep(fresh, lane, rule, rows, now, crowded) or ()

    async def _stopped(self, stop: Stop, rows: Sequence[DueRow], now: datetime, most: int) -> Sequence[Placed]:
        """The most urgent one is the probe, when it is time for one; the others come up with the next."""
        first, *others = in_line(rows, now, "")
        if stop.probe_at > now:
            return [held(row, stop.probe_at) for row in rows[:most]]
        current = await self.circuits.probe(stop, first.message_id.digest)
        if current is None:
            return ()  # it is over: the next sweep feeds them
        if current.probe != first.message_id.digest:
            return [held(row, current.probe_at) for row in rows[:most]]
        return [fed(first, now), *(held(row, current.probe_at) for row in others[:most])]

    async def _sweep(
        self, kept: Kept[FeedState], lane: str, rule: PaceRule, rows: Sequence[DueRow], now: datetime, crowded: bool
    ) -> Sequence[Placed] | None:
        """None: the row has another version by now."""
        feed = LaneFeed(kept.value, rule, now, crowded=crowded)
        placed = feed.placed(rows)
        full_since = await self._full_since(lane, feed, kept.value.full_since, now)
        if not placed and full_since == kept.value.full_since:
            return ()
        state = feed.state(full_since)
        try:
            self._known[lane] = Kept(state, await self.lanes.keep_feed(lane, state, kept.etag))
        except RowChanged:
            self._known.pop(lane, None)
            return None
        if full_since and self._told.get(lane) != full_since:
            await self.stoppages.tell(_full(lane, full_since))
            self._told[lane] = full_since
        return placed

    async def _full_since(
        self, lane: str, feed: LaneFeed, full_since: datetime | None, now: datetime
    ) -> datetime | None:
        """Since when the day is full. Staff are told after the lane's row says so and before the held rows move, so
        that after a crash in between the same is told again."""
        if feed.held_back and full_since is None:
            channel, account = lane_parts(lane)
            log.error("daily_limit_met channel=%s account=%s", channel, account)
            return now
        if full_since and not feed.held_back and feed.day.has_room:
            await self.stoppages.over(_full(lane, full_since), now)
            return None
        return full_since


def _full(lane: str, since: datetime) -> Stoppage:
    return Stoppage(lane, StopReason.DAILY_LIMIT, since)
