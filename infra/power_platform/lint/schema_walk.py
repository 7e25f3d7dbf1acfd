"""Schemas taken apart: every property of a body or an answer, references and `allOf` followed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.power_platform.lint.json_places import DEFINITION, at, listing, mapping, walk_json
from infra.power_platform.lint.view import ConnectorView, Operation, Response, is_internal, required_names

SAMPLES = frozenset({"default", "example", "examples", "enum", "x-ms-test-value", "x-ms-enum-values"})
MOST_NODES = 2_000  # definitions that use each other unfold without bound; a body this large has an error already


@dataclass(frozen=True, slots=True)
class Node:
    """A schema within a schema. `path` holds the names of the properties on the way; arrays add nothing to it."""

    schema: Mapping[str, Any]
    place: str
    path: tuple[str, ...] = ()
    required: bool = True
    required_throughout: bool = True
    internal: bool = False
    is_item: bool = False
    arrays: int = 0
    depth: int = 1
    within: frozenset[str] = frozenset()
    endless: bool = False

    @property
    def is_array(self) -> bool:
        return self.schema.get("type") == "array"

    @property
    def is_property(self) -> bool:
        return bool(self.path) and not self.is_item


def walk_schema(view: ConnectorView, schema: object, place: str, *, internal: bool = False) -> Iterator[Node]:
    """The schema itself and everything in it; a schema that holds itself is entered once, and marked `endless`."""
    found, stands_at = view.follow(schema, place)
    stack = [Node(found, stands_at, internal=internal or is_internal(found), within=frozenset({stands_at}))]
    for _ in range(MOST_NODES):
        if not stack:
            return
        node = stack.pop()
        yield node
        if not node.endless:
            stack.extend(reversed(list(_children(view, node))))


def _children(view: ConnectorView, node: Node) -> Iterator[Node]:
    for name, inner, place, required in own_properties(view, node.schema, node.place):
        yield _child(view, node, inner, place, path=(*node.path, name), required=required)
    if isinstance(node.schema.get("items"), Mapping):
        yield _child(view, node, node.schema["items"], at(node.place, "items"), path=node.path, required=True)
    if isinstance(node.schema.get("additionalProperties"), Mapping):
        place = at(node.place, "additionalProperties")
        yield _child(view, node, node.schema["additionalProperties"], place, path=node.path, required=False)


def _child(
    view: ConnectorView, parent: Node, inner: object, place: str, *, path: tuple[str, ...], required: bool
) -> Node:
    schema, stands_at = view.follow(inner, place)
    return Node(
        schema=schema,
        place=stands_at,
        path=path,
        required=required,
        required_throughout=required and parent.required_throughout,
        internal=parent.internal or is_internal(schema),
        is_item=path == parent.path,
        arrays=parent.arrays + parent.is_array,
        depth=parent.depth + 1,
        within=parent.within | {stands_at},
        endless=stands_at in parent.within,
    )


def own_properties(view: ConnectorView, schema: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any, str, bool]]:
    """Name, schema, place and whether it is required, of each property, those of `allOf` parts too."""
    parts, seen = [(schema, place)], {place}
    while parts:
        part, here = parts.pop()
        needed = required_names(part)
        for name, inner in mapping(part.get("properties")).items():
            yield name, inner, at(here, "properties", name), name in needed
        for number, inner in enumerate(listing(part.get("allOf"))):
            found, stands_at = view.follow(inner, at(here, "allOf", number))
            if stands_at not in seen:
                seen.add(stands_at)
                parts.append((found, stands_at))


def at_path(view: ConnectorView, schema: object, path: str) -> Mapping[str, Any] | None:
    """The schema that a path string (`value/id`) leads to; arrays on the way are entered. None: nothing is there."""
    here, place = view.follow(schema, "")
    for step in filter(None, path.split("/")):
        while here.get("type") == "array":
            here, place = view.follow(here.get("items"), at(place, "items"))
        inner = next(
            ((one, stands) for name, one, stands, _ in own_properties(view, here, place) if name == step), None
        )
        if inner is None:
            return None
        here, place = view.follow(*inner)
    return here


def event_nodes(view: ConnectorView, operation: Operation) -> list[Node]:
    """What an event brings to the flows that subscribed on this operation's path."""
    content = mapping(operation.item.get("x-ms-notification-content"))
    if "schema" not in content:
        return []
    schema, place = content["schema"], at(operation.item_place, "x-ms-notification-content", "schema")
    return view.once(("event", place), lambda: list(walk_schema(view, schema, place)))


def written_objects(view: ConnectorView) -> list[tuple[str, Mapping[str, Any]]]:
    """Every parameter, schema and other object of the definition with its place, but not what samples hold."""

    def find() -> list[tuple[str, Mapping[str, Any]]]:
        nodes = walk_json(view.definition, DEFINITION, skip=SAMPLES)
        return [(place, node) for key, place, node in nodes if isinstance(node, Mapping) and key != "properties"]

    return view.once(("objects",), find)


def body_nodes(view: ConnectorView, operation: Operation) -> list[Node]:
    """What an operation takes in its body, the body itself first; nothing if it takes none."""
    body = operation.body
    if body is None or "schema" not in body.raw:
        return []
    schema, place = body.raw["schema"], at(body.place, "schema")
    return view.once(("body", place), lambda: list(walk_schema(view, schema, place, internal=body.internal)))


def answer_nodes(view: ConnectorView, response: Response) -> list[Node]:
    if "schema" not in response.raw:
        return []
    schema, place = response.raw["schema"], at(response.place, "schema")
    return view.once(("answer", place), lambda: list(walk_schema(view, schema, place)))


def notification(view: ConnectorView, operation: Operation) -> tuple[Mapping[str, Any], str] | None:
    """What an event brings to the trigger's flow, and where that is said."""
    content = mapping(operation.item.get("x-ms-notification-content"))
    place = at(operation.item_place, "x-ms-notification-content", "schema")
    return view.follow(content["schema"], place) if "schema" in content else None


def successful_schema(operation: Operation) -> object | None:
    """The schema of the answer that the designer shows: that of 200, else of 201."""
    by_code = {response.code: response.raw["schema"] for response in operation.responses if "schema" in response.raw}
    return by_code.get("200", by_code.get("201"))
