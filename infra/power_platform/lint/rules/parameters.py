"""Parameters of operations: where they may stand, and that path and declaration agree."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from infra.power_platform.lint.json_places import at
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView, Operation, Parameter

_VARIABLE = re.compile(r"\{([^{}/]+)\}")
_BODIES = ("body", "formData")


def _each(view: ConnectorView, location: str = "") -> Iterator[tuple[Operation, Parameter]]:
    for operation in view.operations:
        for parameter in operation.parameters:
            if not location or parameter.location == location:
                yield operation, parameter


def not_connection_id(view: ConnectorView) -> Iterator[Fault]:
    for _, parameter in _each(view):
        if parameter.name.lower() == "connectionid":
            yield Fault(at(parameter.place, "name"), "The platform keeps the name connectionId for itself.")


def path_required(view: ConnectorView) -> Iterator[Fault]:
    for _, parameter in _each(view, "path"):
        if not parameter.required:
            yield Fault(at(parameter.place, "required"), f"{parameter.name} stands in the path, so it is required.")


def path_encoding(view: ConnectorView) -> Iterator[Fault]:
    for _, parameter in _each(view, "path"):
        if parameter.raw.get("x-ms-url-encoding") != "single":
            yield Fault(at(parameter.place, "x-ms-url-encoding"), 'Write "x-ms-url-encoding": "single".')


def query_encoding(view: ConnectorView) -> Iterator[Fault]:
    for _, parameter in _each(view, "query"):
        if "x-ms-url-encoding" in parameter.raw:
            yield Fault(at(parameter.place, "x-ms-url-encoding"), "Only path parameters state their encoding.")


def no_body_in_a_get(view: ConnectorView) -> Iterator[Fault]:
    for operation, parameter in _each(view):
        if operation.method == "get" and parameter.location in _BODIES:
            yield Fault(parameter.place, f"{operation.label} is a GET and cannot have a body.")


def one_body(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        bodies = [parameter for parameter in operation.parameters if parameter.location == "body"]
        for extra in bodies[1:]:
            yield Fault(extra.place, f"{operation.label} has more than one body.")


def body_schema(view: ConnectorView) -> Iterator[Fault]:
    for _, parameter in _each(view, "body"):
        if "schema" not in parameter.raw:
            yield Fault(at(parameter.place, "schema"), "A body states its schema.")


def schema_only_in_body(view: ConnectorView) -> Iterator[Fault]:
    for _, parameter in _each(view):
        if parameter.location != "body" and "schema" in parameter.raw:
            yield Fault(at(parameter.place, "schema"), "Only a body has a schema; write the type beside the name.")


def declared(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        present = _names(operation, lambda parameter: parameter.location == "path")
        for name in dict.fromkeys(_VARIABLE.findall(operation.path)):
            if operation.raw and name not in present:
                yield Fault(at(operation.place, "parameters"), f"{operation.label} does not declare {{{name}}}.")


def in_the_path(view: ConnectorView) -> Iterator[Fault]:
    for operation, parameter in _each(view, "path"):
        if parameter.name not in _VARIABLE.findall(operation.path):
            yield Fault(parameter.place, f"{{{parameter.name}}} does not stand in {operation.path}.")


def unique(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        counted = Counter((one.name, one.location) for one in operation.parameters if one.location != "body")
        for (name, location), number in counted.items():
            if number > 1:
                yield Fault(at(operation.place, "parameters"), f"{name} in the {location} stands here {number} times.")


def _names(operation: Operation, wanted: Callable[[Parameter], bool]) -> set[str]:
    return {parameter.name for parameter in operation.parameters if wanted(parameter)}


RULES = (
    error("ConnectionIdParameterNotAllowed", not_connection_id),
    error("PathParameterMustBeRequired", path_required),
    error("PathParameterMissingEncoding", path_encoding),
    error("QueryParameterEncodingNotSupported", query_encoding),
    error("BodyOrFormDataParameterInFetchOperationNotAllowed", no_body_in_a_get),
    error("OperationParametersContainMultipleBodyParameters", one_body),
    error("BodyParameterSchemaRequired", body_schema),
    error("NonBodyParameterSchemaNotValid", schema_only_in_body),
    error("OperationMissingPathParameter", declared),
    error("PathParameterNotDefinedInTemplate", in_the_path),
    error("OperationParametersContainDuplicateParameter", unique),
)
