"""Drop-downs and dynamic schemas: the operation they call exists, gets what it needs, and answers what they read."""

from collections.abc import Iterator

from infra.power_platform.lint.dynamic_calls import (
    KINDS,
    LIST,
    PROPERTIES,
    SCHEMA,
    VALUES,
    DynamicCall,
    dynamic_calls,
    input_names,
    required_inputs,
    test_connection,
)
from infra.power_platform.lint.inputs_shown import inputs_of
from infra.power_platform.lint.json_places import at, mapping, text
from infra.power_platform.lint.registry import Fault, error, warning
from infra.power_platform.lint.schema_walk import at_path, successful_schema
from infra.power_platform.lint.view import ConnectorView, Operation

_NEXT_LINKS = ("nextLink", "@odata.nextLink")
_BUILT_IN = ("builtInOperation", "capability")  # calls that need no operation of the connector


def _resolved(view: ConnectorView) -> Iterator[tuple[DynamicCall, Operation]]:
    for call in dynamic_calls(view):
        target = view.by_id.get(call.operation_id)
        if target is not None:
            yield call, target


def operation_exists(view: ConnectorView) -> Iterator[Fault]:
    for call in dynamic_calls(view):
        if call.operation_id not in view.by_id and not any(field in call.raw for field in _BUILT_IN):
            yield Fault(at(call.place, "operationId"), f"There is no operation {call.operation_id!r}.")
    test = test_connection(view)
    if test is not None and text(test[0].get("operationId")) not in view.by_id:
        yield Fault(at(test[1], "operationId"), f"There is no operation {test[0].get('operationId')!r}.")


def required_supplied(view: ConnectorView) -> Iterator[Fault]:
    for call, target in _resolved(view):
        for keys in required_inputs(view, target):
            if not set(keys) & set(call.given):
                yield Fault(at(call.place, "parameters"), f"{target.id} requires {keys[0]}.")
    test = test_connection(view)
    target_of_test = view.by_id.get(text(test[0].get("operationId"))) if test else None
    if test is not None and target_of_test is not None:
        for keys in required_inputs(view, target_of_test):
            if not set(keys) & set(mapping(test[0].get("parameters"))):
                yield Fault(at(test[1], "parameters"), f"{target_of_test.id} requires {keys[0]}.")


def names_known(view: ConnectorView) -> Iterator[Fault]:
    for call, target in _resolved(view):
        known = input_names(view, target)
        for name in call.given:
            if name not in known:
                yield Fault(at(call.place, "parameters", name), f"{target.id} takes no {name}.")
        own = input_names(view, call.source)
        for place, _, reference in call.references():
            if reference not in own:
                yield Fault(place, f"{call.source.label} has no input {reference}.")


def requirement_matches(view: ConnectorView) -> Iterator[Fault]:
    for call, target in _resolved(view):
        needed = {key for keys in required_inputs(view, target) for key in keys}
        required = {key for one in inputs_of(view, call.source) if one.required for key in one.keys}
        own = input_names(view, call.source)
        for place, name, reference in call.references():
            if name in needed and reference in own and reference not in required:
                yield Fault(place, f"{target.id} requires {name}, but {reference} is optional here.")


def gives_an_array(view: ConnectorView) -> Iterator[Fault]:
    for call, target in _resolved(view):
        if call.gives_a_list and not _is_array(view, call, target):
            where = f"under {call.collection!r}" if call.collection else "as its answer"
            yield Fault(call.place, f"{target.id} gives no array {where}.")


def _is_array(view: ConnectorView, call: DynamicCall, target: Operation) -> bool:
    found = at_path(view, successful_schema(target), call.collection)
    return found is not None and found.get("type") == "array"


def gives_the_properties(view: ConnectorView) -> Iterator[Fault]:
    for call, target in _resolved(view):
        schema: object = successful_schema(target)
        if call.gives_a_list:
            if not _is_array(view, call, target):
                continue
            schema = mapping(at_path(view, schema, call.collection)).get("items")
        for field, path in call.paths():
            if at_path(view, schema, path) is None:
                yield Fault(at(call.place, field), f"The answer of {target.id} has no {path!r} there.")


def _inputs_by_where(view: ConnectorView, operation: Operation) -> tuple[set[str], set[str]]:
    """Names of the parameters outside the body, and of what is in it."""
    inputs = list(inputs_of(view, operation))
    outside = {key for one in inputs if not one.in_body for key in one.keys}
    return outside, {key for one in inputs if one.in_body for key in one.keys}


def list_for_the_body(view: ConnectorView) -> Iterator[Fault]:
    for call in dynamic_calls(view):
        if call.kind == VALUES and LIST not in call.holder:
            outside, inside = _inputs_by_where(view, call.source)
            for place, _, reference in call.references():
                if reference in inside and reference not in outside:
                    yield Fault(place, f"{reference} stands in the body: add {LIST}, which names it by its path.")


def list_for_the_ambiguous(view: ConnectorView) -> Iterator[Fault]:
    for call in dynamic_calls(view):
        if call.kind == VALUES and LIST not in call.holder:
            outside, inside = _inputs_by_where(view, call.source)
            for place, _, reference in call.references():
                if reference in inside & outside:
                    yield Fault(place, f"{reference} is a parameter and stands in the body: add {LIST}.")


def properties_beside_schema(view: ConnectorView) -> Iterator[Fault]:
    for call in dynamic_calls(view):
        if call.kind == SCHEMA and PROPERTIES not in call.holder:
            yield Fault(call.place, f"Add {PROPERTIES} beside it.")


def same_path(view: ConnectorView) -> Iterator[Fault]:
    for call in dynamic_calls(view):
        if call.kind == PROPERTIES and SCHEMA in call.holder:
            schema_path = text(mapping(call.holder[SCHEMA]).get("value-path"))
            expected = schema_path.removesuffix("properties").removesuffix("/")
            if text(call.raw.get("itemValuePath")) != expected:
                yield Fault(at(call.place, "itemValuePath"), f"It must be {expected!r}, as in {SCHEMA}.")


def in_the_schema(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        body = operation.body
        for kind in KINDS if body else ():
            if body is not None and kind in body.raw:
                yield Fault(at(body.place, kind), "On a body it stands in the schema.")


def next_link(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if "x-ms-pageable" in operation.raw:
            name = mapping(operation.raw["x-ms-pageable"]).get("nextLinkName")
            if name not in _NEXT_LINKS:
                place = at(operation.place, "x-ms-pageable", "nextLinkName")
                yield Fault(place, f"It must be {' or '.join(_NEXT_LINKS)}.")


RULES = (
    error("OperationIdNotFound", operation_exists),
    error("OperationMissingRequiredProperty", required_supplied),
    error("OperationParameterNameNotFound", names_known),
    error("InvokedOperationShouldProduceArray", gives_an_array),
    error("InvokedOperationShouldProduceProperty", gives_the_properties),
    error("DynamicListExtensionRequiredForNonParameterReferences", list_for_the_body),
    error("DynamicListExtensionRequiredForAmbiguousReferences", list_for_the_ambiguous),
    error("DynamicPropertiesMissing", properties_beside_schema),
    error("DynamicPropertiesItemValuePathMismatch", same_path),
    error("DynamicExtensionDefinitionNotAllowedInParameter", in_the_schema),
    error("InvalidNextLinkNameValue", next_link),
    warning("OperationParameterRequiredMismatch", requirement_matches),
)
