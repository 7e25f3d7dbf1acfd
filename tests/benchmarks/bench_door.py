"""From the engine's door to the stored callback: how long Meta would wait, beside the 250 ms that it asks for."""

import asyncio
import json
import statistics
import time

import aiohttp

from infra.local.host.development_host import DevelopmentHost
from infra.local.tools import ROOT
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.azure import open_storage
from tests.benchmarks.bench_message import callback
from tests.benchmarks.measuring import own_azurite, show
from tests.world import SETTINGS

CALLBACKS = 400
META_MEDIAN_MS = 250.0  # Meta asks for a median below 250 ms (Cloud API, Webhooks)


async def answered_ms(url: str, at_once: int) -> list[float]:
    """Milliseconds from the request to the 200; the body is stored before it."""
    times: list[float] = []
    gate = asyncio.Semaphore(at_once)

    async def post(session: aiohttp.ClientSession, position: int) -> None:
        headers, body = callback(position, "", "delivered")
        async with gate:
            begun = time.perf_counter()
            async with session.post(url, data=body, headers={**headers, "content-type": "application/json"}) as said:
                assert said.status == 200, await said.text()
            times.append((time.perf_counter() - begun) * 1000)

    async with aiohttp.ClientSession() as session:
        await post(session, 0)
        times.clear()
        await asyncio.gather(*(post(session, n) for n in range(CALLBACKS)))
    return sorted(times)


async def measured() -> list[tuple[str, str]]:
    async with own_azurite() as connection:
        example = json.loads((ROOT / "local.settings.json.example").read_text(encoding="utf-8"))["Values"]
        addresses = {"AzureWebJobsStorage": connection, "PATIENT_STORAGE_CONNECTION": connection}
        storage = open_storage(
            connection_string=connection,
            encryption_keys=encryption_keys(read_settings(SETTINGS)),
            index_key=index_key(read_settings(SETTINGS)),
        )
        await storage.create_tables()
        await storage.aclose()
        settings = {**example, **SETTINGS, **addresses}
        async with DevelopmentHost(ROOT, settings, timers=False) as host:
            url = f"{host.url}/api/webhooks/whatsapp"
            rows = []
            for at_once in (1, 16):
                times = await answered_ms(url, at_once)
                median = statistics.median(times)
                rows.append(
                    (
                        f"{at_once} at once",
                        f"median {median:.1f} ms = {median / META_MEDIAN_MS:.2f} of Meta's {META_MEDIAN_MS:.0f} ms; "
                        f"99 % within {times[int(len(times) * 0.99)]:.0f} ms",
                    )
                )
            return rows


def main() -> None:
    rows = asyncio.run(measured())
    show(f"{CALLBACKS} WhatsApp callbacks through the host, stored in Azurite before the answer", rows)


if __name__ == "__main__":
    main()
