"""The host's own endpoints under /admin. Like Core Tools on a developer's machine, they ask for no key."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from aiohttp import web

from infra.local.host.engine import IndexedFunction


class Host(Protocol):
    """What the endpoints need of the host."""

    @property
    def functions(self) -> Mapping[str, IndexedFunction]: ...

    @property
    def url(self) -> str: ...

    def run_by_hand(self, name: str, text: str) -> Awaitable[Any]: ...


def admin_endpoints(host: Host) -> web.Application:
    """An application for `/admin`: list functions, fire one by hand, say how the host is."""
    endpoints = _Endpoints(host)
    application = web.Application()
    application.router.add_get("/functions", endpoints.list_functions)
    application.router.add_get("/functions/{name}", endpoints.show_function)
    application.router.add_post("/functions/{name}", endpoints.fire)
    application.router.add_get("/host/status", endpoints.status)
    application.router.add_get("/host/ping", endpoints.ping)
    return application


class _Endpoints:
    def __init__(self, host: Host) -> None:
        self._host = host
        self._started = time.monotonic()
        self._running: set[asyncio.Task[Any]] = set()

    async def list_functions(self, _: web.Request) -> web.Response:
        functions = self._host.functions.values()
        return web.json_response([_description(function, self._host.url) for function in functions])

    async def show_function(self, request: web.Request) -> web.Response:
        function = self._host.functions.get(request.match_info["name"])
        if function is None:
            return web.Response(status=404)
        return web.json_response(_description(function, self._host.url))

    async def fire(self, request: web.Request) -> web.Response:
        function = self._host.functions.get(request.match_info["name"])
        if function is None:
            return web.Response(status=404)
        text = _input(await request.read())
        if text is None or function.trigger.type == "httpTrigger":
            return web.Response(status=400)
        task = asyncio.ensure_future(self._host.run_by_hand(function.name, text))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return web.Response(status=202)

    async def status(self, _: web.Request) -> web.Response:
        uptime_ms = int((time.monotonic() - self._started) * 1000)
        return web.json_response({"id": "development-host", "state": "Running", "processUptime": uptime_ms})

    async def ping(self, _: web.Request) -> web.Response:
        return web.Response(status=200)


def _input(body: bytes) -> str | None:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    given = content.get("input", "")
    return given if isinstance(given, str) else json.dumps(given)


def _description(function: IndexedFunction, url: str) -> dict[str, Any]:
    return {
        "name": function.name,
        "href": f"{url}/admin/functions/{function.name}",
        "language": "python",
        "config": {"bindings": [dict(binding.properties) for binding in function.bindings]},
    }
