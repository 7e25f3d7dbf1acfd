"""Reading appointments: rate and memory beside the bare parsers, on the same bytes, in one process.

    python3 dev.py bench sources

FHIR: 10,000 appointments with their patients through `FhirR4Source`, pages recorded beforehand, beside `json.loads` of
the same pages. CSV: 100,000 rows through `ExtractSource`, beside `csv.reader` over the same file; and single
appointments out of it, whose index is built by the first question.
"""

import asyncio
import csv
import gc
import json
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from shared.clock import SystemClock
from shared.domain.appointment import Appointment, BadRow, Window
from shared.sources.extract import ExtractSource
from shared.sources.extract.index import Indexes
from shared.sources.fhir_r4 import FhirR4Source
from shared.sources.fhir_r4.simulator import FhirSimulator
from tests.benchmarks.measuring import show

APPOINTMENTS = 10_000
ROWS = 100_000
REPEATS = 3
ASKED = 2_000
BASE = "https://fhir.example.org/fhir"
FIRST = datetime(2026, 6, 1, 8, tzinfo=UTC)
WEEK = Window(FIRST - timedelta(hours=8), FIRST + timedelta(days=8))

MAPPING = {
    "zone": "Europe/London",
    "date_format": "%d/%m/%Y",
    "status_map": {"B": "booked", "X": "cancelled"},
    "columns": {
        "appointment_id": "Appt", "patient_id": "MRN", "date": "Date", "time": "Time", "status": "Status",
        "family_name": "Surname", "given_name": "Forename", "birth_date": "Born", "location": "Place",
        "phones": [{"column": "Mobile", "use": "mobile"}],
    },
}  # fmt: skip


class Recorded(httpx.AsyncBaseTransport):
    """Answers of another transport, kept and given again."""

    def __init__(self, server: httpx.AsyncBaseTransport) -> None:
        self._server = server
        self.pages: dict[str, bytes] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        key = str(request.url)
        if key not in self.pages:
            answer = await self._server.handle_async_request(request)
            self.pages[key] = await answer.aread()
        return httpx.Response(200, content=self.pages[key], request=request)


def start_of(number: int) -> datetime:
    return FIRST + timedelta(minutes=number % (7 * 24 * 60))


def hospital() -> FhirSimulator:
    """10,000 appointments of 8,000 patients in 12 places."""
    server = FhirSimulator()
    for number in range(APPOINTMENTS):
        person, place = number % 8000, number % 12
        server.load(
            [
                {
                    "resourceType": "Patient", "id": f"p{person}", "birthDate": "1970-01-01",
                    "name": [{"use": "usual", "family": "Sparrowhawk", "given": ["Tilly"]}],
                    "telecom": [{"system": "phone", "value": "07700 900123", "use": "mobile"}],
                },
                {"resourceType": "Location", "id": f"l{place}", "name": f"Outpatients {place}"},
                {
                    "resourceType": "Appointment", "id": f"a{number}", "status": "booked",
                    "start": start_of(number).isoformat(),
                    "appointmentType": {"coding": [{"code": "FOLLOWUP", "display": "A follow up visit"}]},
                    "participant": [
                        {"actor": {"reference": f"Patient/p{person}"}, "status": "accepted"},
                        {"actor": {"reference": f"Location/l{place}"}, "status": "accepted"},
                    ],
                },
            ]
        )  # fmt: skip
    return server


