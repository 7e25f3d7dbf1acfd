"""What the tallies and the list of what is to be sent say against what every row says, when all is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from shared.domain.tally import DayFold
from shared.storage.contract import Storage
from tests.simulation.clinics import BEGAN, CLINICS

AHEAD = 30  # days that bookings may lie ahead


async def miscounted(storage: Storage, days: int) -> Sequence[str]:
    """Days without a mark whose tally is not the recount (one with a mark is still to be counted); messages that are
    still to be sent and on no list."""
    wrong: list[str] = []
    for clinic in CLINICS:
        first, last = BEGAN.date() - timedelta(days=1), BEGAN.date() + timedelta(days=days + AHEAD)
        marked = {mark.day for mark in await storage.tallies.marks_of(clinic.id, first, last)}
        told = dict(await storage.tallies.tallies(clinic.id, first, last))
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            fold = DayFold()
            async for found in storage.tallies.rows_of(clinic.id, day):
                fold.take(found)
            tallied = dict(told[day].cells) if day in told else {}
            if day not in marked and tallied != dict(fold.cells()):
                wrong.append(f"{clinic.id} {day}: the tally differs from a recount")
            if unlisted := fold.waiting - {one.digest for one in await storage.waiting.of_day(clinic.id, day)}:
                wrong.append(f"{clinic.id} {day}: {len(unlisted)} to be sent and on no list")
    return wrong
