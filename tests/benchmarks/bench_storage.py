"""CPU of our own storage code: sealing, rows, limits, with memory for a store. `bench plan` measures Azurite."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain.message import EventName
from shared.storage import memory
from shared.storage.contract import PlanEntry
from shared.storage.opened import OpenStorage
from tests.benchmarks.measuring import Stopwatch, show
from tests.storage.samples import CLINIC, ENCRYPTION_KEYS, INDEX_KEY, NOW, contact, event, planned
from tests.storage.samples import decided as decision_on

CHUNK = 1_000  # entries of one write
EVENTS = 2_000
KEYS: Any = {"encryption_keys": ENCRYPTION_KEYS, "index_key": INDEX_KEY}


def entries(count: int) -> list[PlanEntry]:
    """Planned steps of as many new patients, over five days."""
    made = []
    for n in range(count):
        message = planned(f"A-{n}", f"P-{n}", starts_at=NOW + timedelta(days=3 + n % 5, minutes=n % 400))
        made.append(PlanEntry(decision_on(message), message))
    return made


async def write_all(storage: OpenStorage, plan: Sequence[PlanEntry]) -> Stopwatch:
    with Stopwatch() as watch:
        for start in range(0, len(plan), CHUNK):
            contacts = [contact(f"P-{n}") for n in range(start, min(start + CHUNK, len(plan)))]
            await storage.plans.write(CLINIC, plan[start : start + CHUNK], contacts)
    return watch


async def own_code() -> list[tuple[str, str]]:
    """Our code alone: sealing, rows, limits, with memory for a store."""
    storage = memory.open_storage(**KEYS)
    plan = entries(EVENTS)
    written = await write_all(storage, plan)
    messages = [entry.message for entry in plan if entry.message]
    claims = [event(message.id, EventName.CLAIMED, owner="w1", lease_until=NOW) for message in messages]
    with Stopwatch() as claiming:
        for claim in claims:
            await storage.messages.claim(claim)
    accepted = [replace(claim, name=EventName.ACCEPTED, provider_id="wamid.HBgMNDQ3NzAwOTAwMTIz") for claim in claims]
    with Stopwatch() as appending:
        for one in accepted:
            await storage.messages.append(one)
    with Stopwatch() as reading:
        for message in messages:
            await storage.messages.whole(message.id)
    names = ("planned step (4 or 5 rows)", "claim", "append", "whole message read")
    watches = (written, claiming, appending, reading)
    return [(name, f"{watch.cpu_s / EVENTS * 1e6:.0f} µs") for name, watch in zip(names, watches, strict=True)]


def main() -> None:
    show(f"CPU of our own code, {EVENTS} of each, storage in memory", asyncio.run(own_code()))


if __name__ == "__main__":
    main()
