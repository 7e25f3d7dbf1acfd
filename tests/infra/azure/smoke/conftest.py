"""A server that answers as the app does, and on demand in one thing otherwise."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from functions.interface.operation import Guard
from functions.interface.table import OPERATIONS
from shared.pages.prescription import headers

KEY = "pm_key-of-the-smoke-test"
Reply = Callable[[web.Request], web.Response]


def refusal(status: int, code: str, message: str = "No.", **more: str) -> web.Response:
    body = {"error": {"code": code, "message": message, "details": []}}
    return web.json_response(body, status=status, headers=more)


def account(*, ok: bool = True) -> Mapping[str, object]:
    circuit = {"state": "closed", "reasonText": None}
    return {"channel": "whatsapp", "account": "default", "ok": ok, "findings": ["It works."], "circuit": circuit}


@dataclass
class LikeTheApp:
    """`otherwise`: in the place of what the app answers, by a pattern of `METHOD path`."""

    url: str = ""
    otherwise: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.Response:
        asked = f"{request.method} {request.path_qs}"
        self.asked.append(asked)
        self.keys.add(request.headers.get("x-api-key", ""))
        for pattern, reply in self.otherwise.items():
            if re.search(pattern, asked):
                return reply(request)
        return _as_the_app_does(request)


def _as_the_app_does(request: web.Request) -> web.Response:
    path = request.path
    if path == "/api/health":
        return web.json_response({"status": "ok"})
    if path.startswith("/api/webhooks/"):
        return refusal(403, "callback_refused")
    if path.startswith("/api/p/"):
        return web.Response(status=404, text="<h1>This page is gone</h1>", headers=headers(), content_type="text/html")
    operation = next((one for one in OPERATIONS.values() if _is_call_of(one.method, one.route, request)), None)
    if operation is None:
        return web.Response(status=404)
    if operation.guard is Guard.LINK:
        return web.Response(status=operation.status)
    if request.headers.get("x-api-key") == KEY and operation.id == "TestConnection":
        return web.json_response({"value": [account()]})
    return refusal(401, "unauthenticated", **{"WWW-Authenticate": "Bearer"})


def _is_call_of(method: str, route: str, request: web.Request) -> bool:
    pattern = re.sub(r"\{\w+\}", "[^/]+", route)
    return request.method == method and re.fullmatch(f"/api/{pattern}", request.path) is not None


@pytest.fixture
async def server() -> AsyncIterator[LikeTheApp]:
    like = LikeTheApp()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", like.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    like.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield like
    await runner.cleanup()
