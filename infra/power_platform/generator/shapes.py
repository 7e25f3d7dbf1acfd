"""Parameters, bodies and answers as Swagger 2.0, with the words of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from functions.interface.words import DropDown, Visibility, Words

REF = "#/definitions/"
_SMALL = {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}


class Shapes:
    """Schemas of many types, with one table of definitions between them."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def reference(self, shape: Any, name: str = "") -> Mapping[str, str]:
        """A reference to the definition of a typed dictionary or dataclass; `name`: other than its own."""
        described = described_as(shape)
        own, inner = name or _public(described["title"]), described.get("$defs", {})
        for row in _rows(described, inner):
            self._define(_public(row), self._converted(inner[row], inner))
        told = "description" if name else ""  # of a request it tells how it is read here: left out
        self._define(own, self._converted({key: one for key, one in described.items() if key != told}, inner))
        return {"$ref": REF + own}

    def fields(self, shape: Any) -> Mapping[str, Mapping[str, Any]]:
        """The fields of a dataclass, each as a schema of its own: for parameters."""
        described = described_as(shape)
        inner = described.get("$defs", {})
        return {name: self._field(one, inner, in_body=False) for name, one in described["properties"].items()}

    def _field(self, schema: Mapping[str, Any], inner: Mapping[str, Any], *, in_body: bool) -> Mapping[str, Any]:
        """One field: what it may be, and its words."""
        words: Words = schema["x-words"]
        converted = self._type(schema, words, inner)
        converted |= {"title": title_case(words.title), "description": words.description, **_marks(words)}
        if words.drop_down:
            converted |= _dynamic(words.drop_down, in_body=in_body)
        if (default := schema.get("default")) not in (None, "", []):
            converted["default"] = default
        return converted

    def _define(self, name: str, schema: Mapping[str, Any]) -> None:
        """Raises ValueError where two different shapes have the same name."""
        if self.definitions.setdefault(name, schema) != schema:
            raise ValueError(f"two shapes are called {name}")

    def _converted(self, schema: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
        properties = {name: self._field(one, inner, in_body=True) for name, one in schema.get("properties", {}).items()}
        required = [name for name in schema.get("required", []) if name in properties]
        description = " ".join(str(schema.get("description", "")).split())
        return {
            "type": "object",
            **({"description": description} if description else {}),
            **({"required": required} if required else {}),
            "properties": properties,
        }

    def _type(self, schema: Mapping[str, Any], words: Words, inner: Mapping[str, Any]) -> dict[str, Any]:
        choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
        nullable = {"x-nullable": True} if len(choices) != len(schema.get("anyOf", [])) else {}
        chosen = choices[0] if choices else schema
        if words.rows is not None:
            return {"type": "array", "items": dict(self.reference(words.rows))}
        if "$ref" in chosen:
            return {**self._inlined(inner[chosen["$ref"].rpartition("/")[2]], words, inner), **nullable}
        if chosen.get("type") == "array":
            return {"type": "array", "items": self._items(chosen["items"])}
        kept = ("type", "format", "maxLength", "minLength", "minimum", "maximum")
        return {**{name: chosen[name] for name in kept if name in chosen}, **_integer_format(chosen), **nullable}

    def _inlined(self, schema: Mapping[str, Any], words: Words, inner: Mapping[str, Any]) -> dict[str, Any]:
        """Beside a reference no words of a field's own would count, so what it refers to is put in."""
        values = schema.get("enum")
        if values is None:
            return dict(self._converted(schema, inner))
        names = words.names or {}
        shown = [{"value": one, "displayName": names.get(one, one.replace("_", " ").capitalize())} for one in values]
        return {"type": "string", "enum": values, "x-ms-enum-values": shown}

    def _items(self, items: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" in items:
            return {"$ref": REF + _public(items["$ref"].rpartition("/")[2])}
        return {"type": items["type"]}


def title_case(text: str) -> str:
    """`Hours before` -> `Hours Before`: how makers see the names of fields everywhere else."""
    return " ".join(word if word in _SMALL else word[:1].upper() + word[1:] for word in text.split())


@cache
def described_as(shape: Any) -> Mapping[str, Any]:
    """The JSON schema of a dataclass or typed dictionary, by the names of the wire; made once for all connectors."""
    from pydantic import TypeAdapter

    return TypeAdapter(shape).json_schema(mode="serialization", by_alias=True)


def _rows(schema: Mapping[str, Any], inner: Mapping[str, Any]) -> Iterator[str]:
    """The names of what stands in lists, at any depth: these are referred to, all else is put in."""
    for field in schema.get("properties", {}).values():
        choices = [field, *field.get("anyOf", [])]
        for one in choices:
            if "$ref" in one.get("items", {}):
                name = one["items"]["$ref"].rpartition("/")[2]
                yield name
                yield from _rows(inner[name], inner)
            elif "$ref" in one:
                yield from _rows(inner[one["$ref"].rpartition("/")[2]], inner)


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
