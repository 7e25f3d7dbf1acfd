"""Ask a clinic's source for one appointment: patiently once, and not again and again where it does not answer.

Sources stay open between questions, for a minute: a token is kept, a changed setting acts soon.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.appointment import Appointment
from shared.domain.clinic import Clinic, SourceChoice
from shared.errors import ConfigurationError, SourceError, SourceRefused, SourceUnavailable
from shared.services.ports import OpenSource
from shared.sources.contract import Source

KEPT_FOR = timedelta(seconds=60)
PAUSE = timedelta(seconds=60)
PATIENCE_S = 5.0  # a message waits while we ask, and its claim has not begun
REFUSALS = 3  # one appointment that cannot be read says nothing of the others; so many in a row do


@dataclass
class _Kept:
    source: Source
    choice: SourceChoice
    until: datetime
    users: int = 0


class OpenSources:
    """Open sources by clinic. One that is replaced is closed by the last who uses it."""

    def __init__(self, open_source: OpenSource, clock: Clock) -> None:
        self._open_source = open_source
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def of(self, clinic: Clinic) -> AsyncGenerator[Source]:
        """Raises ConfigurationError where it cannot be opened."""
        kept = await self._taken(clinic)
        try:
            yield kept.source
        finally:
            kept.users -= 1
            if self._kept.get(clinic.id) is not kept:
                await _closed_if_idle(kept)

    async def aclose(self) -> None:
        kept, self._kept = list(self._kept.values()), {}
        for one in kept:
            await _closed_if_idle(one)

    async def _taken(self, clinic: Clinic) -> _Kept:
        async with self._opening:  # many ask at once: one of them opens
            kept = self._kept.get(clinic.id)
            now = self._clock.now()
            if kept is None or kept.until <= now or kept.choice != clinic.source:
                fresh = _Kept(await self._open_source(clinic), clinic.source, now + KEPT_FOR)
                self._kept[clinic.id] = fresh
                if kept is not None:
                    await _closed_if_idle(kept)
                kept = fresh
            kept.users += 1
            return kept


async def _closed_if_idle(kept: _Kept) -> None:
    if kept.users == 0:
        await kept.source.aclose()


class AskSource:
    """One question at a time. After a failure the clinic's source is left alone for a minute, by this process."""

    def __init__(self, open_source: OpenSource, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self._sources = OpenSources(open_source, clock)
        self._clock = clock
        self._patience_s = patience_s
        self._silent_until: dict[str, datetime] = {}
        self._refused: dict[str, int] = {}  # refusals in a row

    async def __call__(self, clinic: Clinic, appointment_id: str) -> Appointment | None:
        """The appointment as it is now; None where the source says that it does not exist.

        Raises SourceUnavailable, SourceRefused, ConfigurationError: then nobody can tell.
        """
        silent_until = self._silent_until.get(clinic.id)
        if silent_until is not None and self._clock.now() < silent_until:
            raise SourceUnavailable("The source failed a moment ago and is not asked again yet.")
        try:
            found = await self._asked(clinic, appointment_id)
        except (SourceError, ConfigurationError) as failure:
            self._note(clinic.id, failure)
            raise
        self._refused.pop(clinic.id, None)
        return found

    async def aclose(self) -> None:
        await self._sources.aclose()

    async def _asked(self, clinic: Clinic, appointment_id: str) -> Appointment | None:
        try:
            async with asyncio.timeout(self._patience_s), self._sources.of(clinic) as source:
                return await source.read_one(appointment_id)
        except TimeoutError:
            raise SourceUnavailable("The source did not answer in time.") from None

    def _note(self, clinic_id: str, failure: SourceError | ConfigurationError) -> None:
        self._refused[clinic_id] = self._refused.get(clinic_id, 0) + 1
        if not isinstance(failure, SourceRefused) or self._refused[clinic_id] >= REFUSALS:
            self._silent_until[clinic_id] = self._clock.now() + PAUSE
            self._refused.pop(clinic_id)
