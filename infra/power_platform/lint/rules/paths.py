"""Paths: well formed, none empty, and each request goes to one operation only."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from infra.power_platform.lint.json_places import DEFINITION, at, mapping
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import METHODS, ConnectorView, Operation

PATHS = at(DEFINITION, "paths")
_VARIABLE = re.compile(r"\{[^{}/]+\}")


def _paths(view: ConnectorView) -> Mapping[str, object]:
    return mapping(view.definition.get("paths"))


def starts_with_slash(view: ConnectorView) -> Iterator[Fault]:
    for path in _paths(view):
        if not path.startswith("/"):
            yield Fault(at(PATHS, path), "A path must start with '/'.")


def no_wildcard(view: ConnectorView) -> Iterator[Fault]:
    for path in _paths(view):
        if "*" in path:
            yield Fault(at(PATHS, path), "A path cannot hold '*'.")


def no_query(view: ConnectorView) -> Iterator[Fault]:
    for path in _paths(view):
        if "?" in path or "#" in path:
            yield Fault(at(PATHS, path), "A path cannot hold '?' or '#'; query parameters are declared.")


def braces(view: ConnectorView) -> Iterator[Fault]:
    for path in _paths(view):
        if re.search(r"[{}]", _VARIABLE.sub("", path)):
            yield Fault(at(PATHS, path), "'{' and '}' must enclose a variable within one segment.")


def not_empty(view: ConnectorView) -> Iterator[Fault]:
    for path, item in _paths(view).items():
        if not any(method in mapping(item) for method in METHODS) and "$ref" not in mapping(item):
            yield Fault(at(PATHS, path), "This path has no operation: remove it.")


def no_references(view: ConnectorView) -> Iterator[Fault]:
    for path, item in _paths(view).items():
        if "$ref" in mapping(item):
            yield Fault(at(PATHS, path, "$ref"), "A path cannot be a reference.")


def unique_ignoring_case(view: ConnectorView) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for path in _paths(view):
        known = first.setdefault(path.lower(), path)
        if known != path:
            yield Fault(at(PATHS, path), f"Only its capitals tell this path from {known}.")


def unique_templates(view: ConnectorView) -> Iterator[Fault]:
    """Variables have no name in a request: `/a/{id}` and `/a/{name}` are one."""
    first: dict[tuple[str, str], Operation] = {}
    for operation in view.operations:
        known = first.setdefault((operation.method, _VARIABLE.sub("{}", operation.path)), operation)
        if known is not operation:
            yield Fault(operation.place, f"A request cannot be told from one for {known.label} ({known.path}).")


def unconditional_routes(view: ConnectorView) -> Iterator[Fault]:
    """`/a/{id}` and `/a/search`: which one answers depends on what `id` happens to be."""
    alike: dict[tuple[str, int, str], list[Operation]] = defaultdict(list)
    for operation in view.operations:
        segments = operation.path.split("/")
        for number in range(len(segments)):
            others = "/".join(_VARIABLE.sub("{}", one) for one in (*segments[:number], "", *segments[number + 1 :]))
            alike[operation.method, number, others].append(operation)
    for (_, number, _), group in alike.items():
        variable = [one for one in group if _VARIABLE.search(one.path.split("/")[number])]
        static = [one for one in group if one not in variable]
        if variable and static:
            yield Fault(variable[0].place, f"A value may lead to {static[0].label} ({static[0].path}) instead.")


RULES = (
    error("OperationPathMustStartWithSlash", starts_with_slash),
    error("OperationPathContainsUnsupportedCharacters", no_wildcard),
    error("OperationPathMayNotContainQueryOrFragment", no_query),
    error("OperationPathTemplateNotValid", braces),
    error("PathItemRefNotSuppored", no_references),  # so spelt in Microsoft's list
    error("EmptyPath", not_empty),
    error("PathRedefined", unique_ignoring_case),
    error("DuplicateOperationPath", unique_templates),
    error("PartialDuplicateOperationPath", unconditional_routes),
)
