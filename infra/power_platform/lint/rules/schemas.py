"""Schemas: complete, referring to what exists, and small enough for the designer."""

from collections.abc import Iterator

from infra.power_platform.lint.json_places import at, names
from infra.power_platform.lint.registry import Check, Fault, error
from infra.power_platform.lint.schema_walk import (
    Node,
    answer_nodes,
    body_nodes,
    event_nodes,
    own_properties,
    written_objects,
)
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import limit


def required_not_empty(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        if node.get("required") == []:
            yield Fault(at(place, "required"), "Nothing is required: remove the empty list.")


def required_defined(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        wanted = names(node.get("required"))
        present = {name for name, *_ in own_properties(view, node, place)} if wanted else set()
        for name in wanted:
            if name not in present and node.get("type", "object") == "object":
                yield Fault(at(place, "required"), f"{name} is required but is not among the properties.")


def required_on_objects(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        if names(node.get("required")) and node.get("type", "object") != "object":
            yield Fault(at(place, "required"), f"Only an object requires properties, not a {node.get('type')}.")


def items(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        if node.get("type") == "array" and "items" not in node:
            yield Fault(at(place, "items"), "An array states what its items are.")


def _leads_somewhere(kind: str) -> Check:
    def check(view: ConnectorView) -> Iterator[Fault]:
        for place, node in written_objects(view):
            reference = node.get("$ref")
            own_kind = isinstance(reference, str) and reference.startswith(f"#/{kind}/")
            if own_kind and not view.follow(node, place)[0]:
                yield Fault(at(place, "$ref"), f"There is no {reference}.")

    return check


def known_reference(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        reference = node.get("$ref")
        if isinstance(reference, str) and not reference.startswith(("#/definitions/", "#/parameters/", "#/responses/")):
            yield Fault(at(place, "$ref"), "Refer to #/definitions, #/parameters or #/responses of this file.")


def alone_beside_a_reference(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        if isinstance(node.get("$ref"), str) and len(node) > 1:
            others = ", ".join(sorted(set(node) - {"$ref"}))
            yield Fault(place, f"Beside a $ref nothing else counts: {others}.")


def _wholes(view: ConnectorView) -> Iterator[tuple[str, list[Node]]]:
    """Each body and answer as a whole."""
    for operation in view.operations:
        if operation.body is not None:
            yield operation.body.place, body_nodes(view, operation)
        for response in operation.responses:
            yield response.place, answer_nodes(view, response)
        yield at(operation.item_place, "x-ms-notification-content"), event_nodes(view, operation)


def depth(view: ConnectorView) -> Iterator[Fault]:
    for place, nodes in _wholes(view):
        deepest = max((node.depth for node in nodes), default=0)
        if any(node.endless for node in nodes):
            yield Fault(place, "A schema holds itself: the designer would unfold it without end.")
        elif deepest > limit("schemaDepth"):
            yield Fault(place, f"Schemas are nested {deepest} deep; at most {limit('schemaDepth')} are allowed.")


def count(view: ConnectorView) -> Iterator[Fault]:
    for place, nodes in _wholes(view):
        if len(nodes) > limit("schemasOfABody"):
            yield Fault(place, f"There are {len(nodes)} schemas; at most {limit('schemasOfABody')} are allowed.")


RULES = (
    error("RequiredPropertyArrayEmpty", required_not_empty),
    error("RequiredPropertyDefinitionMissing", required_defined),
    error("RequiredPropertyNotOnObject", required_on_objects),
    error("ArrayHasNoItems", items),
    error("SchemaReferenceNotFound", _leads_somewhere("definitions")),
    error("ParameterReferenceNotFound", _leads_somewhere("parameters")),
    error("ResponseReferenceNotFound", _leads_somewhere("responses")),
    error("SchemaReferenceNotValid", known_reference),
    error("AdditionalPropertyNotAllowedAdjacentToRef", alone_beside_a_reference),
    error("SchemaTooDeep", depth),
    error("BodySchemaCountExceedsMaxAllowed", count),
)
