"""How providers are reached: over the network, or as simulators in this process (mock mode)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from shared.clock import Clock
from shared.wiring.channels import CHANNELS

if TYPE_CHECKING:
    import ssl

    import httpx

type Deliver = Callable[[str, str, Mapping[str, str], Mapping[str, str], bytes], Awaitable[str]]
"""Works through a callback in this process: channel, account, query, headers, body. Gives the text of the answer."""


class Network:
    """The real thing. One client for each account, and one for sources: a pool looks through all its connections for
    each request, and hands one to several that begin together (httpcore 1.0), so that small ones are quicker. What is
    dear to build, 39 ms of CPU (azure.md 0.7), is the TLS context, and they share it."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], httpx.AsyncClient] = {}
        self._tls: ssl.SSLContext | None = None

    def client(self, channel: str, account: str, _secrets: Mapping[str, str]) -> "httpx.AsyncClient":
        return self._client(channel, account)

    def http(self) -> "httpx.AsyncClient":
        """For everything that is no provider account."""
        return self._client("", "")

    def tls(self) -> "ssl.SSLContext":
        """Whose certificates count."""
        import httpx

        self._tls = self._tls or httpx.create_ssl_context()
        return self._tls

    async def aclose(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for http in clients:
            await http.aclose()

    def _client(self, channel: str, account: str) -> "httpx.AsyncClient":
        import httpx

        key = (channel, account)
        if key not in self._clients:
            limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
            timeout = httpx.Timeout(10, connect=3)
            self._clients[key] = httpx.AsyncClient(timeout=timeout, limits=limits, verify=self.tls())
        return self._clients[key]


class Mock:
    """Mock mode: each account talks to a simulator of its own; its callbacks take both halves of their way at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.deliver: Deliver | None = None  # set once the services stand

    def client(self, channel: str, account: str, secrets: Mapping[str, str]) -> "httpx.AsyncClient":
        import httpx

        async def post(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
            if self.deliver is None:
                return 503, ""
            query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
            lower = {key.lower(): value for key, value in headers.items()}
            return 200, await self.deliver(channel, account, query, lower, body)

        return httpx.AsyncClient(transport=CHANNELS[channel].mock(secrets, post, self._clock))
