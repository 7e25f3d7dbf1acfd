"""Parameters, bodies and answers as Swagger 2.0, with the words of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.interface.words import DropDown, Visibility, Words

REF = "#/definitions/"


class Shapes:
    """Schemas of many types, with one table of definitions between them."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def reference(self, shape: Any, name: str = "") -> Mapping[str, str]:
        """A reference to the definition of a typed dictionary or dataclass; `name`: other than its own."""
        described = described_as(shape)
        own = name or _public(described.pop("title"))
        for inner, schema in described.pop("$defs", {}).items():
            if "enum" not in schema:
                self._define(_public(inner), self._converted(schema, described_enums(shape)))
        if name:
            described.pop("description", None)  # of a request: it tells how it is read here
        self._define(own, self._converted(described, described_enums(shape)))
        return {"$ref": REF + own}

    def fields(self, shape: Any) -> Mapping[str, Mapping[str, Any]]:
        """The fields of a dataclass, each as a schema of its own: for parameters."""
        described = described_as(shape)
        enums = described.get("$defs", {})
        return {name: self._field(one, enums, in_body=False) for name, one in described["properties"].items()}

    def _field(self, schema: Mapping[str, Any], enums: Mapping[str, Any], *, in_body: bool) -> Mapping[str, Any]:
        """One field: what it may be, and its words."""
        words: Words = schema["x-words"]
        converted = self._type(schema, words, enums)
        converted |= {"title": words.title, "description": words.description, **_marks(words)}
        if words.drop_down:
            converted |= _dynamic(words.drop_down, in_body=in_body)
        if (default := schema.get("default")) not in (None, "", []):
            converted["default"] = default
        return converted

    def _define(self, name: str, schema: Mapping[str, Any]) -> None:
        """Raises ValueError where two different shapes have the same name."""
        if self.definitions.setdefault(name, schema) != schema:
            raise ValueError(f"two shapes are called {name}")

    def _converted(self, schema: Mapping[str, Any], enums: Mapping[str, Any]) -> Mapping[str, Any]:
        properties = {name: self._field(one, enums, in_body=True) for name, one in schema.get("properties", {}).items()}
        required = [name for name in schema.get("required", []) if name in properties]
        description = " ".join(str(schema.get("description", "")).split())
        return {
            "type": "object",
            **({"description": description} if description else {}),
            **({"required": required} if required else {}),
            "properties": properties,
        }

    def _type(self, schema: Mapping[str, Any], words: Words, enums: Mapping[str, Any]) -> dict[str, Any]:
        choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
        nullable = {"x-nullable": True} if len(choices) != len(schema.get("anyOf", [])) else {}
        chosen = choices[0] if choices else schema
        if words.rows is not None:
            return {"type": "array", "items": dict(self.reference(words.rows))}
        if "$ref" in chosen:
            return {**self._referred(chosen["$ref"].rpartition("/")[2], words, enums), **nullable}
        if chosen.get("type") == "array":
            return {"type": "array", "items": self._items(chosen["items"])}
        kept = ("type", "format", "maxLength", "minLength", "minimum", "maximum")
        return {**{name: chosen[name] for name in kept if name in chosen}, **_integer_format(chosen), **nullable}

    def _referred(self, name: str, words: Words, enums: Mapping[str, Any]) -> dict[str, Any]:
        values = enums.get(name, {}).get("enum")
        if values is None:
            return {"$ref": REF + _public(name)}
        names = words.names or {}
        shown = [
            {"value": one, "displayName": names.get(one, str(one).replace("_", " ").capitalize())} for one in values
        ]
        return {"type": "string", "enum": values, "x-ms-enum-values": shown}

    def _items(self, items: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" in items:
            return {"$ref": REF + _public(items["$ref"].rpartition("/")[2])}
        return {"type": items["type"]}


def described_as(shape: Any) -> dict[str, Any]:
    """The JSON schema of a dataclass or typed dictionary, by the names of the wire."""
    from pydantic import TypeAdapter

    return TypeAdapter(shape).json_schema(mode="serialization", by_alias=True)


def described_enums(shape: Any) -> Mapping[str, Any]:
    return {name: one for name, one in described_as(shape).get("$defs", {}).items() if "enum" in one}


def _public(name: str) -> str:
    """`MessageAnswer` -> `Message`: what makers see."""
    return name.removesuffix("Answer")


def _integer_format(schema: Mapping[str, Any]) -> Mapping[str, str]:
    return {"format": "int32"} if schema.get("type") == "integer" else {}


def _marks(words: Words) -> Mapping[str, Any]:
    marks: dict[str, Any] = {}
    if words.visibility is not Visibility.NONE:
        marks["x-ms-visibility"] = str(words.visibility)
    if words.callback:
        marks["x-ms-notification-url"] = True
    if words.sample:
        marks["x-ms-test-value"] = words.sample
    return marks


def _dynamic(source: DropDown, *, in_body: bool) -> Mapping[str, Any]:
    """Where the values come from. A body's fields can only be named in the newer form; the older stands beside it for
    Power Apps, which reads no other (openapi-extensions)."""
    takes = source.takes or {}
    older = {name: {"parameter": field} for name, field in takes.items()}
    newer = {name: {"parameterReference": f"body/{field}"} for name, field in takes.items()}
    values: dict[str, Any] = {
        "x-ms-dynamic-values": {
            "operationId": source.operation,
            **({"parameters": older} if older else {}),
            "value-collection": "value",
            "value-path": source.value,
            "value-title": source.title,
        }
    }
    if in_body:
        values["x-ms-dynamic-list"] = {
            "operationId": source.operation,
            **({"parameters": newer} if newer else {}),
            "itemsPath": "value",
            "itemValuePath": source.value,
            "itemTitlePath": source.title,
        }
    return values
