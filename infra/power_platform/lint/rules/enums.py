"""Lists of values, the names they are shown under, and defaults: of the right type, and agreeing with each other."""

import json
from collections.abc import Iterator

from infra.power_platform.lint.json_places import at, kind_of, listing, mapping, text
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.schema_walk import written_objects
from infra.power_platform.lint.view import ConnectorView

_VALUES = "x-ms-enum-values"


def not_empty(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        if node.get("enum") == []:
            yield Fault(at(place, "enum"), "An enum has at least one value.")


def no_repeats(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        values = [json.dumps(value) for value in listing(node.get("enum"))]
        if len(set(values)) < len(values):
            yield Fault(at(place, "enum"), "A value stands here twice.")


def types(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        for number, value in enumerate(listing(node.get("enum"))):
            if not _fits(value, node.get("type")):
                yield Fault(at(place, "enum", number), f"This is not of the type {node.get('type')}.")


def _fits(value: object, wanted: object) -> bool:
    kind = kind_of(value)
    return not isinstance(wanted, str) or kind == wanted or (wanted == "number" and kind == "integer")


def shown_values_match(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        if _VALUES not in node:
            continue
        values = listing(node.get("enum"))
        shown = [mapping(item).get("value") for item in listing(node[_VALUES])]
        for number, value in enumerate(shown):
            if value not in values:
                yield Fault(at(place, _VALUES, number, "value"), f"{value!r} is not among the enum's values.")
        for value in values:
            if value not in shown:
                yield Fault(at(place, _VALUES), f"{value!r} of the enum has no name here.")


def shown_names(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        for number, item in enumerate(listing(node.get(_VALUES))):
            if not text(mapping(item).get("displayName")).strip():
                yield Fault(at(place, _VALUES, number, "displayName"), "Give this value the name that makers see.")


def shown_once(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        shown = [json.dumps(mapping(item).get("value")) for item in listing(node.get(_VALUES))]
        if len(set(shown)) < len(shown):
            yield Fault(at(place, _VALUES), "A value has more than one name.")


def default_type(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        if "default" in node and not _fits(node["default"], node.get("type")):
            yield Fault(at(place, "default"), f"The default is not of the type {node.get('type')}.")


def default_listed(view: ConnectorView) -> Iterator[Fault]:
    for place, node in written_objects(view):
        values = listing(node.get("enum"))
        if values and "default" in node and node["default"] not in values and _fits(node["default"], node.get("type")):
            yield Fault(at(place, "default"), "The default is not among the enum's values.")


RULES = (
    error("EnumMustContainAtLeastOneElement", not_empty),
    error("ArrayDuplicateValue", no_repeats),
    error("InvalidEnumValue", types),
    error("InvalidEnumValuesExtensionValue", shown_values_match),
    error("MissingEnumValuesDisplayName", shown_names),
    error("DuplicateEnumValuesInExtension", shown_once),
    error("DefaultValueMustMatchType", default_type),
    error("JsonValueNotInEnum", default_listed),
)
