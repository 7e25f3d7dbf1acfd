"""What a clinic looks at: figures of some days, by channel and language, with the rates that they come to.

Read from the tallies alone, so that it costs two requests whatever the traffic. Days of which something may have
changed since they were counted are named.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.tally import Cell, DayTally, Figure, Figures, Sums
from shared.services.abreast import abreast
from shared.services.staff.report import ANY_CHANNEL, Span
from shared.services.tallying.tally import TallyDays
from shared.storage.contract import Mark, Tallies

_RATES: Mapping[str, tuple[Figure, Figure]] = {
    "delivered": (Figure.DELIVERED, Figure.HANDED_OVER),
    "read": (Figure.READ, Figure.DELIVERED),
    "failed": (Figure.FAILED, Figure.MESSAGES),
    "reached": (Figure.REACHED, Figure.APPOINTMENTS),
    "unreachable": (Figure.UNREACHABLE, Figure.APPOINTMENTS),
    "confirmed": (Figure.CONFIRMED, Figure.ASKED),
    "cancellationAsked": (Figure.CANCELLATION_ASKED, Figure.ASKED),
    "rescheduleAsked": (Figure.RESCHEDULE_ASKED, Figure.ASKED),
    "noAnswer": (Figure.NO_ANSWER, Figure.ASKED),
    "slotsFreed": (Figure.SLOTS_FREED, Figure.ASKED),
    "optedOut": (Figure.OPTED_OUT, Figure.HANDED_OVER),
}
_PARTS = (Figure.SKIPPED, Figure.FAILED, Figure.DROPPED, Figure.HANDED_OVER, Figure.OPTED_OUT, Figure.TEMPLATE)


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `of`; `rate` is None where there is nothing to divide by."""

    name: str
    count: int
    of: int

    @property
    def rate(self) -> float | None:
        return round(self.count / self.of, 4) if self.of else None


@dataclass(frozen=True, slots=True)
class Insight:
    """Figures of some days of a clinic.

    `as_of`: everything that was written before it is in them; None: some day was never counted yet.
    `still_counting`: the days of which something may be missing. `by_day` is without codes.
    """

    clinic_id: str
    span: Span
    as_of: datetime | None
    still_counting: tuple[date, ...]
    totals: Figures
    by_day: Sequence[tuple[date, Figures]]
    by_channel: Mapping[str, Figures]
    by_language: Mapping[str, Figures]

    def rates(self) -> Sequence[Rate]:
        return [Rate(name, self.totals[count], self.totals[of]) for name, (count, of) in _RATES.items()]

    def parts(self, figure: Figure) -> Sequence[tuple[str, int]]:
        """A figure by its codes, the most first."""
        start = f"{figure}:"
        found = [(name.removeprefix(start), n) for name, n in self.totals.items() if name.startswith(start)]
        return sorted(found, key=lambda one: (-one[1], one[0]))

    def opt_outs(self) -> Sequence[Rate]:
        """Per template: of those that were handed over, how many were the last before the patient wanted no more."""
        sent, left = dict(self.parts(Figure.TEMPLATE)), dict(self.parts(Figure.OPTED_OUT))
        found = [Rate(name, left.get(name, 0), sent.get(name, 0)) for name in sorted(sent.keys() | left.keys())]
        return sorted(found, key=lambda one: -one.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """Reading only."""

    tallies: Tallies
    tally: TallyDays
    clock: Clock

    async def __call__(self, clinic: Clinic, span: Span, channel: str = ANY_CHANNEL, language: str = "") -> Insight:
        """With a channel or language: only what stands under it (`shared.domain.tally` says what does)."""
        days, marks = await _both(self.tallies, clinic.id, span)
        return _insight(clinic.id, span, days, marks, _Wanted(channel, language), self.clock.now())

    async def recount(self, clinic: Clinic, span: Span, channel: str = ANY_CHANNEL, language: str = "") -> Insight:
        """The same out of every row of the days, without any tally; for an operator, since it reads them all."""

        async def one(day: date) -> tuple[date, DayTally]:
            return day, await self.tally.recount(clinic.id, day)

        days = [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]
        now = self.clock.now()
        return _insight(clinic.id, span, await abreast(one, days), (), _Wanted(channel, language), now)


@dataclass(frozen=True, slots=True)
class _Wanted:
    channel: str
    language: str

    def __call__(self, channel: str, language: str) -> bool:
        return self.channel in (ANY_CHANNEL, channel) and self.language in ("", language)


async def _both(tallies: Tallies, clinic_id: str, span: Span) -> tuple[Sequence[tuple[date, DayTally]], Sequence[Mark]]:
    """Marks first: one that goes away in between has left its figures in the tally."""
    marks = await tallies.marks_of(clinic_id, span.first, span.last)
    return await tallies.tallies(clinic_id, span.first, span.last), marks


def _insight(
    clinic_id: str,
    span: Span,
    days: Sequence[tuple[date, DayTally]],
    marks: Sequence[Mark],
    wanted: _Wanted,
    now: datetime,
) -> Insight:
    by_day: list[tuple[date, Figures]] = []
    by_cell = defaultdict[Cell, Sums](Sums)
    for day, tally in days:
        of_day = Sums()
        for cell, figures in tally.cells.items():
            if wanted(*cell):
                of_day.add_plain(figures)
                by_cell[cell].add(figures)
        if found := of_day.figures():
            by_day.append((day, found))
    totals, by_channel, by_language = Sums(), defaultdict[str, Sums](Sums), defaultdict[str, Sums](Sums)
    for (channel, language), cell_sums in by_cell.items():
        for sums in (totals, by_channel[channel], by_language[language]):
            sums.add(cell_sums.cell())
    return Insight(
        clinic_id,
        span,
        _as_of(dict(days), marks, now),
        tuple(mark.day for mark in marks),
        totals.figures(),
        by_day,
        {name: sums.figures() for name, sums in by_channel.items()},
        {name: sums.figures() for name, sums in by_language.items()},
    )


def _as_of(days: Mapping[date, DayTally], marks: Sequence[Mark], now: datetime) -> datetime | None:
    counted = [days[mark.day].as_of if mark.day in days else None for mark in marks]
    known = [at for at in counted if at is not None]
    return None if len(known) < len(counted) else min(known, default=now)
