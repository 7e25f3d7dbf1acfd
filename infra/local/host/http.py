"""HTTP triggers: listener, routing, function keys, and the translation between aiohttp and the engine.

What reaches the engine follows GrpcMessageConversionExtensions of azure-functions-host: header names in lower case,
repeated headers and query values joined by commas, empty ones left out, the body as the bytes that were sent.
A path or a method that no route takes is 404 with an empty body (azure-functions-host#10098, open); so is HEAD on a
GET route (#11625).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web
from multidict import CIMultiDict

from infra.local.host import wire
from infra.local.host.engine import IndexedFunction
from infra.local.host.invocations import Invoker
from infra.local.host.routes import RESERVED_PREFIXES, Route, RouteError, RouteTable
from infra.local.host.settings import HostSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SHUTDOWN_S = 60.0


class HttpListener:
    """Every HTTP-triggered function of an app, and the host's own endpoints, on one loopback port."""

    def __init__(
        self, functions: Iterable[IndexedFunction], settings: HostSettings, invoker: Invoker, admin: web.Application
    ) -> None:
        self._functions = {function.name: function for function in functions}
        self._table = RouteTable(_route(function, settings.route_prefix) for function in self._functions.values())
        self._key = settings.function_key
        self._invoker = invoker
        application = web.Application(client_max_size=settings.body_limit_bytes)
        application.add_subapp("/admin", admin)
        application.router.add_route("*", "/{path:.*}", self._answer)
        # A body is handed on as it was sent: signatures are made over those bytes.
        self._runner = web.AppRunner(
            application, access_log=None, auto_decompress=False, shutdown_timeout=SHUTDOWN_S, handle_signals=False
        )
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one. Raises OSError when the port is taken."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port, backlog=512).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Accept nothing new, let running requests end, close."""
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        found = self._table.match(request.method, request.rel_url.raw_path)
        if found is None:
            return web.Response(status=404)
        function, route_params = self._functions[found[0]], found[1]
        if not self._admits(function, request):
            return web.Response(status=401)
        value = await _http_input(request, route_params)
        outcome = await self._invoker.run(function, value, trace_parent=request.headers.get("traceparent", ""))
        if outcome.failure is not None:
            return web.Response(status=500)
        return _response(outcome.return_value)

    def _admits(self, function: IndexedFunction, request: web.Request) -> bool:
        if str(function.trigger.properties.get("authLevel", "function")).lower() == "anonymous":
            return True
        given = request.headers.get("x-functions-key") or request.query.get("code", "")
        return hmac.compare_digest(given.encode(), self._key.encode())


def _route(function: IndexedFunction, prefix: str) -> Route:
    template = str(function.trigger.properties.get("route") or function.name).strip("/")
    if not prefix and template.lower().split("/")[0] in RESERVED_PREFIXES:
        raise RouteError(f"{function.name}: the route conflicts with the host's own endpoints")
    methods = function.trigger.properties.get("methods")
    return Route.parse(f"{prefix}/{template}", methods, function.name)


async def _http_input(request: web.Request, route_params: Mapping[str, str]) -> wire.Message:
    return wire.Message(
        http=wire.Message(
            method=request.method,
            url=str(request.url),
            headers=_joined((name.lower(), value) for name, value in request.headers.items()),
            params=dict(route_params),
            query=_joined(request.query.items()),
            body=wire.Message(bytes=await request.read()),
        )
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    spelling: dict[str, str] = {}  # names compare without case; the first spelling is kept
    for name, value in pairs:
        known = spelling.setdefault(name.lower(), name)
        values[known] = f"{values[known]},{value}" if known in values else value
    return {name: value for name, value in values.items() if value}


def _response(returned: wire.Message | None) -> web.Response:
    if returned is None:
        return web.Response(status=204)
    if returned.WhichOneof("data") != "http":
        return web.Response(text=str(returned.string))
    http = returned.http
    headers: CIMultiDict[str] = CIMultiDict(http.headers)
    headers.popall("content-length", None)
    response = web.Response(status=int(http.status_code), headers=headers, body=_body(http.body))
    for cookie in http.cookies or ():
        _set_cookie(response, cookie)
    return response


def _body(body: wire.Message | None) -> bytes:
    if body is None:
        return b""
    return body.bytes if body.WhichOneof("data") == "bytes" else str(body.string).encode()


def _set_cookie(response: web.Response, cookie: wire.RpcHttpCookie) -> None:
    def given(field: wire.Message | None) -> str | None:
        return None if field is None else str(field.value)

    response.set_cookie(
        cookie.name,
        cookie.value,
        domain=given(cookie.domain),
        path=given(cookie.path) or "/",
        max_age=None if cookie.max_age is None else int(cookie.max_age.value),
        secure=cookie.secure is not None and cookie.secure.value,
        httponly=cookie.http_only is not None and cookie.http_only.value,
        samesite=cookie.same_site or None,
    )
