"""`ops explain` through Azurite: one appointment among many messages, its day known (a source tells it) or looked for.

Azurite reads a whole table for every query and only then by its keys, so its times grow with what is stored; the number
of requests does not, and that is what counts on the real service. Messages there: `bench_explain.py [messages]`; there
are nine rows for each, and 100,000 take three quarters of an hour to be written.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import date
from statistics import median

from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.services.staff.explain import ExplainAppointment
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.azure import open_storage
from shared.storage.memory import MemoryRows
from shared.storage.places import HISTORY, MESSAGES, WORKLIST
from shared.storage.seal import Sealer
from shared.wiring.services import build_services
from tests.benchmarks.loaded import Maker, copy, document, load
from tests.benchmarks.measuring import RecordingRows, Stopwatch, own_azurite, show
from tests.world import NOW, SETTINGS, MovedClock, SimulatedProviders

ON_AZURITE = 5_000
LIMIT_S, TIMES = 2.0, 5
PLACES = {"in a week": 0.99, "of this week": 0.94, "two months ago": 0.3}  # of the appointments, by day

_settings = read_settings(SETTINGS)
_encryption, _index = encryption_keys(_settings), index_key(_settings)


async def rows_of(count: int, clinic: Clinic) -> MemoryRows:
    rows = MemoryRows()
    await load(rows, Maker(clinic, Sealer(_encryption, current="k1"), Pseudonyms(_index), count).rows())
    return rows


async def measured(count: int) -> Sequence[tuple[str, str]]:
    async with own_azurite() as connection:
        recording: list[RecordingRows] = []
        storage = open_storage(
            connection_string=connection,
            encryption_keys=_encryption,
            index_key=_index,
            around_rows=lambda rows: recording.append(RecordingRows(rows)) or recording[0],  # type: ignore[func-returns-value]
        )
        await storage.create_tables()
        clock = MovedClock(NOW)
        services = build_services(_settings, storage, clock, SimulatedProviders(_settings, clock))
        clinic = await services.clinics.load(document(), "bench")
        with Stopwatch() as loading:
            copied = await copy(await rows_of(count, clinic), storage.rows, (HISTORY, WORKLIST, MESSAGES))
        lines = [("on Azurite", f"{count} messages, {copied} rows in {loading.wall_s:.0f} s")]
        made = count * 5 // 9  # two for an appointment, and one in ten has none
        for name, part in PLACES.items():
            lines += await _lines(services.explain, clinic, recording[0], name, f"A-{int(made * part)}")
        await storage.aclose()
    return lines


async def _lines(
    explain: ExplainAppointment, clinic: Clinic, recording: RecordingRows, name: str, appointment_id: str
) -> Sequence[tuple[str, str]]:
    day = (await explain(clinic, appointment_id, ask_source=False)).decisions[0].day
    cases: Sequence[tuple[str, date | None]] = (("day known", day), ("day looked for", None))
    return [
        (f"{name}, {said}", await _line(explain, clinic, recording, appointment_id, known)) for said, known in cases
    ]


async def _line(
    explain: ExplainAppointment, clinic: Clinic, recording: RecordingRows, appointment_id: str, day: date | None
) -> str:
    took = []
    for _ in range(TIMES):
        recording.counts.clear()
        began = time.perf_counter()
        await explain(clinic, appointment_id, day, ask_source=False)
        took.append(time.perf_counter() - began)
    gets, queries = recording.counts["get"], recording.counts["query"]
    return f"{median(took):.2f} s (limit {LIMIT_S}), {gets} reads of a key and {queries} queries"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ON_AZURITE
    show("explain", asyncio.run(measured(count)))


if __name__ == "__main__":
    main()
