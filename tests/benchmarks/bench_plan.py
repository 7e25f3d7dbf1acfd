"""Planning: its rate beside the one at which Azurite alone takes the same rows, and its memory.

Azurite alone: the very batches that the run wrote, sent again to empty tables by Microsoft's client, as many in flight.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from infra.local.tools import ROOT
from shared.domain.appointment import (
    Appointment,
    AppointmentStatus,
    BadRow,
    HumanName,
    Patient,
    Telecom,
    TelecomSystem,
    Window,
)
from shared.services.jobs import PlanJob
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.azure import open_storage
from shared.storage.batches import IN_FLIGHT
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.opened import OpenStorage, storage_over
from shared.storage.rows import Change, Verb
from shared.wiring.services import Services, build_services
from tests.benchmarks.measuring import DiscardingRows, RecordingRows, Stopwatch, own_azurite, show
from tests.world import NOW, SETTINGS, MovedClock, SimulatedProviders, clinic_document

APPOINTMENTS = 10_000
SMALL, LARGE = 1_000, 100_000
RATE_LIMIT = 0.60
MEMORY_LIMIT_MB = 40
OPENIDS = {"channels": [{"channel": "wechat", "opt_in": "opt_out"}]}


class MadeSource:
    """Appointments made as they are read: spread over the week, each of another patient with an openid of their own."""

    def __init__(self, count: int) -> None:
        self._count = count

    async def read(self, window: Window) -> AsyncGenerator[Appointment | BadRow]:
        for n in range(self._count):
            telecom = Telecom(TelecomSystem.OPENID, f"oMade_{n:08d}")
            person = Patient(f"p{n}", HumanName(text=f"Robin Example {n}"), (telecom,), date(1980, 1, 1))
            start = NOW + timedelta(days=3 + n % 5, minutes=n % 400)
            yield Appointment(f"a{n}", AppointmentStatus.BOOKED, start, person, location="Level 2")

    async def read_one(self, appointment_id: str) -> Appointment | None:
        raise NotImplementedError(appointment_id)

    async def aclose(self) -> None:
        return None


def services_on(storage: OpenStorage, count: int) -> Services:
    settings, clock = read_settings(SETTINGS), MovedClock()

    async def opened(_clinic: object) -> MadeSource:
        return MadeSource(count)

    return build_services(settings, storage, clock, SimulatedProviders(settings, clock), opened)


async def planned(storage: OpenStorage, count: int) -> None:
    services = services_on(storage, count)
    clinic = await services.clinics.load(clinic_document(**OPENIDS), "bench")
    run = await services.plan(PlanJob(clinic.id, clinic.local_day(NOW), "riverside_20261120_daily"))
    assert run is None or run.counts["planned"] >= count, run


async def rates(count: int) -> list[tuple[str, str]]:
    settings = read_settings(SETTINGS)
    recorder: list[RecordingRows] = []

    def recording(rows: object) -> RecordingRows:
        recorder.append(RecordingRows(rows, keep=True))  # type: ignore[arg-type]
        return recorder[0]

    async with own_azurite() as connection:
        keys = {"encryption_keys": encryption_keys(settings), "index_key": index_key(settings)}
        storage = open_storage(connection_string=connection, around_rows=recording, **keys)  # type: ignore[arg-type]
        await storage.create_tables()
        with Stopwatch() as planning:
            await planned(storage, count)
        await storage.aclose()
        batches = recorder[0].batches
    async with own_azurite() as connection:
        bare_s = await replayed(connection, batches)
    rows = sum(len(changes) for _, changes in batches)
    ratio = bare_s / planning.wall_s
    return [
        ("rows written", f"{rows} in {len(batches)} requests, {rows / count:.1f} for each appointment"),
        (
            "planning",
            f"{planning.wall_s:.1f} s = {count / planning.wall_s:.0f} appointments/s",
        ),
        ("of which our CPU", f"{planning.cpu_s:.1f} s"),
        ("Azurite alone, same rows", f"{bare_s:.1f} s = {rows / bare_s:.0f} rows/s"),
        ("ratio", f"{ratio:.2f} of Azurite's rate (limit {RATE_LIMIT})"),
    ]


async def replayed(connection: str, batches: Sequence[tuple[str, Sequence[Change]]]) -> float:
    """Seconds for the same batches through the bare SDK, IN_FLIGHT at a time."""
    waiting = iter(batches)
    async with TableServiceClient.from_connection_string(connection) as service:
        clients = {t: await service.create_table_if_not_exists(t) for t in {table for table, _ in batches}}

        async def work() -> None:
            for table, changes in waiting:
                await clients[table].submit_transaction([operation(change) for change in changes])

        with Stopwatch() as bare:
            await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        for client in clients.values():
            await client.close()
    return bare.wall_s


def operation(change: Change) -> tuple[str, dict[str, object], dict[str, object]]:
    entity: dict[str, object] = {"PartitionKey": change.row.partition, "RowKey": change.row.key, **change.row.columns}
    if change.verb is Verb.DELETE:
        return "delete", entity, {}
    return "upsert", entity, {"mode": UpdateMode.REPLACE}


def peak_mb(count: int) -> float:
    """Peak memory of a fresh process that plans `count` appointments into nothing."""
    command = [sys.executable, __file__, "memory", str(count)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)})
    return float(said.stdout)


def high_water_mb() -> float:
    """Peak resident memory of this process (Linux: ru_maxrss would still be that of the process that started it)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


async def plan_into_nothing(count: int) -> None:
    settings = read_settings(SETTINGS)
    keys = (encryption_keys(settings), index_key(settings))
    nothing = storage_over(DiscardingRows(), MemoryBlobs(), *keys)
    remembering = storage_over(MemoryRows(), MemoryBlobs(), *keys)
    await planned(replace(nothing, clinics=remembering.clinics), count)


def main() -> None:
    if sys.argv[1:2] == ["memory"]:
        asyncio.run(plan_into_nothing(int(sys.argv[2])))
        print(high_water_mb())
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else APPOINTMENTS
    show(f"planning {count} appointments into Azurite", asyncio.run(rates(count)))
    small, large = peak_mb(SMALL), peak_mb(LARGE)
    show(
        "memory while planning, storage that discards",
        [
            (f"{SMALL} appointments", f"peak {small:.0f} MB"),
            (f"{LARGE} appointments", f"peak {large:.0f} MB"),
            ("difference", f"{large - small:.0f} MB (limit {MEMORY_LIMIT_MB} MB)"),
        ],
    )


if __name__ == "__main__":
    main()
