"""A Bicep expression written again as text, so that a rule can say what it wants in Bicep's own words."""

from collections.abc import Mapping, Sequence
from typing import Any

_BETWEEN = {
    "property_accessor": ".",
    "equals": " == ",
    "not_equals": " != ",
    "and": " && ",
    "or": " || ",
    "greater_than": " > ",
    "greater_than_or_equals": " >= ",
    "less_than": " < ",
    "less_than_or_equals": " <= ",
    "coalesce": " ?? ",
}


def written(tree: Any) -> str:
    """`hostStorage.outputs.name`, `china ? a : b`, `!empty(email)`. Texts stand without their quotes."""
    if tree is None or isinstance(tree, bool):
        return {None: "null", True: "true", False: "false"}[tree]
    if isinstance(tree, list):
        return f"[{_list(tree)}]"
    return _object(tree) if isinstance(tree, Mapping) else str(tree)


def _object(tree: Mapping[str, Any]) -> str:
    if set(tree) == {"operator"}:
        return _operator(tree["operator"]["type"], tree["operator"]["operands"])
    if set(tree) == {"function"}:
        given = tree["function"].get("parameters") or {}
        return f"{_camel(tree['function']['type'])}({_list([one for one in given.values() if one is not None])})"
    if tree.get("type") == "lambda_expression":
        return f"{tree['detail']['var_1']} => {written(tree['detail']['expression'])}"
    return "{" + ", ".join(f"{name}: {written(value)}" for name, value in tree.items()) + "}"


def _list(trees: Sequence[Any]) -> str:
    return ", ".join(map(written, trees))


def _operator(kind: str, operands: Mapping[str, Any]) -> str:
    if kind == "conditional":
        condition, true, false = (written(operands[name]) for name in ("condition", "true_value", "false_value"))
        return f"{condition} ? {true} : {false}"
    if kind == "not":
        return f"!{written(operands['bool_value'])}"
    parts = [written(one) for one in operands.values()]
    if kind == "index_accessor":
        return f"{parts[0]}[{parts[1]}]"
    return _BETWEEN.get(kind, f" {kind} ").join(parts)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one.capitalize() for one in others)
