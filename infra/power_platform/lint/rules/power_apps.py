"""What Power Apps cannot use, though flows can: its own form of a definition knows no nested arrays.

"Parameter with type='array' is not currently supported" (BusinessApplicationPlatform-Connectors-public#344). Meant for
Power Apps is every action that makers see; triggers and internal operations are not called from there.
"""

from collections.abc import Iterator

from infra.power_platform.lint.json_places import at
from infra.power_platform.lint.registry import Fault, warning
from infra.power_platform.lint.schema_walk import body_nodes
from infra.power_platform.lint.view import ConnectorView, Operation


def _actions(view: ConnectorView) -> Iterator[Operation]:
    return (operation for operation in view.operations if not operation.internal and not operation.is_trigger)


def no_array_in_the_query(view: ConnectorView) -> Iterator[Fault]:
    for operation in _actions(view):
        for parameter in operation.parameters:
            if parameter.location == "query" and parameter.raw.get("type") == "array":
                yield Fault(at(parameter.place, "type"), f"Power Apps cannot fill in the array {parameter.name}.")


def no_array_in_an_array(view: ConnectorView) -> Iterator[Fault]:
    for operation in _actions(view):
        for node in body_nodes(view, operation):
            if node.is_array and node.arrays:
                yield Fault(node.place, f"Power Apps cannot fill in {'/'.join(node.path)}: an array inside an array.")


RULES = (
    warning("ArrayInQuery", no_array_in_the_query),
    warning("ArrayInsideArray", no_array_in_an_array),
)
