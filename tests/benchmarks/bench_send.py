"""Sending through the simulator and Azurite, beside the ceiling that Azurite's own rates set for the requests it takes.

The ceiling: each kind of request that one message needs, at the rate at which Azurite alone answers that kind, as many
in flight, through Microsoft's clients. The queue is left out on both sides.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from azure.data.tables.aio import TableClient, TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from shared.channels.whatsapp.simulator import PaceLimits
from shared.services.jobs import PlanJob
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.azure import open_storage
from shared.storage.rows import Blobs
from shared.wiring.services import Services, build_services, in_process
from tests.benchmarks.measuring import RecordingRows, Stopwatch, own_azurite, show
from tests.world import NOW, SETTINGS, ListSource, MovedClock, SimulatedProviders, appointment, clinic_document, patient

MESSAGES = 400
AT_ONCE = 24  # host.json: batchSize 16 and newBatchThreshold 8
LIMIT = 0.60
BARE = 400  # requests of each kind


class RecordingBlobs:
    """Passes everything on and counts."""

    def __init__(self, blobs: Blobs, counts: Counter[str]) -> None:
        self._blobs = blobs
        self._counts = counts

    async def put(self, container: str, name: str, content: bytes) -> None:
        self._counts["blob put"] += 1
        await self._blobs.put(container, name, content)

    async def get(self, container: str, name: str) -> bytes | None:
        self._counts["blob get"] += 1
        return await self._blobs.get(container, name)

    async def delete(self, container: str, name: str) -> None:
        await self._blobs.delete(container, name)

    async def create_containers(self, containers: Sequence[str]) -> None:
        await self._blobs.create_containers(containers)

    async def aclose(self) -> None:
        await self._blobs.aclose()


async def at_once(works: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """Seconds for all of them, AT_ONCE in flight."""
    waiting = iter(works)

    async def worker() -> None:
        for work in waiting:
            await work()

    with Stopwatch() as watch:
        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return watch.wall_s


async def sent(connection: str, messages: int) -> tuple[float, Counter[str]]:
    """Seconds to release and send all messages and take their receipts, and what that asked of storage."""
    settings, clock = read_settings(SETTINGS), MovedClock()
    counts: Counter[str] = Counter()
    recorders: list[RecordingRows] = []

    def recording(rows: object) -> RecordingRows:
        recorders.append(RecordingRows(rows, counts))  # type: ignore[arg-type]
        return recorders[0]

    storage = open_storage(
        connection_string=connection,
        encryption_keys=encryption_keys(settings),
        index_key=index_key(settings),
        around_rows=recording,
        around_blobs=lambda blobs: RecordingBlobs(blobs, counts),
    )
    await storage.create_tables()
    source = ListSource([appointment(n, days=2, of=patient(n % 500 + 200)) for n in range(messages)])

    async def opened(_clinic: object) -> ListSource:
        return source

    providers = SimulatedProviders(settings, clock, PaceLimits(per_second=0, pair_every_s=0))
    services = build_services(settings, storage, clock, providers, opened)
    providers.deliver = in_process(services)
    clinic = await services.clinics.load(clinic_document(), "bench")
    await services.plan(PlanJob(clinic.id, clinic.local_day(NOW), "riverside_20261120_daily"))
    clock.advance(hours=1)
    counts.clear()
    wall_s = await released(services, providers, clock)
    assert len(providers.whatsapp.ledger.entries) == messages
    await storage.aclose()
    return wall_s, counts


async def released(services: Services, providers: SimulatedProviders, clock: MovedClock) -> float:
    with Stopwatch() as watch:
        jobs = (await services.release()).send
        await at_once([lambda job=job: services.send(job) for job in jobs])  # type: ignore[misc]
        clock.at += timedelta(seconds=5)
        await providers.whatsapp.deliver_due()
    return watch.wall_s


async def bare_rates(connection: str) -> dict[str, float]:
    """Requests a second of each kind that Azurite alone answers."""
    sample = {"sealed": b"s" * 300, "name": "accepted", "at": "2026-11-20T10:00:00.000Z"}
    async with (
        TableServiceClient.from_connection_string(connection) as tables,
        BlobServiceClient.from_connection_string(connection) as blobs,
    ):
        table = await tables.create_table_if_not_exists("bare")
        container = blobs.get_container_client("bare")
        await container.create_container()
        keys = [f"m_{n:06d}" for n in range(BARE)]
        kinds: dict[str, Callable[[str], Awaitable[object]]] = {
            "insert": lambda key: table.create_entity({"PartitionKey": "p", "RowKey": key, **sample}),
            "upsert": lambda key: table.upsert_entity({"PartitionKey": "p", "RowKey": key, **sample}),
            "get": lambda key: table.get_entity("p", key),
            "query": lambda key: _first_page(table, key),
            "delete": lambda key: table.delete_entity("p", key),
            "blob put": lambda key: _put(container, key),
            "blob get": lambda key: _get(container, key),
        }
        rates = {}
        for kind, call in kinds.items():
            rates[kind] = BARE / await at_once([lambda key=key, call=call: call(key) for key in keys])  # type: ignore[misc]
        return rates


async def _first_page(table: TableClient, key: str) -> None:
    pages = table.query_entities(f"PartitionKey eq 'p' and RowKey ge '{key}' and RowKey lt '{key}~'").by_page()
    async for page in pages:
        [row async for row in page]


async def _put(container: ContainerClient, key: str) -> None:
    await container.upload_blob(key, b"s" * 700, overwrite=True)


async def _get(container: ContainerClient, key: str) -> None:
    await (await container.download_blob(key)).readall()


def ceiling(rates: dict[str, float], counts: Counter[str]) -> float:
    """Seconds that Azurite alone needs for these requests."""
    return sum(number / rates[kind] for kind, number in counts.items() if kind in rates)


async def measured(messages: int) -> list[tuple[str, str]]:
    async with own_azurite() as connection:
        rates = await bare_rates(connection)
    async with own_azurite() as connection:
        wall_s, counts = await sent(connection, messages)
    asked = {kind: number for kind, number in counts.items() if kind in rates}
    left_out = {kind: number for kind, number in counts.items() if kind not in rates}
    ceiling_s = ceiling(rates, counts)
    each = ", ".join(f"{number / messages:.2f} {kind}" for kind, number in sorted(asked.items()))
    return [
        ("for each message", each),
        ("not in the ceiling", ", ".join(f"{n} {kind}" for kind, n in sorted(left_out.items()))),
        ("Azurite alone", ", ".join(f"{kind} {rate:.0f}/s" for kind, rate in sorted(rates.items()))),
        ("ceiling from those", f"{messages / ceiling_s:.1f} messages/s"),
        ("sent, with three receipts each", f"{messages / wall_s:.1f} messages/s"),
        ("ratio", f"{ceiling_s / wall_s:.2f} of the ceiling (limit {LIMIT})"),
    ]


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    show(f"sending {messages} messages, {AT_ONCE} at once", asyncio.run(measured(messages)))


if __name__ == "__main__":
    main()
