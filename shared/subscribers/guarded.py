"""The network as seen from here: a name is looked up once, every address must be public, and one of them is called.

Sits under the TLS and HTTP of httpcore, so the certificate is still checked for the name. There is no second look-up by
which the name could come to mean something else, and nothing here switches the check off: tests give another resolver,
and another way from a public address to a socket.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore

from shared.subscribers.addresses import is_public

MOST_ADDRESSES = 3  # that are tried, one after the other

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> its addresses. Raises OSError where there are none."""


class NotPublic(Exception):
    """The name leads to an address that is not out on the internet."""


async def look_up(host: str, port: int) -> Sequence[str]:
    """By the machine's own resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def public_addresses(resolve: Resolve, host: str, port: int) -> Sequence[str]:
    """Raises NotPublic if even one of them is not; OSError."""
    found = list(dict.fromkeys(await resolve(host, port)))
    if not found:
        raise OSError("no address")
    if not all(map(is_public, found)):
        raise NotPublic
    return found


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """What httpcore opens its connections with. `inner`: how an address becomes a connection."""

    def __init__(self, resolve: Resolve, inner: httpcore.AsyncNetworkBackend) -> None:
        self._resolve = resolve
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises NotPublic, OSError, and what httpcore raises."""
        addresses = (await public_addresses(self._resolve, host, port))[:MOST_ADDRESSES]
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise NotPublic

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)
