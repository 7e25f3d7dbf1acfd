"""Azurite as a child process: Microsoft's storage emulator, started on loopback and ended with its parent.

Flags and their reasons: `--skipApiVersionCheck` because the SDKs speak newer API versions than 3.35.0 knows;
`--inMemoryPersistence` is refused together with a location, so in-memory instances get a scratch working directory.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import contextlib
import ctypes
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.tools import azurite_script, node_program

SERVICES = ("blob", "queue", "table")
START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
# Azurite's public account and key (learn.microsoft.com, storage-use-azurite, "Well-known storage account and key")
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class AzuriteError(RuntimeError):
    """Azurite did not start. The text holds the last lines that it wrote."""


class Azurite:
    """One instance, as a context manager (`with` or `async with`).

    `location` keeps data on disk; without it everything is in memory and gone at the end. `ports` are those of blob,
    queue and table; free ones are taken without them. `extra_accounts` more, empty accounts answer on the same ports.
    """

    def __init__(
        self, location: Path | None = None, ports: tuple[int, int, int] | None = None, extra_accounts: int = 0
    ) -> None:
        self._location = location
        self._ports = ports
        self._accounts = [ACCOUNT, *(f"account{number}" for number in range(1, extra_accounts + 1))]
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: Path | None = None
        self._handed_out = 0

    @property
    def connection_string(self) -> str:
        """Connection string of the first account."""
        return self._connection_string(ACCOUNT)

    @property
    def process_id(self) -> int | None:
        """Id of the running process, if there is one."""
        return None if self._process is None else self._process.pid

    def empty_account(self) -> str:
        """Connection string of an account that nobody else was given. Raises AzuriteError when none is left."""
        self._handed_out += 1
        if self._handed_out >= len(self._accounts):
            raise AzuriteError(f"all {len(self._accounts) - 1} extra accounts are handed out")
        return self._connection_string(self._accounts[self._handed_out])

    def start(self) -> None:
        """Start and wait until all three services answer. Raises AzuriteError."""
        for port in self._ports or ():
            if _answers(port):
                raise AzuriteError(f"port {port} is taken")
        self._ports = self._ports or _free_ports()
        self._scratch = Path(tempfile.mkdtemp(prefix="azurite-"))
        with (self._scratch / "azurite.log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command(self._ports),
                cwd=self._scratch,
                env=os.environ | {"AZURITE_ACCOUNTS": self._accounts_variable()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=sys.platform != "win32",  # Ctrl-C reaches us first; we end it when we are done
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - only calls prctl
            )
        atexit.register(self.stop)

    def wait_until_ready(self) -> None:
        """Return once all three ports answer. Raises AzuriteError if the process ends or time runs out."""
        deadline = time.monotonic() + START_LIMIT_S
        while not all(_answers(port) for port in self._ports or ()):
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                trouble = "ended at start" if ended else f"did not answer within {START_LIMIT_S:g} s"
                words = self._last_words()
                self.stop()
                raise AzuriteError(f"azurite {trouble}: {words}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the process that `start` began, and only that; a second call does nothing."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        atexit.unregister(self.stop)
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        await asyncio.to_thread(self.wait_until_ready)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _command(self, ports: tuple[int, int, int]) -> list[str]:
        command = [
            str(node_program()),
            str(azurite_script()),
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--silent",
        ]
        for service, port in zip(SERVICES, ports, strict=True):
            command += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
        if self._location is None:
            return [*command, "--inMemoryPersistence"]
        self._location.mkdir(parents=True, exist_ok=True)
        return [*command, "--location", str(self._location.resolve())]

    def _accounts_variable(self) -> str:
        return ";".join(f"{account}:{_key(account)}" for account in self._accounts)

    def _connection_string(self, account: str) -> str:
        if self._ports is None:
            raise AzuriteError("azurite is not started")
        endpoints = "".join(
            f"{service.title()}Endpoint=http://127.0.0.1:{port}/{account};"
            for service, port in zip(SERVICES, self._ports, strict=True)
        )
        return f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={_key(account)};{endpoints}"

    def _last_words(self) -> str:
        log = (self._scratch or Path()) / "azurite.log"
        lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
        return " / ".join(lines[-3:]) or "nothing was written"


def _key(account: str) -> str:
    # A short key: all accounts travel in one environment variable, which Linux limits to 128 KiB.
    return ACCOUNT_KEY if account == ACCOUNT else base64.b64encode(hashlib.sha256(account.encode()).digest()).decode()


def _free_ports() -> tuple[int, int, int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in SERVICES]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        blob, queue, table = (int(one.getsockname()[1]) for one in sockets)
    return blob, queue, table


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _die_with_parent() -> None:
    """In the child, before it becomes node: end when the parent ends, however that happens (prctl(2))."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
