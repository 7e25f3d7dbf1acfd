"""Two ways into the simulator: an httpx transport, and a server on 127.0.0.1."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

from shared.sources.fhir_r4.simulator.wire import Call, Reply

FHIR_JSON = "application/fhir+json"

Answering = Callable[[Call], Reply]


class SimulatedTransport(httpx.AsyncBaseTransport):
    """Requests go straight to the simulator; a reset arrives as httpx reports one."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        call = Call(
            request.method,
            f"{url.scheme}://{url.netloc.decode()}",
            url.path,
            url.query.decode(),
            dict(request.headers),
            await request.aread(),
        )
        reply = self._answer(call)
        if reply.reset:
            raise httpx.ReadError("connection reset", request=request)
        headers = {"Content-Type": FHIR_JSON, **reply.headers}
        return httpx.Response(reply.status, headers=headers, content=reply.body, request=request)


@asynccontextmanager
async def served(answer: Answering, port: int) -> AsyncIterator[str]:
    """Gives scheme://host:port. Port 0: any free one."""
    from aiohttp import web

    async def handle(request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        origin = f"http://{request.host}"
        call = Call(
            request.method, origin, request.path, request.rel_url.raw_query_string, headers, await request.read()
        )
        reply = answer(call)
        if reply.reset and request.transport is not None:
            request.transport.abort()
        return web.Response(status=reply.status, headers={"Content-Type": FHIR_JSON, **reply.headers}, body=reply.body)

    application = web.Application(client_max_size=8 * 1024 * 1024)
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
