"""Tells subscribers: one POST over a connection of its own, that goes nowhere else and waits for nobody long.

No redirect is followed and no proxy used, since httpcore does neither by itself. Of the answer only the status and
Retry-After are read. URLs are secrets: no exception that could show one leaves this file.
"""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpcore

from shared.clock import Clock
from shared.errors import InvalidInput
from shared.subscribers.callback_url import CallbackUrl, Domain, read_callback_url
from shared.subscribers.contract import Answered, NotPosted
from shared.subscribers.guarded import GuardedNetwork, NotPublic, Resolve, look_up, public_addresses

CONNECT_S, READ_S, WHOLE_S = 5.0, 10.0, 15.0  # a flow is started, not waited for: it answers 202 within a second
AT_ONCE = 64
LONGEST_WAIT_S = 86_400.0  # of a Retry-After

_HEADERS = ((b"Content-Type", b"application/json; charset=utf-8"), (b"User-Agent", b"patient-messaging"))


class Poster:
    """Implements `contract.Subscribers`."""

    def __init__(
        self,
        domains: Sequence[Domain],
        tls: ssl.SSLContext,
        clock: Clock,
        resolve: Resolve = look_up,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """`tls`: whose certificates count. `resolve`, `network`: names to addresses, addresses to connections."""
        self._domains = domains
        self._clock = clock
        self._resolve = resolve
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=AT_ONCE,
            max_keepalive_connections=0,  # so that each delivery is looked up and checked anew
            network_backend=GuardedNetwork(resolve, network or httpcore.AnyIOBackend()),
        )

    async def check(self, callback_url: str) -> None:
        url = read_callback_url(callback_url, self._domains)
        try:
            async with asyncio.timeout(CONNECT_S):
                await public_addresses(self._resolve, url.host, url.port)
        except NotPublic:
            raise InvalidInput("The callback URL leads to an address that is not public.") from None
        except (OSError, UnicodeError):
            raise InvalidInput("The host of the callback URL was not found. Please save the flow again.") from None

    async def post(self, callback_url: str, body: bytes) -> Answered | NotPosted:
        try:
            url = read_callback_url(callback_url, self._domains)
            async with asyncio.timeout(WHOLE_S):
                return await self._post(url, body)
        except (InvalidInput, NotPublic):
            return NotPosted.NOT_ALLOWED
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
            return NotPosted.NO_ANSWER
        except (OSError, UnicodeError):  # not found, certificate refused, and the time-out above
            return NotPosted.NO_ANSWER

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _post(self, url: CallbackUrl, body: bytes) -> Answered:
        """The body of the answer is not read: closing ends the connection with all that is still to come."""
        where = httpcore.URL(scheme=b"https", host=url.host.encode(), port=url.port, target=url.target)
        waits = {"connect": CONNECT_S, "read": READ_S, "write": READ_S, "pool": CONNECT_S}
        host = url.host if url.port == 443 else f"{url.host}:{url.port}"
        headers = [(b"Host", host.encode()), *_HEADERS, (b"Content-Length", str(len(body)).encode())]
        async with self._pool.stream(
            b"POST", where, headers=headers, content=body, extensions={"timeout": waits}
        ) as answer:
            said = {name.lower(): value for name, value in answer.headers}
            return Answered(answer.status, self._retry_after(said.get(b"retry-after", b"").decode("latin-1")))

    def _retry_after(self, said: str) -> float | None:
        """Seconds, or an HTTP date (RFC 9110, 10.2.3); None for anything else."""
        try:
            if said.isascii() and said.isdigit():
                return min(float(said), LONGEST_WAIT_S)
            at = parsedate_to_datetime(said)
        except (ValueError, OverflowError):
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(max(0.0, (at - self._clock.now()).total_seconds()), LONGEST_WAIT_S)
