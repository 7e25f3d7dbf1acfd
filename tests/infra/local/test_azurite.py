"""Azurite as our child: starts, keeps accounts apart, and never outlives us."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from azure.storage.queue.aio import QueueServiceClient

from infra.local.azurite import Azurite, AzuriteError
from tests.conftest import ROOT

KEEP_ONE = """
import sys, time
from infra.local.azurite import Azurite
with Azurite() as azurite:
    print(azurite.process_id, flush=True)
    time.sleep(60)
"""


async def queue_names(connection_string: str) -> list[str]:
    async with QueueServiceClient.from_connection_string(connection_string) as service:
        return [queue.name async for queue in service.list_queues()]


async def make_queue(connection_string: str, name: str) -> None:
    async with QueueServiceClient.from_connection_string(connection_string) as service:
        await service.create_queue(name)


async def test_every_account_has_storage_of_its_own(azurite: Azurite) -> None:
    first, second = azurite.empty_account(), azurite.empty_account()
    await make_queue(first, "mine")
    assert await queue_names(first) == ["mine"]
    assert await queue_names(second) == []


async def test_what_is_on_disk_is_there_at_the_next_start(tmp_path: Path) -> None:
    for expected in ([], ["kept"]):
        async with Azurite(tmp_path / "storage") as azurite:
            assert await queue_names(azurite.connection_string) == expected
            if not expected:
                await make_queue(azurite.connection_string, "kept")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_it_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", KEEP_ONE], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
    deadline = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child)


def is_alive(process_id: int) -> bool:
    """A zombie that nobody has collected yet is not alive."""
    try:
        os.kill(process_id, 0)
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AzuriteError, match="is taken"):
            Azurite(ports=(port, port, port)).__enter__()
