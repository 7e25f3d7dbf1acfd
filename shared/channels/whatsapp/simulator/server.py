"""The simulator as a real server on 127.0.0.1, with a small control interface for a person with curl.

    curl $URL/_simulator/ledger                                        what patients received
    curl $URL/_simulator/ledger -X DELETE
    curl $URL/_simulator/faults -d '{"kind": "timeout_after", "times": 2, "to": "+447700900123"}'
    curl $URL/_simulator/faults -d '{"kind": "error", "code": 130429, "retryAfter": 3}'
    curl $URL/_simulator/faults -X DELETE
    curl $URL/_simulator/receipts -d '{"script": "out_of_order", "times": 1}'
    curl $URL/_simulator/patients -d '{"from": "+447700900123", "text": "1"}'
    curl $URL/_simulator/patients -d '{"from": "+447700900123", "press": "1"}'
    curl $URL/_simulator/patients -d '{"from": "+447700900123", "stopMarketing": true}'
    curl $URL/_simulator/templates -d '{"name": "appointment_reminder", "language": "en_GB", "status": "PAUSED"}'
    curl $URL/_simulator/webhook -d '{"url": "http://127.0.0.1:7071/api/webhooks/whatsapp"}'

Everything else is Meta's: /v25.0/<phone number id>/messages and so on.
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.channels.whatsapp.simulator.graph_answer import NoAnswer, Silence
from shared.channels.whatsapp.simulator.simulator import WhatsAppSimulator
from shared.channels.whatsapp.simulator.transport import content_of, headers_of

_HOLD_S = 60.0  # how long an answer that never comes keeps a client waiting
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close sends RST

Order = Callable[[WhatsAppSimulator, dict[str, Any]], Awaitable[object]]


@asynccontextmanager
async def serve_whatsapp(simulator: WhatsAppSimulator, port: int = 0) -> AsyncIterator[str]:
    """Yields the base URL; stops by itself, also calls that are still held."""
    stopping = asyncio.Event()
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.add_routes([web.route("*", "/_simulator/{what}", _control(simulator))])
    app.add_routes([web.route("*", "/{path:.*}", _graph(simulator, stopping))])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        host, bound = runner.addresses[0][:2]
        yield f"http://{host}:{bound}"
    finally:
        stopping.set()
        await runner.cleanup()
        await simulator.aclose()


def _graph(
    simulator: WhatsAppSimulator, stopping: asyncio.Event
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        authorization = request.headers.get("Authorization", "")
        try:
            answer = await simulator.graph.answer(
                request.method, request.path, authorization, dict(request.query), body
            )
        except NoAnswer as silent:
            if silent.silence is Silence.TIMEOUT:
                await _hold(request, stopping)
            _cut(request)
            return web.Response(status=500)  # written to nobody
        headers = headers_of(answer)
        content_type = headers.pop("Content-Type")
        return web.Response(
            status=answer.status, body=content_of(answer), headers={**headers, "Content-Type": content_type}
        )

    return handle


async def _hold(request: web.Request, stopping: asyncio.Event) -> None:
    """Until the client has gone, the server stops, or a minute is over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _HOLD_S
    while not stopping.is_set() and loop.time() < until:
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.02)


def _cut(request: web.Request) -> None:
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    request.transport.abort()


def _control(simulator: WhatsAppSimulator) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        order = _ORDERS.get((request.method, request.match_info["what"]))
        if order is None:
            return web.Response(status=404, text=__doc__ or "")
        try:
            wish = json.loads(await request.text() or "{}")
            return web.json_response({"done": True, "result": await order(simulator, wish)})
        except (LookupError, ValueError, TypeError, AttributeError) as wrong:
            return web.json_response({"done": False, "error": f"{type(wrong).__name__}: {wrong}"}, status=400)

    return handle


async def _show_ledger(simulator: WhatsAppSimulator, _: dict[str, Any]) -> object:
    return [
        {
            "to": entry.to,
            "text": entry.text,
            "at": entry.at.isoformat(),
            "reference": entry.reference,
            "providerId": entry.provider_id,
            "count": simulator.ledger.count(entry.reference) if entry.reference else 1,
            "buttons": dict(entry.buttons),
            "link": entry.link,
        }
        for entry in simulator.ledger.entries
    ]


async def _clear_ledger(simulator: WhatsAppSimulator, _: dict[str, Any]) -> None:
    simulator.ledger.clear()


async def _show_faults(simulator: WhatsAppSimulator, _: dict[str, Any]) -> object:
    return simulator.faults.waiting()


async def _order_fault(simulator: WhatsAppSimulator, wish: dict[str, Any]) -> None:
    simulator.fault(
        FaultKind(wish["kind"]),
        times=int(wish.get("times", 1)),
        to=str(wish.get("to", "")),
        code=int(wish.get("code", 131000)),
        delay_s=float(wish.get("delay", 0.2)),
        retry_after_s=int(wish.get("retryAfter", 0)),
        usage_minutes=int(wish.get("usageMinutes", 0)),
    )


async def _clear_faults(simulator: WhatsAppSimulator, _: dict[str, Any]) -> None:
    simulator.faults.clear()


async def _order_script(simulator: WhatsAppSimulator, wish: dict[str, Any]) -> None:
    simulator.script(str(wish["script"]), int(wish.get("times", 1)), str(wish.get("to", "")))


async def _act_as_patient(simulator: WhatsAppSimulator, wish: dict[str, Any]) -> object:
    sender, to = str(wish["from"]), str(wish.get("to", ""))
    if "press" in wish:
        return await simulator.patients.press(sender, str(wish["press"]), to=to)
    if "stopMarketing" in wish:
        await simulator.patients.set_marketing(sender, stop=bool(wish["stopMarketing"]), to=to)
        return None
    return await simulator.patients.write(sender, str(wish["text"]), to=to)


async def _set_template(simulator: WhatsAppSimulator, wish: dict[str, Any]) -> None:
    await simulator.set_template_status(str(wish["name"]), str(wish["language"]), str(wish["status"]))


async def _set_webhook(simulator: WhatsAppSimulator, wish: dict[str, Any]) -> None:
    simulator.set_webhook(str(wish["url"]), str(wish.get("phoneNumberId", "")))


_ORDERS: dict[tuple[str, str], Order] = {
    ("GET", "ledger"): _show_ledger,
    ("DELETE", "ledger"): _clear_ledger,
    ("GET", "faults"): _show_faults,
    ("POST", "faults"): _order_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "receipts"): _order_script,
    ("POST", "patients"): _act_as_patient,
    ("POST", "templates"): _set_template,
    ("POST", "webhook"): _set_webhook,
}
