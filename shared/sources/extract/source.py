"""Appointments of an extract (traps: health.md 1.4)."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import ExitStack, closing
from datetime import timedelta
from itertools import islice
from pathlib import Path

from shared.clock import Clock, SystemClock
from shared.domain.appointment import Appointment, BadRow, Window
from shared.errors import SourceIncomplete, SourceUnavailable
from shared.sources.extract.drop import Drop, LocalDrop
from shared.sources.extract.index import FileIndex, Indexes
from shared.sources.extract.mapping import ExtractOptions, mapping_of
from shared.sources.extract.reading import Reading
from shared.sources.options import parse_options

PIECE = 500  # items read in one go, off the event loop
TICK = timedelta(seconds=2)  # the coarsest clock of a file system that shares are made of (FAT)
INDEXES = Indexes()
"""Of this process: sources come and go, a file stays."""


class ExtractSource:
    """One clinic's file, read anew each time. Relative paths begin at `root`."""

    def __init__(
        self,
        options: Mapping[str, object],
        clock: Clock | None = None,
        root: Path | None = None,
        drop: Drop | None = None,
        indexes: Indexes = INDEXES,
    ) -> None:
        """Raises ConfigurationError that names the wrong options."""
        self._options = parse_options(ExtractOptions, options, "source.options")
        root = root or Path()
        self._mapping = mapping_of(self._options, root)
        self._drop = drop or LocalDrop(root / self._options.path)
        self._clock = clock or SystemClock()
        self._indexes = indexes
        self._file = f"{self._drop.place} {self._mapping!r}"

    async def read(self, window: Window) -> AsyncGenerator[Appointment | BadRow]:
        """As the contract says: a file that cannot be read to its end delivers nothing. In the file's order."""
        with ExitStack() as opened:
            reading = await _in_thread(lambda: opened.enter_context(closing(self._open())))
            known = await _in_thread(reading.survey)
            items = opened.enter_context(closing(reading.items(known, window)))
            while piece := await _in_thread(lambda: list(islice(items, PIECE))):
                for item in piece:
                    yield item

    async def read_one(self, appointment_id: str) -> Appointment | None:
        """As the contract says. The whole file is read once for each of its versions, by the first who asks."""

        def find() -> Appointment | None:
            self._refuse_old()
            return self._indexes.of(self._file, self._version(), self._index).find(appointment_id)

        return await _in_thread(find)

    async def aclose(self) -> None:
        """Nothing stays open between two readings; the indexes belong to the process."""

    def _index(self) -> FileIndex:
        """Raises SourceIncomplete where the file becomes another one meanwhile."""
        before = self._drop.version()
        with closing(self._open()) as reading:
            index = reading.index()
        if self._drop.version() != before:
            raise SourceIncomplete(f"The extract {self._drop.name} changed while it was read.")
        return index

    def _version(self) -> str:
        """A file that was written a moment ago may be written again within the same tick of its folder's clock: until
        then its version counts for a moment only."""
        version, now = self._drop.version(), self._clock.now()
        if now - self._drop.changed_at() > TICK:
            return version
        return f"{version} at {now.timestamp() // TICK.total_seconds()}"

    def _refuse_old(self) -> None:
        most = self._options.max_age_hours
        if most is not None and self._clock.now() - self._drop.changed_at() > timedelta(hours=most):
            raise SourceUnavailable(f"The extract {self._drop.name} is older than {most:g} hours: a newer one is due.")

    def _open(self) -> Reading:
        self._refuse_old()
        with ExitStack() as closing_on_failure:
            stream = closing_on_failure.enter_context(self._drop.open())
            reading = Reading(stream, self._drop.name, self._mapping)
            closing_on_failure.pop_all()
        return reading


async def _in_thread[Result](work: Callable[[], Result]) -> Result:
    """Work that blocks. A cancelled caller waits until it has ended: no file is closed under it, or left open by it."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
