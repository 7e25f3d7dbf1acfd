"""Rotation of the encryption key: its rate beside the one at which Azurite alone takes the same changes.

Azurite alone: the very batches that the rotation wrote, sent again by Microsoft's client to the same rows, as many in
flight. The rotation reads every row before, and counts everything after.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from shared.clock import SystemClock
from shared.services.rotating.rotate import RotateEncryption
from shared.storage.azure import open_storage
from shared.storage.batches import IN_FLIGHT
from shared.storage.contract import PlanEntry
from shared.storage.opened import OpenStorage
from shared.storage.rows import Change, Verb
from tests.benchmarks.measuring import RecordingRows, Stopwatch, own_azurite, show
from tests.storage.samples import CLINIC, INDEX_KEY, NOW, contact, decided, planned

MESSAGES = 10_000
CHUNK = 1_000
RATE_LIMIT = 0.50
OLD, BOTH = {"k1": b"1" * 32}, {"k2": b"2" * 32, "k1": b"1" * 32}


async def filled(storage: OpenStorage, count: int) -> None:
    await storage.create_tables()
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        messages = [
            planned(f"A-{n}", f"P-{n}", starts_at=NOW + timedelta(days=3 + n % 5, minutes=n % 400)) for n in numbers
        ]
        contacts = [contact(f"P-{n}") for n in numbers]
        await storage.plans.write(CLINIC, [PlanEntry(decided(one), one) for one in messages], contacts)


async def rates(count: int) -> list[tuple[str, str]]:
    recorders: list[RecordingRows] = []

    def recording(rows: Any) -> RecordingRows:
        recorders.append(RecordingRows(rows, keep=True))
        return recorders[-1]

    async with own_azurite() as connection:
        before = open_storage(connection_string=connection, encryption_keys=OLD, index_key=INDEX_KEY)
        await filled(before, count)
        await before.aclose()
        storage = open_storage(
            connection_string=connection, encryption_keys=BOTH, index_key=INDEX_KEY, around_rows=recording
        )
        rotate = RotateEncryption(sealed=storage.sealed, rotations=storage.rotations, clock=SystemClock())
        with Stopwatch() as rotating:
            rotated = await rotate(lambda _place, _values: None)
        with Stopwatch() as counting:
            await rotate.count(lambda _place, _values: None)
        await storage.aclose()
        merges = [one for one in recorders[0].batches if one[1][0].verb is Verb.MERGE]
        bare_s = await replayed(connection, merges)
    rows = sum(len(changes) for _, changes in merges)
    if rows != rotated.rotation.resealed or rotated.standing.keys.keys() != {"k2"}:
        raise SystemExit(f"{rows} rows written, {rotated}")
    ratio = bare_s / rotating.wall_s
    return [
        ("rows rewritten", f"{rows} in {len(merges)} requests"),
        ("rotation", f"{rotating.wall_s:.1f} s = {rows / rotating.wall_s:.0f} rows/s"),
        ("of which our CPU", f"{rotating.cpu_s:.1f} s"),
        ("of which the count after it", f"about {counting.wall_s:.1f} s"),
        ("Azurite alone, same rows", f"{bare_s:.1f} s = {rows / bare_s:.0f} rows/s"),
        ("ratio", f"{ratio:.2f} of Azurite's rate (limit {RATE_LIMIT})"),
        ("ratio without the count", f"{bare_s / (rotating.wall_s - counting.wall_s):.2f}"),
    ]


async def replayed(connection: str, batches: Sequence[tuple[str, Sequence[Change]]]) -> float:
    """Seconds for the same changes through the bare SDK, IN_FLIGHT at a time; of any version, since it is another."""
    waiting = iter(batches)
    async with TableServiceClient.from_connection_string(connection) as service:
        clients = {table: service.get_table_client(table) for table, _ in batches}

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
    return "update", entity, {"mode": UpdateMode.MERGE}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    show(f"rotating the key of {count} planned messages in Azurite", asyncio.run(rates(count)))


if __name__ == "__main__":
    main()
