"""Route templates of HTTP triggers, matched in the real host's order.

Order and constraints follow WebJobsRouteBuilder of azure-webjobs-sdk-extensions (RouteComparison) and ASP.NET Core's
route templates: a literal segment before a parameter, a parameter with constraints before one without, the longer
template first. A catch-all comes last among equals. Literals match in any case; values are percent-decoded.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

RESERVED_PREFIXES = ("admin", "runtime")  # the host's own endpoints; a function's route must not begin so

_PARAMETER = re.compile(
    r"\{(?P<all>\*{0,2})(?P<name>[A-Za-z_]\w*)(?P<rules>(?::[^{}:?=]+(?:\{[^{}]*\})?[^{}:?=]*)*)(?P<optional>\??)\}"
)
_WHOLE = re.compile(r"[+-]?\d+")


class RouteError(ValueError):
    """A route template that the real host would refuse."""


def _length(value: str, arguments: list[int]) -> bool:
    return arguments[0] <= len(value) <= arguments[-1]


def _whole_within(least: int, most: int) -> Callable[[str, list[int]], bool]:
    return lambda value, _: bool(_WHOLE.fullmatch(value)) and least <= int(value) <= most


_GUID = re.compile(r"[{(]?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}[)}]?", re.IGNORECASE)
_CONSTRAINTS: Mapping[str, Callable[[str, list[int]], bool]] = {
    "int": _whole_within(-(2**31), 2**31 - 1),
    "long": _whole_within(-(2**63), 2**63 - 1),
    "bool": lambda value, _: value.lower() in ("true", "false"),
    "alpha": lambda value, _: bool(re.fullmatch(r"[A-Za-z]*", value)),
    "guid": lambda value, _: bool(_GUID.fullmatch(value)),
    "length": _length,
    "minlength": lambda value, arguments: len(value) >= arguments[0],
    "maxlength": lambda value, arguments: len(value) <= arguments[0],
    "min": lambda value, arguments: bool(_WHOLE.fullmatch(value)) and int(value) >= arguments[0],
    "max": lambda value, arguments: bool(_WHOLE.fullmatch(value)) and int(value) <= arguments[0],
    "range": lambda value, arguments: bool(_WHOLE.fullmatch(value)) and arguments[0] <= int(value) <= arguments[1],
}


@dataclass(frozen=True)
class Segment:
    """One part of a template between slashes: a literal, or a parameter with its constraints."""

    literal: str = ""
    parameter: str = ""
    checks: tuple[Callable[[str], bool], ...] = ()
    optional: bool = False
    catch_all: bool = False

    def accepts(self, value: str) -> bool:
        """Whether this segment matches a percent-decoded, non-empty part of a path."""
        if not self.parameter:
            return value.lower() == self.literal.lower()
        return all(check(value) for check in self.checks)


@dataclass(frozen=True)
class Route:
    """A template with its methods; `methods` empty means all."""

    segments: tuple[Segment, ...]
    methods: frozenset[str]
    function_name: str

    @classmethod
    def parse(cls, template: str, methods: Iterable[str] | None, function_name: str) -> Route:
        """Read a template such as `{channel}/v1/messages/{id:int}`. Raises RouteError."""
        segments = tuple(_segment(part) for part in template.strip("/").split("/") if part)
        for place, segment in enumerate(segments[:-1]):
            if segment.catch_all or (segment.optional and not segments[place + 1].optional):
                raise RouteError(f"{function_name}: only the last parameters of a route may be optional or catch all")
        return cls(segments, frozenset(method.upper() for method in methods or ()), function_name)

    def match(self, method: str, parts: list[str]) -> dict[str, str] | None:
        """Route parameters if method and path parts match, else None. Absent optional parameters have no entry."""
        if self.methods and method not in self.methods:
            return None
        values: dict[str, str] = {}
        for place, segment in enumerate(self.segments):
            if segment.catch_all:
                values[segment.parameter] = "/".join(parts[place:])
                return values
            if place >= len(parts):
                return values if segment.optional else None
            if not parts[place] or not segment.accepts(parts[place]):
                return None
            if segment.parameter:
                values[segment.parameter] = parts[place]
        return values if len(parts) == len(self.segments) else None


class RouteTable:
    """Every route of an app, in order of precedence."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=functools.cmp_to_key(_precedence))

    def match(self, method: str, raw_path: str) -> tuple[str, dict[str, str]] | None:
        """Name of the function and route parameters for a request, or None: 404, also for a method that none takes."""
        parts = [_decoded(part) for part in raw_path.removeprefix("/").split("/")]
        if parts and not parts[-1]:
            parts.pop()  # one trailing slash is not significant
        for route in self._routes:
            values = route.match(method.upper(), parts)
            if values is not None:
                return route.function_name, values
        return None


def _segment(part: str) -> Segment:
    if "{" not in part and "}" not in part:
        return Segment(literal=part)
    found = _PARAMETER.fullmatch(part)
    if not found:
        raise RouteError(f"route segment {part} is not a literal or one parameter")
    rules = re.findall(r":([^:]+)", found["rules"])
    return Segment(
        parameter=found["name"],
        checks=tuple(_check(rule) for rule in rules),
        optional=bool(found["optional"]) or bool(found["all"]),
        catch_all=bool(found["all"]),
    )


def _check(rule: str) -> Callable[[str], bool]:
    name, _, inner = rule.removesuffix(")").partition("(")
    if name == "regex":
        pattern = re.compile(inner, re.IGNORECASE)
        return lambda value: bool(pattern.search(value))
    if name not in _CONSTRAINTS:
        raise RouteError(f"route constraint {name} is not known")
    constraint, arguments = _CONSTRAINTS[name], [int(number) for number in inner.split(",") if number.strip()]
    return lambda value: constraint(value, arguments)


def _decoded(part: str) -> str:
    kept = re.sub("%2f", "%252F", part, flags=re.IGNORECASE)  # an encoded slash stays encoded, as in ASP.NET Core
    return unquote(kept)


def _precedence(left: Route, right: Route) -> int:
    for mine, yours in zip(left.segments, right.segments, strict=False):
        ranks = _rank(mine), _rank(yours)
        if ranks[0] != ranks[1]:
            return -1 if ranks[0] < ranks[1] else 1
        if mine.literal.lower() != yours.literal.lower():
            return -1 if mine.literal.lower() < yours.literal.lower() else 1
    return len(right.segments) - len(left.segments)


def _rank(segment: Segment) -> tuple[int, int]:
    kind = 2 if segment.catch_all else 1 if segment.parameter else 0
    return kind, -len(segment.checks)
