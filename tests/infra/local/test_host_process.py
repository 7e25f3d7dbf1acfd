"""The host as a process: `python -m infra.local.host`."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.conftest import ROOT

START_LIMIT_S = 20


@asynccontextmanager
async def process(app: Path, connection_string: str, port: int = 0) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.local.host", "--port", str(port), "--app", str(app),
        cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"AzureWebJobsStorage": connection_string, "OUT_QUEUE": "q", "WORK_QUEUE": "work"},
    )  # fmt: skip
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def url_of(started: asyncio.subprocess.Process) -> str:
    assert started.stderr is not None
    async with asyncio.timeout(START_LIMIT_S):
        while line := (await started.stderr.readline()).decode():
            if found := re.search(r"listening on (http://127\.0\.0\.1:\d+) after [\d.]+ s", line):
                return found[1]
    raise AssertionError("the host ended before it listened")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_after_what_runs(
    session: aiohttp.ClientSession, apps: Path, empty_storage: str, signal_number: signal.Signals
) -> None:
    async with process(apps / "queues", empty_storage) as started:
        url = await url_of(started)
        body = {"input": "slow"}  # runs for 1.5 s
        async with session.post(f"{url}/admin/functions/work", json=body) as answer:
            assert answer.status == 202
        await asyncio.sleep(0.1)
        begun = asyncio.get_running_loop().time()
        started.send_signal(signal_number)
        async with asyncio.timeout(START_LIMIT_S):
            assert await started.wait() == 0
        assert asyncio.get_running_loop().time() - begun > 0.8


async def test_a_taken_port_is_said_in_one_line(apps: Path, empty_storage: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with process(apps / "http", empty_storage, port=taken.getsockname()[1]) as started:
            _, errors = await started.communicate()
    assert started.returncode == 1
    assert errors.decode().splitlines()[-1].startswith("cannot listen on port")


async def test_an_app_that_the_engine_refuses_ends_it_with_the_engines_words(
    tmp_path: Path, empty_storage: str
) -> None:
    (tmp_path / "function_app.py").write_text("raise RuntimeError('no settings')\n")
    async with process(tmp_path, empty_storage) as started:
        _, errors = await started.communicate()
    assert started.returncode == 2
    assert "RuntimeError: no settings" in errors.decode()
