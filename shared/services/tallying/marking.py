"""Before anything of a day is written, the day is marked: its figures will have to be made again.

    mark (at most 30 s old in this process) ─▶ write ─▶ marked once more, where the write took long

So a mark that nobody has renewed for `tally.SETTLED` covers everything that was written under it, and whoever finds it
may count and take it away. A crash between mark and write costs a count too many. It costs one write for each day, 30
seconds and process, whatever the traffic.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.clock import Clock
from shared.domain.identity import MessageId
from shared.domain.message import Event, Message
from shared.services.abreast import abreast
from shared.services.over import OverMessages, OverPlans
from shared.storage.contract import (
    ContactRow,
    Messages,
    PlanEntry,
    Plans,
    Tallies,
)

FRESH_FOR = timedelta(seconds=30)
MOST_DAYS = 10_000  # that are remembered; beyond, a day may be marked more often than it need be

type Day = tuple[str, date]
"""A clinic's day."""


@dataclass
class _Marked:
    """When this process marked the day last; who wants to mark it waits for whoever is at it."""

    at: datetime | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class DayMarks:
    """The marks of this process."""

    def __init__(self, tallies: Tallies, clock: Clock) -> None:
        self._tallies = tallies
        self._clock = clock
        self._days: dict[Day, _Marked] = {}

    @asynccontextmanager
    async def before(self, days: Iterable[Day]) -> AsyncGenerator[None]:
        """Around a write that changes these days. Raises StorageUnavailable, and then nothing was written."""
        changed = sorted(set(days))
        began = self._clock.now()
        await self._mark_all(changed)
        try:
            yield
        finally:  # also where it failed: it may have been done all the same
            if self._clock.now() - began > FRESH_FOR:
                await self._mark_all(changed)

    async def _mark_all(self, days: Sequence[Day]) -> None:
        if len(days) == 1:
            await self._mark(days[0])
        else:
            await abreast(self._mark, days)

    async def _mark(self, day: Day) -> None:
        marked = self._days.get(day)
        if marked is None:
            marked = self._days[day] = self._room_for()
        async with marked.turn:
            now = self._clock.now()
            if marked.at is not None and timedelta(0) <= now - marked.at < FRESH_FOR:
                return
            await self._tallies.mark(*day, now)
            marked.at = now

    def _room_for(self) -> _Marked:
        if len(self._days) >= MOST_DAYS:
            self._days = {day: marked for day, marked in self._days.items() if marked.turn.locked()}
        return _Marked()


class MarkedMessages(OverMessages):
    """Marks the day before each write."""

    def __init__(self, messages: Messages, marks: DayMarks) -> None:
        super().__init__(messages)
        self._marks = marks

    async def put(self, message: Message) -> None:
        async with self._marks.before([_day_of(message.id)]):
            await super().put(message)

    async def claim(self, event: Event) -> bool:
        async with self._marks.before([_day_of(event.message_id)]):
            return await super().claim(event)

    async def append(self, event: Event) -> bool:
        async with self._marks.before([_day_of(event.message_id)]):
            return await super().append(event)


class MarkedPlans(OverPlans):
    """Marks the days before each write."""

    def __init__(self, plans: Plans, marks: DayMarks) -> None:
        super().__init__(plans)
        self._marks = marks

    async def write(
        self,
        clinic_id: str,
        entries: Sequence[PlanEntry],
        contacts: Sequence[ContactRow] = (),
        not_before: datetime | None = None,
    ) -> None:
        days = {(clinic_id, entry.decision.day) for entry in entries}
        days |= {_day_of(entry.message.id) for entry in entries if entry.message is not None}
        async with self._marks.before(days):
            await super().write(clinic_id, entries, contacts, not_before)


def _day_of(message_id: MessageId) -> Day:
    return message_id.clinic_id, message_id.day
