"""What Power Automate and Power Apps do with a connector, from its swagger alone.

It knows of an operation only what the connector's file says: names that the file lacks are refused, parameters go where
the file puts them, answers must have the shape that the file promises. Calls are repeated as the platform repeats them.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from jsonschema import Draft4Validator

from infra.power_platform.swagger import described, followed, parameters

RETRIES = 8  # of a POST that timed out or was answered 408, 429 or 5xx (Power Automate, limits and configuration)
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_IN_PATH = re.compile(r"\{(\w+)\}")


class Refused(Exception):
    """An answer that is no success, with what a maker would read."""

    def __init__(self, status: int, body: str) -> None:
        self.status = status
        self.error: Mapping[str, Any] = json.loads(body).get("error", {}) if body.startswith("{") else {}
        super().__init__(f"{status}: {self.error.get('message', body)}")


class NotInTheConnector(Exception):
    """The maker's formula or flow names something that the connector's file does not have."""


@dataclass(frozen=True)
class Reply:
    """An answer as a flow sees it."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text) if self.text else None


type Send = Callable[[str, str, Mapping[str, str], bytes | None], Awaitable[Reply]]
"""(method, URL, headers, body): one request. Raises TimeoutError where no answer came in time."""


@dataclass(frozen=True)
class Operation:
    """One operation of the file. `parameters`: with what they refer to in their place."""

    id: str
    method: str
    path: str
    described: Mapping[str, Any]
    item: Mapping[str, Any]
    parameters: Sequence[Mapping[str, Any]]

    @property
    def success(self) -> Mapping[str, Any]:
        """The answer that has a schema."""
        answers = self.described["responses"]
        return next((answers[status] for status in ("200", "201") if status in answers), {})


@dataclass
class Connection:
    """A connector with the address and key that its connection was made with."""

    swagger: Mapping[str, Any]
    host: str  # scheme and all: on this machine there is no https
    key: str
    send: Send
    used: set[str] = field(default_factory=set)
    public_url: str = ""  # the app's address as others see it; here it leads to `host`

    def operations(self) -> Iterator[Operation]:
        for one in described(self.swagger):
            said, found = one.operation, parameters(one, self.swagger)
            yield Operation(said["operationId"], one.method.upper(), one.path, said, one.item, found)

    def operation(self, operation_id: str) -> Operation:
        found = next((one for one in self.operations() if one.id == operation_id), None)
        if found is None:
            raise NotInTheConnector(operation_id)
        return found

    async def run(self, operation_id: str, **given: Any) -> Any:
        """As an action of a flow: the body of the answer, or Refused. `given`: parameters, and fields of the body."""
        operation = self.operation(operation_id)
        reply = await self._repeated(operation, given)
        self.used.add(operation_id)
        if reply.status >= 400:
            raise Refused(reply.status, reply.text)
        if (schema := operation.success.get("schema")) is not None:
            check(reply.body, schema, self.swagger)
        return reply.body

    async def formula(self, operation_id: str, *required: Any, **optional: Any) -> Any:
        """As a formula of Power Apps: `Connector.Operation(required, …, {optional: …})`, in the order of the file."""
        operation = self.operation(operation_id)
        names = [one["name"] for one in operation.parameters if one.get("required") and one["in"] != "body"]
        names += _required_of_body(operation, self.swagger)
        if len(names) != len(required):
            raise NotInTheConnector(f"{operation_id} takes {len(names)} required parameters, not {len(required)}")
        return await self.run(operation_id, **dict(zip(names, required, strict=True)), **optional)

    async def drop_down(self, operation_id: str, name: str) -> list[tuple[str, str]]:
        """(value, title) of what a maker may choose for a parameter or field."""
        described = _field(self.operation(operation_id), name, self.swagger)
        if "enum" in described:
            return [(one["value"], one["displayName"]) for one in described["x-ms-enum-values"]]
        source = described["x-ms-dynamic-values"]
        rows = (await self.run(source["operationId"]))[source["value-collection"]]
        return [(row[source["value-path"]], row[source["value-title"]]) for row in rows]

    async def test(self) -> Any:
        """What the platform does when a connection is made."""
        asked = self.swagger["x-ms-capabilities"]["testConnection"]
        return await self.run(asked["operationId"], **asked.get("parameters", {}))

    async def subscribe(self, trigger_id: str, callback_url: str, **given: Any) -> str:
        """A flow is turned on: the address by which it can be turned off."""
        operation = self.operation(trigger_id)
        field_name = _callback_field(operation, self.swagger)
        reply = await self._repeated(operation, {**given, field_name: callback_url})
        self.used.add(trigger_id)
        if reply.status != 201:
            raise Refused(reply.status, reply.text)
        return reply.headers["Location"]

    async def unsubscribe(self, location: str, *, with_key: bool) -> int:
        """A flow is turned off. Whether the platform sends the connection's key is not certain (issue #3678)."""
        self.used.add("DeleteSubscription")
        place = location.replace(self.public_url, self.host, 1) if self.public_url else location
        reply = await self.send("DELETE", place, {"x-api-key": self.key} if with_key else {}, None)
        return reply.status

    def check_notification(self, trigger_id: str, posted: Any) -> None:
        """Raises where an event lacks the shape that makers were promised."""
        content = self.operation(trigger_id).item["x-ms-notification-content"]
        check(posted, content["schema"], self.swagger)

    async def _repeated(self, operation: Operation, given: Mapping[str, Any]) -> Reply:
        method, url, body = self._request(operation, given)
        headers = {"x-api-key": self.key}
        if body is not None:
            headers["content-type"] = "application/json"
        for attempt in range(RETRIES + 1):
            last = attempt == RETRIES
            try:
                reply = await self.send(method, url, headers, body)
            except TimeoutError:
                if last:
                    raise
                continue
            if reply.status not in RETRIED or last:
                return reply
        raise AssertionError("unreachable")

    def _request(self, operation: Operation, given: Mapping[str, Any]) -> tuple[str, str, bytes | None]:
        places = {one["name"]: one for one in operation.parameters if one["in"] != "body"}
        schema = next((one["schema"] for one in operation.parameters if one["in"] == "body"), None)
        fields = followed(schema, self.swagger).get("properties", {}) if schema else {}
        if unknown := given.keys() - places.keys() - fields.keys():
            raise NotInTheConnector(f"{operation.id}: {', '.join(sorted(unknown))}")
        path = operation.path
        for name in _IN_PATH.findall(path):
            path = path.replace(f"{{{name}}}", quote(str(given[name]), safe=""))  # x-ms-url-encoding: single
        query = {n: given.get(n, p.get("default")) for n, p in places.items() if p["in"] == "query"}
        asked = "&".join(f"{name}={quote(_text(value), safe='')}" for name, value in query.items() if value is not None)
        url = f"{self.host}{self.swagger['basePath']}{path}" + (f"?{asked}" if asked else "")
        if schema is None:
            return operation.method, url, None
        body = with_defaults({name: given[name] for name in fields if name in given}, schema, self.swagger)
        missing = set(followed(schema, self.swagger).get("required", [])) - body.keys()
        if missing:
            raise NotInTheConnector(f"{operation.id} needs {', '.join(sorted(missing))}")
        return operation.method, url, json.dumps(body).encode()


