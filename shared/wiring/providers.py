"""How providers are reached: over the network, or as simulators in this process (mock mode)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from shared.clock import Clock
from shared.wiring.channels import CHANNELS

if TYPE_CHECKING:
    import httpx

type Deliver = Callable[[str, str, Mapping[str, str], Mapping[str, str], bytes], Awaitable[str]]
"""Works through a callback in this process: channel, account, query, headers, body. Gives the text of the answer."""


class Network:
    """The real thing. One client for all: building one costs 39 ms of CPU (azure.md 0.7)."""

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None

    def client(self, _channel: str, _account: str, _secrets: Mapping[str, str]) -> "httpx.AsyncClient":
        return self.http()

    def http(self) -> "httpx.AsyncClient":
        import httpx

        if self._http is None:
            limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
            self._http = httpx.AsyncClient(timeout=httpx.Timeout(10, connect=3), limits=limits)
        return self._http

    async def aclose(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()


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
