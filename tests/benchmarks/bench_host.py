"""What the development host costs, beside bare aiohttp and bare Azurite in the same run.

Ratios carry over to other machines; the rates themselves are this machine's, shared with whatever else runs on it.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import aiohttp
from azure.storage.queue.aio import QueueClient

from infra.local.azurite import Azurite
from infra.local.tools import ROOT

APPS = ROOT / "tests" / "infra" / "local" / "apps"
STARTS = 5
GETS = 6_000
POSTS = 600
DRAINED = 1_000
CONNECTIONS = 32

BARE_SERVER = """
import asyncio, sys
from aiohttp import web

async def main():
    application = web.Application()
    application.router.add_get("/api/hello", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", file=sys.stderr, flush=True)
    await asyncio.Event().wait()

async def answer(request):
    return web.Response(text="hello " + request.query.get("name", ""))

asyncio.run(main())
"""
HELLO_APP = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="hello", methods=["GET"])
async def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("hello " + req.params.get("name", ""))
"""


@contextmanager
def server(arguments: list[str], settings: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """A server process; gives its address and the seconds until it listened."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | settings, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"listening on (http://\S+)", line):
                yield found[1], time.perf_counter() - begun
                break
    finally:
        process.terminate()
        process.communicate()


def host(app: str, settings: Mapping[str, str]) -> list[str]:
    return ["-m", "infra.local.host", "--port", "0", "--app", app]


async def rate(times: int, call: Callable[[], Awaitable[object]], workers: int = CONNECTIONS) -> float:
    """Calls per second with `workers` at work."""
    left = iter(range(times))

    async def work() -> None:
        for _ in left:
            await call()

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(workers)))
    return times / (time.perf_counter() - begun)


async def requests_per_second(times: int, method: str, url: str, body: bytes | None = None) -> float:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call() -> None:
            async with session.request(method, url, data=body) as answer:
                await answer.read()
                assert answer.status < 300, answer.status

        await rate(times // 10, call)
        return await rate(times, call)


async def bare_sends_per_second(connection_string: str) -> float:
    async with QueueClient.from_connection_string(connection_string, "bare") as queue:
        await queue.create_queue()
        return await rate(POSTS, lambda: queue.send_message("dGVzdA=="))


async def filled(connection_string: str, name: str) -> QueueClient:
    queue = QueueClient.from_connection_string(connection_string, name)
    await queue.create_queue()
    content = base64.b64encode(b"work").decode()
    await rate(DRAINED, lambda: queue.send_message(content))
    return queue


async def bare_drain_s(connection_string: str) -> float:
    """Receive four and delete each, as the host does for that app, with nothing in between."""
    async with await filled(connection_string, "drained") as queue:
        begun = time.perf_counter()
        while messages := [m async for m in queue.receive_messages(messages_per_page=4, max_messages=4)]:
            await asyncio.gather(*(queue.delete_message(message) for message in messages))
        return time.perf_counter() - begun


async def host_drain_s(connection_string: str) -> float:
    settings = {"AzureWebJobsStorage": connection_string, "WORK_QUEUE": "work"}
    async with await filled(connection_string, "work") as queue:
        with server(host(str(APPS / "queues"), settings), settings):
            begun = time.perf_counter()
            while (await queue.get_queue_properties()).approximate_message_count:  # noqa: ASYNC110 - storage tells nobody
                await asyncio.sleep(0.05)
            return time.perf_counter() - begun


def starts(arguments: list[str], settings: Mapping[str, str]) -> float:
    """Median seconds until a server process listens."""
    measured = []
    for _ in range(STARTS):
        with server(arguments, settings) as (_, seconds):
            measured.append(seconds)
    return statistics.median(measured)


def row(what: str, ours: float, bare: float, unit: str) -> None:
    print(f"{what:<44}{ours:>10.2f} {bare:>12.2f} {ours / bare:>8.2f}  {unit}")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, Azurite(extra_accounts=8) as azurite:
        hello = Path(folder)
        (hello / "function_app.py").write_text(HELLO_APP)
        storage = {"AzureWebJobsStorage": azurite.empty_account(), "OUT_QUEUE": "out"}
        print(f"{'':<44}{'host':>10} {'bare':>12} {'ratio':>8}")
        bare = ["-c", BARE_SERVER]
        row(
            "start to listening (beside bare aiohttp)",
            starts(host(str(hello), storage), storage),
            starts(bare, {}),
            "s",
        )
        with server(host(str(hello), storage), storage) as (url, _), server(bare, {}) as (bare_url, _):
            ours = asyncio.run(requests_per_second(GETS, "GET", f"{url}/api/hello?name=Ada"))
            theirs = asyncio.run(requests_per_second(GETS, "GET", f"{bare_url}/api/hello?name=Ada"))
            row(f"GET, {CONNECTIONS} connections (beside bare aiohttp)", ours, theirs, "1/s")
        with server(host(str(APPS / "http"), storage), storage) as (url, _):
            ours = asyncio.run(requests_per_second(POSTS, "POST", f"{url}/api/one", b"test"))
        row(
            "POST + queue output (beside bare sends)",
            ours,
            asyncio.run(bare_sends_per_second(azurite.empty_account())),
            "1/s",
        )
        ours = asyncio.run(host_drain_s(azurite.empty_account()))
        row(
            f"{DRAINED} messages drained (beside bare drain)",
            ours,
            asyncio.run(bare_drain_s(azurite.empty_account())),
            "s",
        )


if __name__ == "__main__":
    main()
