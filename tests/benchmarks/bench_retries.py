"""Sends whose answers get lost, repeated as Power Automate repeats them: how often does a patient get the message?

Argument: how many sends (1,000). Each is repeated up to eight times; the answer of every request but the last is lost
after the app has done what it was asked. Exit code 1 where a message left twice, or not at all.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from infra.local.azurite import Azurite
from tests.benchmarks.measuring import show
from tests.functions.conftest import RunningApp, running
from tests.functions.test_power_platform import RAW, all_sent, connected
from tests.power_platform.machine import RETRIES, losing_answers

SENDS = 1_000
ABREAST = 8


async def measure(sends: int) -> bool:
    """Whether every message left exactly once."""
    with tempfile.TemporaryDirectory() as folder:
        async with Azurite() as azurite, running(azurite.connection_string, Path(folder)) as app:
            started = time.perf_counter()
            line = asyncio.Semaphore(ABREAST)
            requests = sum(await asyncio.gather(*(_sent(app, line, number) for number in range(sends))))
            took = time.perf_counter() - started
            await all_sent(app, connected(app, "wechat"))
            left = [len(app.wechat.ledger.received(follower(number))) for number in range(sends)]
    twice, never = sum(count > 1 for count in left), sum(count == 0 for count in left)
    show(
        f"{sends} sends, each answer but the last lost",
        [
            ("requests", f"{requests} in {took:.0f} s"),
            ("left once", f"{left.count(1)} of {sends}"),
            ("left twice", str(twice)),
            ("never left", str(never)),
        ],
    )
    return twice == never == 0


async def _sent(app: RunningApp, line: asyncio.Semaphore, number: int) -> int:
    """How many requests it took."""
    lost = number % (RETRIES + 1)
    async with line:
        connection = connected(app, "wechat")
        connection.send = losing_answers(connection.send, lost)
        await connection.run("SendMessage", **{**RAW["wechat"], "touser": follower(number)})
    return lost + 1


def follower(number: int) -> str:
    return f"oRetried_follower_{number:06d}"


def main() -> None:
    sends = int(sys.argv[1]) if len(sys.argv) > 1 else SENDS
    sys.exit(0 if asyncio.run(measure(sends)) else 1)


if __name__ == "__main__":
    main()
