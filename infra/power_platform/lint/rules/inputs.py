"""Inputs that makers do not see: they are sent only if they are required and have a value."""

from collections.abc import Iterator

from infra.power_platform.lint.inputs_shown import Input, all_inputs
from infra.power_platform.lint.json_places import at, mapping
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView


def _hidden(view: ConnectorView) -> Iterator[Input]:
    """Objects are judged by what is in them."""
    for one in all_inputs(view):
        if one.internal and not mapping(one.schema.get("properties")):
            yield one


def default_of_what_is_required(view: ConnectorView) -> Iterator[Fault]:
    for one in _hidden(view):
        filled_in = one.schema.get("x-ms-notification-url") is True  # the platform writes the callback URL
        if one.required_in_parent and "default" not in one.schema and not filled_in:
            yield Fault(at(one.place, "default"), f"Nobody can fill in {one.name}: it is internal; give it a default.")


def required_if_defaulted(view: ConnectorView) -> Iterator[Fault]:
    for one in _hidden(view):
        if "default" in one.schema and not one.required_in_parent:
            yield Fault(one.place, f"{one.name} is internal and optional, so its default is never sent.")


RULES = (
    error("InternalParameterWithoutDefault", default_of_what_is_required),
    error("PropertyMustBeRequired", required_if_defaulted),
)
