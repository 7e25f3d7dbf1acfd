"""The WhatsApp simulator as a process of its own: what benchmarks send to, and what posts receipts to them."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.simulator import PaceLimits, WhatsAppSimulator
from shared.channels.whatsapp.simulator.server import serve_whatsapp


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the process says at its end. `copies`: messages that a patient has more than once."""

    messages: int
    copies: int
    posts_given_up: int
    cpu_s: float


class RunningSimulator:
    """`url`: of its Graph API."""

    def __init__(self, url: str, line: Connection) -> None:
        self.url = url
        self._line = line

    def cpu_s(self) -> float:
        """Seconds of CPU that it has used so far."""
        self._line.send("cpu")
        return float(self._line.recv())

    def ledger(self) -> Ledger:
        self._line.send("ledger")
        told: Ledger = self._line.recv()
        return told


@contextmanager
def simulator_process(
    accounts: Sequence[dict[str, str]], webhook_urls: Sequence[str], together: int
) -> Iterator[RunningSimulator]:
    """One number for each account, each with its own webhook; at most `together` receipts in one post."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_simulate, args=(theirs, accounts, webhook_urls, together), daemon=True)
    process.start()
    try:
        yield RunningSimulator(str(ours.recv()), ours)
    finally:
        ours.send("stop")
        process.join(10)
        ours.close()


def _simulate(line: Connection, accounts: Sequence[dict[str, str]], webhook_urls: Sequence[str], together: int) -> None:
    asyncio.run(_serve(line, accounts, webhook_urls, together))


async def _serve(
    line: Connection, accounts: Sequence[dict[str, str]], webhook_urls: Sequence[str], together: int
) -> None:
    credentials = [WhatsAppCredentials.from_mapping(account) for account in accounts]
    simulator = WhatsAppSimulator(*credentials, limits=PaceLimits(pair_every_s=0), together=together)
    for account, url in zip(credentials, webhook_urls, strict=True):
        simulator.set_webhook(url, account.phone_number_id)
    loop, asked = asyncio.get_running_loop(), asyncio.Queue[Any]()
    loop.add_reader(line.fileno(), lambda: asked.put_nowait(line.recv()))
    async with serve_whatsapp(simulator) as url:
        line.send(url)
        while (question := await asked.get()) != "stop":
            line.send(time.process_time() if question == "cpu" else _ledger(simulator))
    loop.remove_reader(line.fileno())


def _ledger(simulator: WhatsAppSimulator) -> Ledger:
    entries, copies = len(simulator.ledger.entries), len(simulator.ledger.duplicates())
    return Ledger(entries, copies, simulator.agenda.given_up, time.process_time())
