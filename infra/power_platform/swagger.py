"""Reading a connector's swagger: its operations one by one, and what its references lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete")
_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Described:
    """One operation as the file has it; `item` is what its path holds beside it."""

    path: str
    method: str
    operation: Mapping[str, Any]
    item: Mapping[str, Any]


def described(swagger: Mapping[str, Any]) -> Iterator[Described]:
    """Every operation of the file, in its order."""
    for path, item in swagger["paths"].items():
        for method in METHODS:
            if method in item:
                yield Described(path, method, item[method], item)


def followed(node: Mapping[str, Any], swagger: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node itself, or what it refers to within the file. Raises KeyError where there is nothing."""
    for _ in range(_LONGEST_CHAIN):
        reference = node.get("$ref")
        if not isinstance(reference, str):
            break
        found: Any = swagger
        for step in reference.removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def parameters(one: Described, swagger: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of its path and its own, with what they refer to in their place."""
    written = (*one.item.get("parameters", ()), *one.operation.get("parameters", ()))
    return [followed(parameter, swagger) for parameter in written]
