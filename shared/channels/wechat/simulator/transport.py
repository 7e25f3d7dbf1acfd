"""The simulator as an httpx transport, and httpx as the way of its callbacks."""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import cache

import httpx

from shared.channels.wechat.simulator.exchange import Lost, Reply, Request

Exchange = Callable[[Request], Awaitable[Reply | Lost]]

_ERRORS: Mapping[Lost, type[httpx.TransportError]] = {
    Lost.REFUSED: httpx.ConnectError,
    Lost.RESET: httpx.ReadError,
    Lost.TIMEOUT: httpx.ReadTimeout,
}


class SimulatorTransport(httpx.AsyncBaseTransport):
    """Mock mode: the channel runs unchanged and nothing leaves the process."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        query = dict(request.url.params)
        result = await self._exchange(Request(request.method, request.url.path, query, body))
        if isinstance(result, Lost):
            raise _ERRORS[result](f"simulated: {result}", request=request)
        headers = {"Content-Type": "application/json; encoding=utf-8"}
        return httpx.Response(result.status, headers=headers, content=result.body, request=request)


@cache
def _trust() -> ssl.SSLContext:
    """Read once: reading all certificates for every callback would cost more than the callback."""
    return httpx.create_ssl_context()


async def post_by_httpx(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    """Posts a callback. Raises OSError for no answer."""
    try:
        async with httpx.AsyncClient(timeout=10.0, verify=_trust()) as client:
            response = await client.post(url, headers=dict(headers), content=body)
    except httpx.HTTPError as error:
        raise OSError(type(error).__name__) from None
    return response.status_code, response.text
