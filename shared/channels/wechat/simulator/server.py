"""The simulator as a server on 127.0.0.1, for other processes and other people's clients. Only this imports aiohttp."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from shared.channels.wechat.simulator.control import PREFIX, control
from shared.channels.wechat.simulator.exchange import Lost, Reply, Request
from shared.channels.wechat.simulator.simulator import WeChatSimulator

HOLD_S = 60.0
"""How long a call that is to time out stays open, unless the caller goes first."""


@asynccontextmanager
async def serve_wechat(simulator: WeChatSimulator, port: int = 0) -> AsyncIterator[str]:
    """Serves on 127.0.0.1 (0: a free port) until the block ends; open calls are dropped then. Yields the base URL."""
    app = web.Application(client_max_size=2 * 1024 * 1024)

    async def answer(heard: web.Request) -> web.StreamResponse:
        return await _answer(simulator, heard)

    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await simulator.aclose()
        await runner.cleanup()


async def _answer(simulator: WeChatSimulator, heard: web.Request) -> web.StreamResponse:
    body = await heard.read()
    request = Request(heard.method, heard.path, dict(heard.query), body, heard.remote or "127.0.0.1")
    if request.path.startswith(PREFIX):
        return _response(await control(simulator, request))
    result = await simulator.exchange(request)
    if isinstance(result, Reply):
        return _response(result)
    if result is Lost.TIMEOUT:
        await asyncio.sleep(HOLD_S)
    if heard.transport is not None:
        heard.transport.abort()
    return web.Response(status=500)  # nobody hears it: the connection is gone


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, content_type="application/json", charset="utf-8")
