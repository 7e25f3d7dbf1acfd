"""Wire time: a worker asks for its slot just before the provider, and is held until the slot's instant.

    workers of this process ──▶ one lease of as many slots as wait, 20 at the most ──▶ one conditional write
                                the wire is booked too far ahead ──▶ Busy: put the message back, hold no claim

The row says from when on the lane's wire is free (shared.domain.pace). Its version is remembered, so that a lease is
one request; another instance's lease in between costs two more. Slots that nobody took in time are thrown away.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.pace import PaceRule, reserve
from shared.errors import RowChanged
from shared.services.sending.lane_feed import AHEAD
from shared.storage.contract import Kept, Lanes

LONGEST_LEASE = 20  # slots
FAR = AHEAD  # what release gives out at once; further than that only others' sends can have booked
LATE = timedelta(milliseconds=250)  # and an interval: then a slot is over
MOST_RACES = 8  # lost to other instances in a row


@dataclass(frozen=True, slots=True)
class Slot:
    """Now is the time: call the provider."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Busy:
    """The wire is booked until then: come again at that instant, and hold nothing until it comes."""

    until: datetime


@dataclass(slots=True)
class _Lane:
    """What this process knows of a lane, and what it has leased of it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    leased: deque[datetime] = field(default_factory=deque)
    kept: Kept[datetime | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """For the workers of one process; as many at once as there are."""

    lanes: Lanes
    clock: Clock
    _known: dict[str, _Lane] = field(default_factory=dict)

    async def slot(self, lane: str, rule: PaceRule) -> Slot | Busy:
        """Returns at the slot's instant, or at once if that is too far ahead. Raises StorageUnavailable."""
        while True:
            mine = await self._taken(lane, rule)
            if isinstance(mine, Busy):
                return mine
            if (wait := mine - self.clock.now()) > timedelta():
                await self.clock.sleep(wait.total_seconds())
            if not _over(mine, rule, self.clock.now()):
                return Slot(mine)

    async def _taken(self, lane: str, rule: PaceRule) -> datetime | Busy:
        known = self._known.setdefault(lane, _Lane())
        known.waiting += 1
        try:
            async with known.lock:  # taken without waiting where nobody else is at it: no event loop is needed then
                now = self.clock.now()
                while known.leased and _over(known.leased[0], rule, now):
                    known.leased.popleft()
                busy = None if known.leased else await self._lease(lane, known, rule)
                return busy or known.leased.popleft()
        finally:
            known.waiting -= 1

    async def _lease(self, lane: str, known: _Lane, rule: PaceRule) -> Busy | None:
        """Leases for all who wait in this process at this moment."""
        for _ in range(MOST_RACES):
            kept = known.kept or await self.lanes.wire(lane)
            now = self.clock.now()
            free_at = max(kept.value or now, now)
            count = min(known.waiting, LONGEST_LEASE, 1 + (now + FAR - free_at) // rule.interval)
            if count < 1:
                known.kept = kept
                return Busy(free_at)
            reserved = reserve(free_at, now, count, rule.per_second)
            try:
                version = await self.lanes.keep_wire(lane, reserved.free_at, kept.etag)
            except RowChanged:
                known.kept = None
                continue
            known.kept = Kept(reserved.free_at, version)
            known.leased.extend(reserved.first_at + n * rule.interval for n in range(count))
            return None
        return Busy(self.clock.now() + rule.interval + LATE)  # a race at this wire: it is booked by those who win


def _over(slot_at: datetime, rule: PaceRule, now: datetime) -> bool:
    return now > slot_at + rule.interval + LATE
