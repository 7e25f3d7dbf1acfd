"""JSON that somebody wrote: read without trusting its shape, and named by pointers.

A rule looks for one thing; a node of the wrong kind is the published schemas' business, so here it counts as empty.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

DEFINITION = "apiDefinition.swagger.json#"


def at(place: str, *keys: object) -> str:
    """The pointer one or more steps further in."""
    steps = (str(key).replace("~", "~0").replace("/", "~1") for key in keys)
    return "/".join([place, *steps])


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def listing(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def names(value: object) -> list[str]:
    """The strings of a list, such as that of an object's required properties."""
    return [name for name in listing(value) if isinstance(name, str)]


def walk_json(value: object, place: str, *, skip: Collection[str] = ()) -> Iterator[tuple[str, str, Any]]:
    """Every node below `value`: the key it stands under (of its nearest object), its place, and itself.

    What stands under a key of `skip` is left out, unless that key is the name of a property.
    """
    stack: list[tuple[str, str, Any]] = [("", place, value)]
    while stack:
        key, here, node = stack.pop()
        yield key, here, node
        if isinstance(node, Mapping):
            left_out = () if key == "properties" else skip
            inside = ((str(name), at(here, name), inner) for name, inner in node.items() if name not in left_out)
            # the name of a property is no keyword: below it, all keys count again
            stack.extend(("" if key == "properties" else name, at_, inner) for name, at_, inner in inside)
        elif isinstance(node, list | tuple):
            stack.extend((key, at(here, number), inner) for number, inner in enumerate(node))


def kind_of(value: object) -> str:
    """The JSON type of a value, in the words of a swagger file."""
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")):
        if isinstance(value, kind):
            return name
    return "object" if isinstance(value, Mapping) else "array" if isinstance(value, list | tuple) else "null"
