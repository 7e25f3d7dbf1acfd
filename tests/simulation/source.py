"""The clinics' appointment lists: read in pages while they change, sometimes down, sometimes breaking off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from shared.domain.appointment import Appointment, BadRow, Unreadable, Window
from shared.errors import SourceIncomplete, SourceUnavailable
from tests.simulation.jumping_time import JumpingClock
from tests.simulation.truth import Town

PAGE = 40
PAGE_TAKES_S = 0.4
BREAKS_OFF = 0.06  # share of readings
HAS_BAD_ROWS = 0.05


@dataclass(frozen=True, slots=True)
class Outage:
    begins: datetime
    ends: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.begins <= instant < self.ends


class TownSource:
    """Implements `shared.sources.contract.Source` on a town."""

    def __init__(self, town: Town, clock: JumpingClock, random: Random, outages: list[Outage]) -> None:
        self._town = town
        self._clock = clock
        self._random = random
        self._outages = outages

    async def read(self, window: Window) -> AsyncGenerator[Appointment | BadRow]:
        await self._answers()
        breaks_off_at = self._random.randrange(1, 60) if self._random.random() < BREAKS_OFF else None
        bad_row_at = self._random.randrange(1, 30) if self._random.random() < HAS_BAD_ROWS else None
        items = [item for item in self._town.listed() if item.start is None or item.start in window]
        for number, item in enumerate(items):
            if number % PAGE == PAGE - 1:
                await asyncio.sleep(PAGE_TAKES_S)
            if number == breaks_off_at:
                raise SourceIncomplete("The list broke off.")
            if number == bad_row_at:
                yield BadRow(f"line {number}", Unreadable.BAD_DATE, "start")
            yield item

    async def read_one(self, appointment_id: str) -> Appointment | None:
        await self._answers()
        return self._town.one(appointment_id)

    async def aclose(self) -> None:
        return None

    async def _answers(self) -> None:
        await asyncio.sleep(self._random.uniform(0.05, 0.5))
        if any(self._clock.now() in outage for outage in self._outages):
            raise SourceUnavailable("The source did not answer.")
