"""A connector as a formula calls it, read off its swagger.

Required parameters come one after another, then required fields of the body in the order of its properties, then one
record with whatever is optional, as in `Office365Outlook.SendEmailV2(To, Subject, Body, {Importance: …})`. What is
internal is filled by the platform (use-custom-connector-powerapps.md; openapi-extensions.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.power_platform.app.kinds import ANYTHING, NUMBER, TEXT, TIME, TRUTH, Kind, record, table

CONNECTORS = Path(__file__).resolve().parents[1] / "connectors"
NAMES = ("WhatsApp", "WeChat")
"""The data sources of the app, exactly so; their folders are the same in small letters."""

_VERBS = ("get", "post", "put", "patch", "delete")
_SIMPLE = {"string": TEXT, "integer": NUMBER, "number": NUMBER, "boolean": TRUTH}


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. `visible`: whether Power Apps offers it."""

    id: str
    verb: str
    required: Sequence[tuple[str, Kind]]
    optional: Mapping[str, Kind]
    answer: Kind
    visible: bool


@dataclass(frozen=True, slots=True)
class Connector:
    name: str
    operations: Mapping[str, Operation]


def read_connectors(folder: Path = CONNECTORS) -> Mapping[str, Connector]:
    """Those whose swagger is there."""
    files = {name: folder / name.lower() / "apiDefinition.swagger.json" for name in NAMES}
    return {
        name: read_connector(name, json.loads(path.read_text(encoding="utf-8")))
        for name, path in files.items()
        if path.exists()
    }


def read_connector(name: str, swagger: Mapping[str, Any]) -> Connector:
    reader = _Reader(swagger)
    return Connector(name, {one.id: one for one in reader.operations()})


class _Reader:
    """Reads one swagger; its `$ref`s are looked up in it."""

    def __init__(self, swagger: Mapping[str, Any]) -> None:
        self._swagger = swagger

    def operations(self) -> Iterator[Operation]:
        for path in self._swagger["paths"].values():
            shared = path.get("parameters", ())
            for verb in _VERBS:
                if verb in path and "x-ms-trigger" not in path[verb]:
                    yield self._operation(verb, path[verb], shared)

    def _operation(self, verb: str, said: Mapping[str, Any], shared: Sequence[Any]) -> Operation:
        required: list[tuple[str, Kind]] = []
        optional: dict[str, Kind] = {}
        for name, kind, must in self._parameters([*shared, *said.get("parameters", ())]):
            if must:
                required.append((name, kind))
            else:
                optional[name] = kind
        visible = said.get("x-ms-visibility") != "internal"
        return Operation(said["operationId"], verb, required, optional, self._answer(said["responses"]), visible)

    def _parameters(self, parameters: Sequence[Any]) -> Iterator[tuple[str, Kind, bool]]:
        """Name, kind and whether it must be given; the body's fields after the others."""
        found = [self._found(one) for one in parameters]
        shown = [one for one in found if one.get("x-ms-visibility") != "internal"]
        for one in shown:
            if one["in"] != "body":
                yield one["name"], self._kind(one), bool(one.get("required"))
        for one in shown:
            if one["in"] == "body":
                yield from self._body(one)

    def _body(self, parameter: Mapping[str, Any]) -> Iterator[tuple[str, Kind, bool]]:
        schema = self._found(parameter["schema"])
        if "properties" not in schema:
            yield parameter["name"], ANYTHING, bool(parameter.get("required"))
            return
        must = schema.get("required", ())
        for name, one in schema["properties"].items():
            if one.get("x-ms-visibility") != "internal":
                yield name, self._kind(one), name in must

    def _answer(self, responses: Mapping[str, Any]) -> Kind:
        good = [said for status, said in responses.items() if status.startswith("2") and "schema" in said]
        return self._kind(good[0]["schema"]) if good else ANYTHING

    def _kind(self, schema: Mapping[str, Any]) -> Kind:
        schema = self._found(schema)
        if schema.get("type") == "array":
            row = self._kind(schema["items"])
            return table(row.fields or {"Value": row})
        if "properties" in schema:
            return record({name: self._kind(one) for name, one in schema["properties"].items()})
        if schema.get("type") == "string" and schema.get("format") in ("date", "date-time"):
            return TIME
        return _SIMPLE.get(str(schema.get("type")), ANYTHING)

    def _found(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            _, *steps = str(schema["$ref"]).split("/")
            found: Any = self._swagger
            for step in steps:
                found = found[step]
            schema = found
        return schema
