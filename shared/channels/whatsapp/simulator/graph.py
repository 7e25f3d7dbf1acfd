"""The simulated Graph API: the calls that this service makes, under Meta's own paths."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shared.channels.whatsapp.simulator.graph_answer import GraphAnswer, Refused
from shared.channels.whatsapp.simulator.numbers import SimulatedNumber, SimulatedNumbers
from shared.channels.whatsapp.simulator.simulated_templates import SimulatedTemplates

Send = Callable[[SimulatedNumber, Mapping[str, Any]], Awaitable[GraphAnswer]]

_PATH = re.compile(r"/v\d+\.\d+/(?P<id>\d+)(?:/(?P<edge>[a-z_]+))?/?")


class Graph:
    """Answers `method path` as Meta does; sends go on to `send`."""

    def __init__(self, numbers: SimulatedNumbers, templates: SimulatedTemplates, send: Send) -> None:
        self._numbers = numbers
        self._templates = templates
        self._send = send

    async def answer(
        self, method: str, path: str, authorization: str, query: Mapping[str, str], body: bytes
    ) -> GraphAnswer:
        """Raises NoAnswer where a fault wants it so."""
        try:
            return await self._route(method, path, authorization, query, body)
        except Refused as refused:
            return refused.answer()

    async def _route(
        self, method: str, path: str, authorization: str, query: Mapping[str, str], body: bytes
    ) -> GraphAnswer:
        place = _PATH.fullmatch(path)
        if place is None:
            raise Refused(100, "Unknown path components.", http=400)
        object_id, edge = place["id"], place["edge"] or ""
        self._numbers.authorised(authorization, object_id)
        number = self._numbers.find(object_id)
        if number is None:
            return self._account(method, edge, object_id, query, body)
        if (method, edge) == ("POST", "messages"):
            return await self._send(number, _json(body))
        if (method, edge) == ("GET", ""):
            return GraphAnswer(200, _only(number.described(), query.get("fields", "id")))
        if (method, edge) == ("GET", "message_history"):
            return _history(number, query.get("message_id", ""))
        raise Refused(100, "Unsupported request method or edge.", http=400)

    def _account(self, method: str, edge: str, account: str, query: Mapping[str, str], body: bytes) -> GraphAnswer:
        if (method, edge) == ("GET", "message_templates"):
            return _page(self._templates.listed(), query)
        if (method, edge) == ("POST", "message_templates"):
            made = self._templates.create(_json(body), status="PENDING")
            return GraphAnswer(200, {"id": "1999", "status": made.status, "category": made.category})
        if (method, edge) == ("GET", "subscribed_apps"):
            subscribed = any(number.subscribed for number in self._numbers.of_account(account))
            app = {"whatsapp_business_api_data": {"id": "300000000000001", "name": "Patient Messaging"}}
            return GraphAnswer(200, {"data": [app] if subscribed else []})
        raise Refused(100, "Unsupported request method or edge.", http=400)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        raise Refused(100, "The request body is not valid JSON.") from None
    if not isinstance(read, dict):
        raise Refused(100, "The request body must be an object.")
    return read


def _only(described: Mapping[str, Any], fields: str) -> dict[str, Any]:
    wanted = {"id", *(name.strip() for name in fields.split(","))}
    return {name: value for name, value in described.items() if name in wanted}


def _page(rows: list[dict[str, object]], query: Mapping[str, str]) -> GraphAnswer:
    size = max(1, int(query["limit"])) if query.get("limit", "").isdigit() else 25
    start = int(query["after"]) if query.get("after", "").isdigit() else 0
    paging = {"cursors": {"before": str(start), "after": str(start + size)}}
    return GraphAnswer(200, {"data": rows[start : start + size], "paging": paging})


def _history(number: SimulatedNumber, provider_id: str) -> GraphAnswer:
    """Cloud API OpenAPI description, message_history."""
    events = [
        {
            "id": hashlib.sha256(f"{provider_id}{index}".encode()).hexdigest()[:15],
            "delivery_status": status.upper(),
            "timestamp": int(at.timestamp()),
            "webhook_update_state": "DELIVERED",
        }
        for index, (status, at) in enumerate(number.history.get(provider_id, ()))
    ]
    record = {"id": "1", "message_id": provider_id, "events": {"data": events}}
    return GraphAnswer(200, {"data": [record] if events else [], "paging": {}})
