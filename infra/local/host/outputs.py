"""Queue output bindings, written when the function has returned and before anyone hears of it, as the real host does.

A string that is a JSON array becomes one message per element: the real host reads every value of an output binding
so (FunctionBinding.ReadAsEnumerable of azure-functions-host).
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterable
from typing import Any

from infra.local.host import wire
from infra.local.host.engine import Binding, IndexedFunction, Outcome
from infra.local.host.queue_storage import QueueStorage
from infra.local.host.settings import HostSettings

CONCURRENT_WRITES = 16


class OutputError(RuntimeError):
    """An output binding that this host cannot write."""


class OutputWriter:
    """Writes what an invocation put into its output bindings."""

    def __init__(self, settings: HostSettings, storage: QueueStorage) -> None:
        self._settings = settings
        self._storage = storage

    async def write(self, function: IndexedFunction, outcome: Outcome) -> None:
        """Write every output of a successful invocation. Raises OutputError, AzureError or MessageTooLargeError."""
        for name, value in outcome.outputs.items():
            await self._write_one(function.output(name), value)
        if outcome.return_value is not None and not _answers_http(function):
            await self._write_one(function.output("$return"), outcome.return_value)

    async def _write_one(self, binding: Binding, value: wire.Message) -> None:
        if binding.type != "queue":
            raise OutputError(f"output bindings of type {binding.type} are not part of the development host")
        connection = str(binding.properties.get("connection", ""))
        name = self._settings.resolve(str(binding.properties["queueName"]))
        for chunk in itertools.batched(messages_in(value), CONCURRENT_WRITES, strict=False):
            await asyncio.gather(*(self._storage.add(connection, name, content) for content in chunk))


def messages_in(value: wire.Message) -> Iterable[str | bytes]:
    """The queue messages that one output value stands for."""
    kind = value.WhichOneof("data")
    if kind == "bytes":
        return [value.bytes]
    if kind == "string":
        return _elements(value.string) if _looks_like_array(value.string) else [value.string]
    if kind == "json":
        return _elements(value.json)
    raise OutputError(f"a queue message cannot hold {kind}")


def _looks_like_array(text: str) -> bool:
    stripped = text.strip()
    return stripped.startswith("[") and stripped.endswith("]")


def _elements(text: str) -> list[str | bytes]:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return [text]
    if not isinstance(parsed, list):
        raise OutputError("func.QueueMessage as an output is not part of the development host; set a str")
    return [_element(item) for item in parsed]


def _element(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item)


def _answers_http(function: IndexedFunction) -> bool:
    return any(binding.name == "$return" and binding.type == "http" for binding in function.bindings)
