"""Counts the days that have changed, by a timer.

    mark ─▶ tally as it is ─▶ every row of the day ─▶ new tally, unless another came in between ─▶ mark taken away,
                                                                                 if it is settled and still the same one

What has ended is taken off the index behind the list of what is to be sent, since every row is at hand.

Whatever fails or is killed in between leaves the mark, and the day is counted again. Where marks are renewed all the
time, the day is counted now and then all the same, the larger the less often, and its mark stays.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.clock import Clock
from shared.domain.tally import DayFold, DayTally
from shared.errors import RowChanged, RowTooLarge
from shared.services.abreast import abreast
from shared.services.tallying.marking import FRESH_FOR
from shared.storage.contract import Mark, Tallies, Waiting

# A write begins under a mark that is at most FRESH_FOR old. No write is under way for longer than 30 s without an
# answer (storage/azure/faults.py), and one that took long marks again. The rest is for clocks that differ.
SETTLED = FRESH_FOR + timedelta(seconds=90)
BETWEEN = timedelta(minutes=5)  # two counts of a day that goes on changing
PER_ROW = timedelta(milliseconds=5)  # or so long, for a large one: reading it takes about a hundredth of that
MOST_ROWS = 500_000  # of one sweep, by what the last count of each day found: then the next one goes on
PAST = timedelta(days=2)
AT_ONCE = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyDays:
    """One sweep over the days that are marked."""

    tallies: Tallies
    waiting: Waiting
    clock: Clock

    async def __call__(self) -> int:
        """How many days were counted. One that cannot be is left for the next sweep, and stops no other."""
        left = MOST_ROWS
        counted = 0
        waiting = list(await self.tallies.marks())
        while waiting and left > 0:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            rows = [found for found in await abreast(self._one_or_none, some, AT_ONCE) if found is not None]
            counted += len(rows)
            left -= sum(rows)
        return counted

    async def recount(self, clinic_id: str, day: date) -> DayTally:
        """What the rows say, whatever was tallied. Writes nothing."""
        as_of = self.clock.now()
        fold = await self._folded(clinic_id, day)
        return DayTally(as_of, fold.rows, fold.cells())

    async def _folded(self, clinic_id: str, day: date) -> DayFold:
        fold = DayFold()
        async for found in self.tallies.rows_of(clinic_id, day):
            fold.take(found)
        return fold

    async def _one_or_none(self, found: Mark) -> int | None:
        """A day with a row that makes no sense keeps its mark, and keeps no other day from being counted."""
        try:
            return await self._one(found)
        except (RowTooLarge, ValueError) as error:
            log.error("day_not_tallied clinic=%s type=%s", found.clinic_id, type(error).__name__)
            return None

    async def _one(self, found: Mark) -> int | None:
        """How many rows were read; None: it was not its turn, or another worker has counted it meanwhile."""
        now = self.clock.now()
        # The order matters: whatever is written after this read renews the mark, and it will not go away.
        mark = await self.tallies.marked(found.clinic_id, found.day)
        if mark is None:
            return None
        before = await self.tallies.tally(found.clinic_id, found.day)
        settled = now - mark.value.at >= SETTLED
        if not settled and not _its_turn(before.value, now):
            return None
        fold = await self._folded(found.clinic_id, found.day)
        try:
            tally = DayTally(now, fold.rows, fold.cells())
            await self.tallies.keep(found.clinic_id, found.day, tally, before.etag)
        except RowChanged:
            return None
        await self._take_from_list(found, fold)
        if settled:
            await self.tallies.unmark(mark)
        return fold.rows

    async def _take_from_list(self, found: Mark, fold: DayFold) -> None:
        """What was stopped may be planned again until its day is past everywhere: until then it stays on the list."""
        past = found.day < self.clock.now().date() - PAST
        listed = await self.waiting.of_day(found.clinic_id, found.day)
        ended = [m for m in listed if m.digest in fold.gone or (past and m.digest not in fold.waiting)]
        await self.waiting.ended(ended)


def _its_turn(before: DayTally | None, now: datetime) -> bool:
    """Of a day that goes on changing."""
    return before is None or now - before.as_of >= max(BETWEEN, PER_ROW * before.rows)
