"""What every test may use: an Azurite, storage of its own, a host, and no way out of this machine."""

from __future__ import annotations

import ipaddress
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from infra.local.azurite import Azurite
from infra.local.host.development_host import DevelopmentHost

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE_SETTINGS: Mapping[str, str] = json.loads((ROOT / "local.settings.json.example").read_text())["Values"]
EMPTY_ACCOUNTS = 2_000
LOCAL_NAMES = {"localhost", "", None}

# Other work on the machine is no fault of what is tested: nothing is judged by how long an example took.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

StartHost = Callable[..., Awaitable[DevelopmentHost]]


class ForeignAddressError(RuntimeError):
    """A test tried to reach something that is not this machine."""


def _is_local(host: Any) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_foreign_addresses(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: sees every connection and look-up of this process, whichever library makes it."""
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not _is_local(host):
        raise ForeignAddressError(f"{event}: tests talk to 127.0.0.1 only")


sys.addaudithook(_refuse_foreign_addresses)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a script: what tests start would inherit it, and never hear the Ctrl-C that ends it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """One in-memory Azurite for the whole run, with many empty accounts."""
    with Azurite(extra_accounts=EMPTY_ACCOUNTS) as instance:
        yield instance


@pytest.fixture(scope="session")
def connection_string(azurite: Azurite) -> str:
    """The account that all tests share: name your tables and queues so that nobody else uses them."""
    return azurite.connection_string


@pytest.fixture
def empty_storage(azurite: Azurite) -> str:
    """Connection string of an account that this test has for itself."""
    return azurite.empty_account()


@pytest.fixture
async def start_host(empty_storage: str) -> AsyncIterator[StartHost]:
    """Starts a development host on this test's own storage: `host = await start_host(app_dir, settings)`.

    It runs in this process on a free port with the settings of local.settings.json.example, prints nothing, and fires
    timers only by `host.fire`.
    """
    async with AsyncExitStack() as hosts:

        async def start(
            app_dir: Path | str = ROOT, settings: Mapping[str, str] | None = None, **options: Any
        ) -> DevelopmentHost:
            storage = {"AzureWebJobsStorage": empty_storage, "PATIENT_STORAGE_CONNECTION": empty_storage}
            merged = {**EXAMPLE_SETTINGS, **storage, **(settings or {})}
            host = DevelopmentHost(app_dir, merged, **{"timers": False, **options})
            return await hosts.enter_async_context(host)

        yield start
