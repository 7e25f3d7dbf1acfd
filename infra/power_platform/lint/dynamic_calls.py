"""Drop-downs and dynamic schemas: which operation each calls, with what, and where its answer is looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from infra.power_platform.lint.inputs_shown import inputs_of
from infra.power_platform.lint.json_places import DEFINITION, at, mapping, text
from infra.power_platform.lint.schema_walk import answer_nodes, body_nodes, event_nodes
from infra.power_platform.lint.view import ConnectorView, Operation

VALUES, LIST = "x-ms-dynamic-values", "x-ms-dynamic-list"
SCHEMA, PROPERTIES = "x-ms-dynamic-schema", "x-ms-dynamic-properties"
KINDS = (VALUES, LIST, SCHEMA, PROPERTIES)
_COLLECTION = {VALUES: "value-collection", LIST: "itemsPath"}
_IN_ITEMS = {VALUES: ("value-path", "value-title"), LIST: ("itemValuePath", "itemTitlePath")}
_IN_ANSWER = {SCHEMA: ("value-path",), PROPERTIES: ("itemValuePath",)}
_REFERENCE = {VALUES: "parameter", SCHEMA: "parameter", LIST: "parameterReference", PROPERTIES: "parameterReference"}


class Reference(NamedTuple):
    """`name`, an input of the called operation, gets the value of `source_input`."""

    place: str
    name: str
    source_input: str


@dataclass(frozen=True, slots=True)
class DynamicCall:
    """One extension at one place: `holder`, the parameter or schema that carries it, is of the operation `source`."""

    kind: str
    place: str
    raw: Mapping[str, Any]
    holder: Mapping[str, Any]
    source: Operation

    @property
    def operation_id(self) -> str:
        return text(self.raw.get("operationId"))

    @property
    def given(self) -> Mapping[str, Any]:
        return mapping(self.raw.get("parameters"))

    @property
    def gives_a_list(self) -> bool:
        return self.kind in _COLLECTION

    @property
    def collection(self) -> str:
        return text(self.raw.get(_COLLECTION.get(self.kind, "")))

    def paths(self) -> Iterator[tuple[str, str]]:
        """Field and path string of everything that is read in an item, or in the answer itself."""
        for field in _IN_ITEMS.get(self.kind, ()) + _IN_ANSWER.get(self.kind, ()):
            if path := text(self.raw.get(field)):
                yield field, path

    def references(self) -> Iterator[Reference]:
        """Each input of the source that is handed on."""
        field = _REFERENCE[self.kind]
        for name, value in self.given.items():
            if reference := text(mapping(value).get(field)):
                yield Reference(at(self.place, "parameters", name, field), name, reference)


def dynamic_calls(view: ConnectorView) -> list[DynamicCall]:
    return view.once(("calls",), lambda: list(_find_calls(view)))


def _find_calls(view: ConnectorView) -> Iterator[DynamicCall]:
    for operation in view.operations:
        for holder, place in _holders(view, operation):
            for kind in KINDS:
                if isinstance(holder.get(kind), Mapping):
                    yield DynamicCall(kind, at(place, kind), holder[kind], holder, operation)


def _holders(view: ConnectorView, operation: Operation) -> Iterator[tuple[Mapping[str, Any], str]]:
    for parameter in operation.parameters:
        if parameter.location != "body":
            yield parameter.raw, parameter.place
    nodes = [*body_nodes(view, operation), *event_nodes(view, operation)]
    for response in operation.responses:
        nodes += answer_nodes(view, response)
    for node in nodes:
        yield node.schema, node.place


def required_inputs(view: ConnectorView, operation: Operation) -> list[tuple[str, ...]]:
    """The names, in every form, of what must be supplied; what has a default of its own need not be."""
    return [
        one.keys
        for one in inputs_of(view, operation)
        if one.required and "default" not in one.schema and not mapping(one.schema.get("properties"))
    ]


def input_names(view: ConnectorView, operation: Operation) -> set[str]:
    return view.once(
        ("names", operation.place), lambda: {key for one in inputs_of(view, operation) for key in one.keys}
    )


def test_connection(view: ConnectorView) -> tuple[Mapping[str, Any], str] | None:
    """The operation that tests a new connection, as it is called, and where that stands."""
    capabilities = mapping(view.definition.get("x-ms-capabilities"))
    place = at(DEFINITION, "x-ms-capabilities", "testConnection")
    return (mapping(capabilities["testConnection"]), place) if "testConnection" in capabilities else None