def write_extract(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Appt", "MRN", "Date", "Time", "Status", "Surname", "Forename", "Born", "Place", "Mobile"])
        for number in range(ROWS):
            at = start_of(number)
            writer.writerow(
                [f"A{number}", f"M{number % 80_000}", f"{at:%d/%m/%Y}", f"{at:%H:%M}", "B", "Sparrowhawk", "Tilly",
                 "01/02/1970", f"Room {number % 12}", "07700 900123"]
            )  # fmt: skip


async def count(items: AsyncIterator[Appointment | BadRow]) -> int:
    seen = 0
    async for item in items:
        assert isinstance(item, Appointment)
        seen += 1
    return seen


async def measured(work: Callable[[], Awaitable[int]], expected: int) -> tuple[float, float]:
    """Median seconds of `REPEATS` runs, and the peak of memory in MB that one more run adds."""
    taken = []
    for _ in range(REPEATS):
        gc.collect()
        began = time.perf_counter()
        assert await work() == expected
        taken.append(time.perf_counter() - began)
    gc.collect()
    tracemalloc.start()
    await work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return statistics.median(taken), peak / 1e6


def report(title: str, beside: str, count: int, ours: tuple[float, float], bare: tuple[float, float]) -> None:
    rows = [
        ("ours", f"{count / ours[0]:,.0f}/s, {ours[0] / count * 1e6:.0f} us each, peak {ours[1]:.1f} MB"),
        (beside, f"{count / bare[0]:,.0f}/s, peak {bare[1]:.1f} MB"),
        ("ours takes", f"{ours[0] / bare[0]:.1f} times as long"),
    ]
    show(title, rows)


async def fhir() -> None:
    transport = Recorded(hospital().transport)
    client = httpx.AsyncClient(transport=transport)
    source = FhirR4Source({"base_url": BASE}, client, SystemClock())
    await count(source.read(WEEK))
    sent = list(transport.pages.values())

    async def bare() -> int:
        return APPOINTMENTS if [None for page in sent if not json.loads(page)] == [] else 0

    ours = await measured(lambda: count(source.read(WEEK)), APPOINTMENTS)
    size = sum(map(len, sent)) / 1e6
    name = f"FHIR R4, {APPOINTMENTS:,} appointments in {len(sent)} answers of {size:.1f} MB"
    report(name, "json.loads of the same answers", APPOINTMENTS, ours, await measured(bare, APPOINTMENTS))
    await client.aclose()


async def extract() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        write_extract(path)
        source = ExtractSource({"path": str(path), "mapping": MAPPING})

        async def bare() -> int:
            with path.open(encoding="utf-8", newline="") as file:
                return sum(1 for _ in csv.reader(file)) - 1

        ours = await measured(lambda: count(source.read(WEEK)), ROWS)
        bare_numbers = await measured(bare, ROWS)
        report(f"CSV, {ROWS:,} rows of {path.stat().st_size / 1e6:.1f} MB", "csv.reader", ROWS, ours, bare_numbers)
        await one_of_many(path, bare_numbers[0])


async def one_of_many(path: Path, reading_s: float) -> None:
    """`read_one`: the first builds the index, the others ask it. `reading_s`: of csv.reader over the file."""

    async def asked(source: ExtractSource, count: int) -> float:
        began = time.perf_counter()
        for number in range(count):
            assert await source.read_one(f"A{number * 97 % ROWS}") is not None
        return (time.perf_counter() - began) / count

    def fresh() -> ExtractSource:
        return ExtractSource({"path": str(path), "mapping": MAPPING}, Later(), indexes=Indexes())

    source = fresh()
    first, warm = await asked(source, 1), await asked(source, ASKED)
    gc.collect()
    tracemalloc.start()
    weighed = fresh()
    await weighed.read_one("A5000")
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rows = [
        ("first question (builds the index)", f"{first * 1e3:.0f} ms, {first / reading_s:.1f} times csv.reader"),
        ("further questions", f"{warm * 1e6:.0f} us each, 1/{reading_s / warm:,.0f} of csv.reader over the file"),
        ("the index holds", f"{held / 1e6:.1f} MB (limit 40), peak while it is built {peak / 1e6:.1f} MB"),
    ]
    show("read_one in that file", rows)


class Later(SystemClock):
    """An hour on: the file was not written just now."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=1)


def main() -> None:
    asyncio.run(fhir())
    asyncio.run(extract())


if __name__ == "__main__":
    main()
