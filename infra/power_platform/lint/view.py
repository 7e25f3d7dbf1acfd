"""A connector as rules look at it: operations with their parameters and responses, references followed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.power_platform.lint.connector_files import ConnectorFiles
from infra.power_platform.lint.json_places import DEFINITION, at, listing, mapping, names, text

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
LONGEST_CHAIN = 20  # references to references; a longer chain goes in a circle


def follow(definition: Mapping[str, Any], node: object, place: str) -> tuple[Mapping[str, Any], str]:
    """The object that `node` is or refers to, and where it stands; an empty one if the reference leads nowhere."""
    here = mapping(node)
    for _ in range(LONGEST_CHAIN):
        reference = here.get("$ref")
        if not isinstance(reference, str):
            return here, place
        place = DEFINITION + reference.removeprefix("#")
        here = mapping(_pointed_at(definition, reference))
    return {}, place


def _pointed_at(definition: Mapping[str, Any], reference: str) -> object:
    if not reference.startswith("#/"):
        return None
    node: object = definition
    for step in reference[2:].split("/"):
        node = mapping(node).get(step.replace("~1", "/").replace("~0", "~"))
    return node


@dataclass(frozen=True, slots=True)
class Parameter:
    """`inline`: written on the operation itself, neither shared by reference nor standing on the path."""

    raw: Mapping[str, Any]
    place: str
    inline: bool

    @property
    def name(self) -> str:
        return text(self.raw.get("name"))

    @property
    def location(self) -> str:
        return text(self.raw.get("in"))

    @property
    def required(self) -> bool:
        return self.raw.get("required") is True

    @property
    def internal(self) -> bool:
        return is_internal(self.raw)


@dataclass(frozen=True, slots=True)
class Response:
    code: str
    raw: Mapping[str, Any]
    place: str

    @property
    def successful(self) -> bool:
        return self.code.startswith("2") and len(self.code) == 3


@dataclass(frozen=True, slots=True)
class Operation:
    path: str
    method: str
    place: str
    raw: Mapping[str, Any]
    item: Mapping[str, Any]
    item_place: str
    parameters: tuple[Parameter, ...]
    responses: tuple[Response, ...]

    @property
    def id(self) -> str:
        return text(self.raw.get("operationId"))

    @property
    def label(self) -> str:
        """How a message names it."""
        return self.id or f"{self.method.upper()} {self.path}"

    @property
    def internal(self) -> bool:
        return is_internal(self.raw)

    @property
    def is_trigger(self) -> bool:
        return "x-ms-trigger" in self.raw

    @property
    def is_webhook(self) -> bool:
        """A trigger that is subscribed to: its path says what an event brings."""
        return self.is_trigger and "x-ms-notification-content" in self.item

    @property
    def body(self) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.location == "body"), None)


@dataclass(frozen=True, slots=True)
class ConnectorView:
    files: ConnectorFiles
    definition: Mapping[str, Any]
    operations: tuple[Operation, ...]
    by_id: Mapping[str, Operation]
    _known: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def once[T](self, key: tuple[str, ...], find: Callable[[], T]) -> T:
        """What `find` gives, found once: a hundred rules ask the same few questions of every operation."""
        if key not in self._known:
            self._known[key] = find()
        found: T = self._known[key]
        return found

    @classmethod
    def of(cls, files: ConnectorFiles) -> "ConnectorView":
        operations = tuple(operations_of(files.definition))
        by_id = {operation.id: operation for operation in reversed(operations) if operation.id}
        return cls(files, mapping(files.definition), operations, by_id)

    @property
    def info(self) -> Mapping[str, Any]:
        return mapping(self.definition.get("info"))

    @property
    def properties(self) -> Mapping[str, Any]:
        return mapping(mapping(self.files.properties).get("properties"))

    def properties_place(self, *keys: object) -> str:
        return at(f"{self.files.properties_file}#", "properties", *keys)

    def follow(self, node: object, place: str) -> tuple[Mapping[str, Any], str]:
        return follow(self.definition, node, place)


def operations_of(definition: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of a definition, empty ones too."""
    for path, raw_item in mapping(mapping(definition).get("paths")).items():
        item, item_place = mapping(raw_item), at(DEFINITION, "paths", path)
        shared = _parameters(definition, item, item_place, inline=False)
        for method in METHODS:
            if not isinstance(item.get(method), Mapping):
                continue
            raw, place = mapping(item[method]), at(item_place, method)
            own = _parameters(definition, raw, place, inline=True)
            overridden = {(parameter.name, parameter.location) for parameter in own}
            kept = [one for one in shared if (one.name, one.location) not in overridden]
            yield Operation(
                path, method, place, raw, item, item_place, (*kept, *own), _responses(definition, raw, place)
            )


def _parameters(
    definition: Mapping[str, Any], holder: Mapping[str, Any], place: str, *, inline: bool
) -> tuple[Parameter, ...]:
    found = []
    for number, node in enumerate(listing(holder.get("parameters"))):
        raw, stands_at = follow(definition, node, at(place, "parameters", number))
        refers = "$ref" in mapping(node)
        if raw or not refers:  # a reference that leads nowhere has a rule of its own
            found.append(Parameter(raw, stands_at, inline and not refers))
    return tuple(found)


def _responses(definition: Mapping[str, Any], raw: Mapping[str, Any], place: str) -> tuple[Response, ...]:
    return tuple(
        Response(str(code), *follow(definition, node, at(place, "responses", code)))
        for code, node in mapping(raw.get("responses")).items()
        if not str(code).startswith("x-")
    )


def is_internal(node: Mapping[str, Any]) -> bool:
    return node.get("x-ms-visibility") == "internal"


def required_names(schema: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(names(schema.get("required")))
