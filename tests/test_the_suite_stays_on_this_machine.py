"""The guard in conftest.py: no test reaches a foreign address, by whatever library."""

from __future__ import annotations

import socket

import httpx
import pytest

from tests.conftest import ForeignAddressError

DOCUMENTATION_ADDRESS = "192.0.2.1"  # RFC 5737: belongs to nobody


def test_a_foreign_address_is_refused() -> None:
    with socket.socket() as one, pytest.raises(ForeignAddressError):
        one.connect((DOCUMENTATION_ADDRESS, 80))


def test_a_foreign_name_is_not_even_looked_up() -> None:
    with pytest.raises(ForeignAddressError):
        socket.getaddrinfo("example.org", 443)


async def test_an_http_client_does_not_get_out_either() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises((ForeignAddressError, ExceptionGroup)):  # anyio tries addresses in a group
            await client.get(f"http://{DOCUMENTATION_ADDRESS}/")


def test_loopback_is_open() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(("localhost", server.getsockname()[1]), timeout=5):
            pass
