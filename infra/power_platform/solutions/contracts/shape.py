"""The shape of a value, as far as it is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEEPEST = 20  # schemas within schemas; deeper ones go in a circle


@dataclass(frozen=True, slots=True)
class Shape:
    """`kind`: a JSON type, or "any" where nothing is known. `more`: an object may have other fields than these.
    `secret`: it holds patient data (contracts/patient_data.py)."""

    kind: str
    fields: Mapping[str, "Shape"] | None = None
    items: "Shape | None" = None
    more: bool = False
    secret: bool = False

    def field_names(self) -> Iterator[str]:
        """Of all objects within."""
        for name, inner in (self.fields or {}).items():
            yield name
            yield from inner.field_names()
        if self.items is not None:
            yield from self.items.field_names()

    @property
    def holds_secret(self) -> bool:
        """Itself, or anything within."""
        within = (*(self.fields or {}).values(), *((self.items,) if self.items is not None else ()))
        return self.secret or any(one.holds_secret for one in within)


ANY = Shape("any")
SECRET = Shape("any", secret=True)


def record(**fields: Shape) -> Shape:
    return Shape("object", fields)


def list_of(items: Shape) -> Shape:
    return Shape("array", items=items)


def scalar(kind: str = "string") -> Shape:
    return Shape(kind)


type Follow = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def shape_of(schema: object, follow: Follow = dict, depth: int = 0) -> Shape:
    """Of a JSON schema; `follow` gives what a reference refers to. An object whose fields nobody lists may have any."""
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return ANY
    schema = follow(schema)
    kind = schema.get("type", "object" if "properties" in schema else "any")
    if kind == "array":
        return list_of(shape_of(schema.get("items"), follow, depth + 1))
    if kind != "object":
        return Shape(kind if isinstance(kind, str) else "any")
    listed = schema.get("properties")
    fields = {name: shape_of(inner, follow, depth + 1) for name, inner in (listed or {}).items()}
    return Shape("object", fields, more=not listed or bool(schema.get("additionalProperties")))