def over_http(session: aiohttp.ClientSession, timeout_s: float = 120) -> Send:
    """Requests as they are. 120 seconds: the platform's own limit."""

    async def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        limit = aiohttp.ClientTimeout(total=timeout_s)
        async with session.request(method, url, headers=headers, data=body, timeout=limit) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.text())

    return send


def losing_answers(send: Send, lost: int) -> Send:
    """The first `lost` answers never arrive, although what they answer was done."""
    left = [lost]

    async def flaky(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        reply = await send(method, url, headers, body)
        if left[0] > 0:
            left[0] -= 1
            await asyncio.sleep(0)
            raise TimeoutError
        return reply

    return flaky


async def no_connection(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
    """Nothing leaves, and nothing comes back."""
    raise TimeoutError


def _required_of_body(operation: Operation, swagger: Mapping[str, Any]) -> list[str]:
    """Fields that a formula gives one after another, in the order of the body's properties."""
    schema = next((one["schema"] for one in operation.parameters if one["in"] == "body"), None)
    said = followed(schema, swagger) if schema else {}
    must = said.get("required", ())
    return [name for name in said.get("properties", {}) if name in must]


def with_defaults(body: Mapping[str, Any], schema: Mapping[str, Any], swagger: Mapping[str, Any]) -> dict[str, Any]:
    """Required fields that have a default are filled in by the platform, at any depth."""
    found, properties = dict(body), followed(schema, swagger).get("properties", {})
    for name in followed(schema, swagger).get("required", []):
        if name not in found and "default" in properties[name]:
            found[name] = properties[name]["default"]
    for name, value in found.items():
        if isinstance(value, dict):
            found[name] = with_defaults(value, properties[name], swagger)
    return found


def check(value: Any, schema: Mapping[str, Any], swagger: Mapping[str, Any]) -> None:
    """Raises AssertionError where an answer has another shape than the file says; fields that it lacks count too."""
    problems = list(Draft4Validator(_strict(schema, swagger)).iter_errors(value))
    assert not problems, [f"{'/'.join(map(str, one.absolute_path))}: {one.validator}" for one in problems]


def _strict(schema: Mapping[str, Any], swagger: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with what it refers to put in, no further fields allowed, and null where it says so."""
    found = dict(followed(schema, swagger))
    if "properties" in found:
        found["properties"] = {name: _strict(one, swagger) for name, one in found["properties"].items()}
        found["additionalProperties"] = False
    if "items" in found:
        found["items"] = _strict(found["items"], swagger)
    if schema.get("x-nullable"):
        found["type"] = [found["type"], "null"]
    return {name: one for name, one in found.items() if not name.startswith("x-") and name != "format"}


def _field(operation: Operation, name: str, swagger: Mapping[str, Any]) -> Mapping[str, Any]:
    for parameter in operation.parameters:
        if parameter["name"] == name:
            return parameter
        if parameter["in"] == "body":
            found: Mapping[str, Any] | None = followed(parameter["schema"], swagger)["properties"].get(name)
            if found is not None:
                return found
    raise NotInTheConnector(f"{operation.id}: {name}")


def _callback_field(operation: Operation, swagger: Mapping[str, Any]) -> str:
    body = next(one for one in operation.parameters if one["in"] == "body")
    fields = followed(body["schema"], swagger)["properties"].items()
    return next(name for name, described in fields if described.get("x-ms-notification-url"))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
