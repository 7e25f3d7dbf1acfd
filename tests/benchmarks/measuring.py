"""What the benchmarks share: a printed table, a counting layer around storage, an Azurite of their own."""

import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from infra.local.azurite import Azurite
from shared.storage.rows import PAGE_ROWS, Change, Row, RowPage, Rows, Span


def show(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """A small table: what, and the number with its unit and what it is compared with."""
    print(f"\n{title}")
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"  {name:<{width}}  {value}")


@dataclass
class RecordingRows:
    """Passes everything on, and remembers what was asked."""

    rows: Rows
    counts: Counter[str] = field(default_factory=Counter)
    batches: list[tuple[str, Sequence[Change]]] = field(default_factory=list)
    keep: bool = False

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        self.counts["get"] += 1
        return await self.rows.get(table, partition, key)

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        self.counts["query"] += 1
        return await self.rows.query(table, span, select=select, top=top, resume=resume)

    async def write(self, table: str, change: Change) -> str:
        self.counts[change.verb] += 1
        self._remember(table, [change])
        return await self.rows.write(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        self.counts["batch"] += 1
        self.counts["rows in batches"] += len(changes)
        self._remember(table, changes)
        return await self.rows.apply(table, changes)

    async def create_tables(self, tables: Sequence[str]) -> None:
        await self.rows.create_tables(tables)

    async def aclose(self) -> None:
        await self.rows.aclose()

    def _remember(self, table: str, changes: Sequence[Change]) -> None:
        if self.keep:
            self.batches.append((table, changes))


class DiscardingRows:
    """Takes every write and forgets it; finds nothing. For measurements of memory."""

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        return None

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        return RowPage(())

    async def write(self, table: str, change: Change) -> str:
        return "1"

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        return ["1"] * len(changes)

    async def create_tables(self, tables: Sequence[str]) -> None:
        return None

    async def aclose(self) -> None:
        return None


@asynccontextmanager
async def own_azurite() -> AsyncGenerator[str]:
    """A connection string of an Azurite in memory that nobody else uses."""
    async with Azurite() as azurite:
        yield azurite.connection_string


class Stopwatch:
    """Wall and CPU seconds of a block."""

    def __enter__(self) -> "Stopwatch":
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.perf_counter() - self._wall
        self.cpu_s = time.process_time() - self._cpu
