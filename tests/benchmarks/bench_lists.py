"""Lists and insights over 100,000 messages: in memory (our own code), and on Azurite beside the bare table queries.

The rows are made once and shared by all. Azurite reads a whole table for every query, so its times say little of the
real service; what counts is how much of them is ours. Rows for Azurite: `bench_lists.py [messages there]`.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles
from typing import Any

from azure.data.tables.aio import TableServiceClient

from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.services.callers import Caller
from shared.services.staff.report import ANY_CHANNEL, Span
from shared.services.staff.worklist import ListState
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.azure import open_storage
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.opened import OpenStorage, storage_over
from shared.storage.rows import Rows
from shared.storage.seal import Sealer
from shared.wiring.services import Services, build_services
from tests.benchmarks.loaded import AHEAD, BACK, MESSAGES_MADE, Maker, copy, document, load
from tests.benchmarks.measuring import Stopwatch, own_azurite, show
from tests.benchmarks.replaying import ListeningRows, Replay
from tests.world import NOW, SETTINGS, MovedClock, SimulatedProviders

ON_AZURITE = 10_000  # it takes about a thousand rows a second, and there are ten for each message
LIMIT_MS, LIMIT_RATIO = 100, 1.5
TIMES, TIMES_THERE, QUICK_MS = 40, 5, 300
TOP = 50
DEEP = 2_000  # rows before the deep page

type Ask = Callable[[], Awaitable[Any]]

_settings = read_settings(SETTINGS)
_keys: Mapping[str, Any] = {"encryption_keys": encryption_keys(_settings), "index_key": index_key(_settings)}


@dataclass
class Desk:
    """Services on one store, and what staff ask of them."""

    services: Services
    clinic: Clinic

    @classmethod
    async def on(cls, storage: OpenStorage) -> "Desk":
        clock = MovedClock(NOW)
        services = build_services(_settings, storage, clock, SimulatedProviders(_settings, clock))
        return cls(services, await services.clinics.load(document(), "bench"))

    async def asks(self) -> Mapping[str, Ask]:
        clinic, reports, services = self.clinic, self.services.reports, self.services
        month = Span(NOW.date() - timedelta(days=30), NOW.date())
        ahead = Span(NOW.date(), NOW.date() + timedelta(days=AHEAD))
        deep = await self._deep(month)
        first = (await reports.sent(clinic, month, ANY_CHANNEL, frozenset(), 1, "")).items[0]
        caller = Caller("bench", "bench", None)
        desk = await services.work.desk(caller, clinic.id)
        nothing: frozenset[Any] = frozenset()
        return {
            f"sent, first page of {TOP}": lambda: reports.sent(clinic, month, ANY_CHANNEL, nothing, TOP, ""),
            f"sent, page behind {DEEP}": lambda: reports.sent(clinic, month, ANY_CHANNEL, nothing, TOP, deep),
            f"to be sent, {TOP}": lambda: reports.scheduled(clinic, ahead, ANY_CHANNEL, nothing, TOP, ""),
            f"appointments, {TOP}": lambda: reports.appointments(clinic, ahead, TOP, ""),
            "one message": lambda: reports.message(caller, str(first.message.id)),
            f"worklist, {TOP}": lambda: services.work.listed(desk, ListState.OPEN, nothing, ANY_CHANNEL, TOP, ""),
            "insights, 7 days": lambda: services.insights(clinic, Span(NOW.date() - timedelta(days=6), NOW.date())),
            "insights, 92 days": lambda: services.insights(clinic, Span(NOW.date() - timedelta(days=92), NOW.date())),
        }

    async def _deep(self, span: Span) -> str:
        cursor = ""
        for _ in range(DEEP // 200):
            page = await self.services.storage.log.page(self.clinic.id, span.first, span.last, 200, cursor)
            cursor = page.next_cursor
        return cursor


async def timed(ask: Ask) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await ask()
    return (time.perf_counter() - began) * 1e3


def told(times: Sequence[float]) -> tuple[float, float]:
    """p50, p95."""
    marks = quantiles(times, n=20, method="inclusive")
    return marks[9], marks[18]


async def in_memory(count: int) -> tuple[MemoryRows, list[tuple[str, str]], list[tuple[str, str]]]:
    rows = MemoryRows()
    desk = await Desk.on(storage_over(rows, MemoryBlobs(), *_keys.values()))
    sealer = Sealer(_keys["encryption_keys"], current="k1")
    with Stopwatch() as loading:
        made = await load(rows, Maker(desk.clinic, sealer, Pseudonyms(_keys["index_key"]), count).rows())
    days = [NOW.date() + timedelta(days=n - BACK) for n in range(BACK + AHEAD + 1)]
    for day in days:
        await desk.services.storage.tallies.mark(desk.clinic.id, day, NOW - timedelta(hours=1))
    with Stopwatch() as tallying:
        await desk.services.tally()
    loaded = [
        (f"{count} messages", f"{made} rows in {loading.wall_s:.0f} s"),
        (f"{len(days)} days tallied", f"{tallying.wall_s:.1f} s, {tallying.cpu_s / made * 1e6:.0f} µs a row"),
    ]
    lines = []
    for name, ask in (await desk.asks()).items():
        await ask()
        p50, p95 = told([await timed(ask) for _ in range(TIMES)])
        lines.append((name, f"p50 {p50:6.1f} ms  p95 {p95:6.1f} ms (limit {LIMIT_MS})"))
    return rows, loaded, lines


async def on_azurite(rows: Rows) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    async with own_azurite() as connection:
        storage = open_storage(connection_string=connection, around_rows=ListeningRows, **_keys)
        listening = storage.rows
        assert isinstance(listening, ListeningRows)
        await storage.create_tables()
        with Stopwatch() as loading:
            copied = await copy(rows, storage.rows)
        loaded = [("on Azurite", f"{copied} rows in {loading.wall_s:.0f} s")]
        desk = await Desk.on(storage)
        async with TableServiceClient.from_connection_string(connection) as service:
            lines = [(name, await beside(listening, service, ask)) for name, ask in (await desk.asks()).items()]
        await storage.aclose()
    return loaded, lines


async def beside(listening: ListeningRows, service: TableServiceClient, ask: Ask) -> str:
    """Ours and the bare queries in turn."""
    await ask()
    listening.forget()
    took_ms = await timed(ask)
    asked = list(listening.asked)
    ours, bare = [], []
    for _ in range(TIMES if took_ms < QUICK_MS else TIMES_THERE):
        ours.append(await timed(ask))
        bare.append(await timed(Replay(service, asked)))
    (p50, p95), (bare_50, bare_95) = told(ours), told(bare)
    ratios = f"p50 {p50 / bare_50:.2f}  p95 {p95 / bare_95:.2f} (limit {LIMIT_RATIO})"
    return f"{len(asked):3} requests  {ratios}  {p95:.0f} ms beside {bare_95:.0f} ms"


def main() -> None:
    there = int(sys.argv[1]) if len(sys.argv) > 1 else ON_AZURITE
    rows, loaded, lines = asyncio.run(in_memory(MESSAGES_MADE))
    show("loaded", loaded)
    show(f"lists over {MESSAGES_MADE} messages in memory", lines)
    if there != MESSAGES_MADE:
        rows, loaded, _ = asyncio.run(in_memory(there))
        show("loaded for Azurite", loaded)
    loaded, lines = asyncio.run(on_azurite(rows))
    show("loaded", loaded)
    show(f"lists over {there} messages on Azurite, beside Microsoft's client alone with the same queries", lines)


if __name__ == "__main__":
    main()
