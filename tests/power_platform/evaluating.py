"""Evaluates expressions of flows: the functions that ours use, as Microsoft's reference describes them.

Strict where the platform is: a list is asked of no `null`, a field of no text, and an unknown function is an error.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.power_platform.solutions.expressions import Access, Call, Literal, Node, parts_of

type Scope = Mapping[str, Callable[..., Any]]
"""Functions that only a run can answer, by their names in small letters."""

ZONES = {
    "UTC": "UTC",
    "GMT Standard Time": "Europe/London",
    "China Standard Time": "Asia/Shanghai",
    "India Standard Time": "Asia/Kolkata",
}
_TICKS_AT_1970 = 621_355_968_000_000_000


class Wrong(Exception):
    """What the platform would call an invalid template: the action fails."""


def evaluate(value: Any, scope: Scope) -> Any:
    """A JSON value with every expression in it replaced by what it gives."""
    if isinstance(value, Mapping):
        return {key: evaluate(inner, scope) for key, inner in value.items()}
    if isinstance(value, list):
        return [evaluate(inner, scope) for inner in value]
    if not isinstance(value, str):
        return value
    parts = parts_of(value)
    if len(parts) == 1 and parts[0].node is not None and not value.startswith("@{"):
        return _value(parts[0].node, scope)
    return "".join(part.text if part.node is None else text(_value(part.node, scope)) for part in parts)


def text(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if not isinstance(value, bool) else "True" if value else "False"


def instant(written: str) -> datetime:
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _value(node: Node, scope: Scope) -> Any:
    match node:
        case Literal(value):
            return value
        case Access(base, key, safe):
            return _field(_value(base, scope), _value(key, scope), safe=safe)
        case Call(name, arguments):
            function = scope.get(name.lower()) or _FUNCTIONS.get(name.lower())
            if function is None:
                raise Wrong(f"this evaluator has no function {name}()")
            return function(*(_value(argument, scope) for argument in arguments))


def _field(base: Any, key: Any, *, safe: bool) -> Any:
    if base is None and safe:
        return None
    if isinstance(base, Mapping):
        if key in base:
            return base[key]
        head, _, rest = str(key).partition("/")
        if rest and head in base:
            return _field(base[head], rest, safe=safe)
        if safe:
            return None
    if isinstance(base, list) and isinstance(key, int):
        return base[key] if key < len(base) else None
    raise Wrong(f"{key!r} is asked of {type(base).__name__}")


def _list_or_text(value: Any) -> Any:
    if not isinstance(value, list | str):
        raise Wrong(f"a list or a text is needed, not {type(value).__name__}")
    return value


def _union(*lists: list[Any]) -> list[Any]:
    found: list[Any] = []
    for one in lists:
        found += [item for item in _list_or_text(one) if item not in found]
    return found


def _zone(written: str, source: str, target: str, form: str) -> str:
    at = datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(ZONES[source]))
    return _formatted(at.astimezone(ZoneInfo(ZONES[target])), form)


def _formatted(at: datetime, form: str) -> str:
    for theirs, ours in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M")):
        form = form.replace(theirs, ours)
    return at.strftime(form)


def _ticks(written: str) -> int:
    return int(instant(written).timestamp()) * 10_000_000 + _TICKS_AT_1970


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "adddays": lambda at, days, form: _formatted(instant(at) + timedelta(days=days), form),
    "and": lambda *all_: all(all_),
    "coalesce": lambda *all_: next((one for one in all_ if one is not None), None),
    "concat": lambda *all_: "".join(map(text, all_)),
    "converttimezone": _zone,
    "div": lambda a, b: int(a / b) if not isinstance(a, int) else a // b,
    "empty": lambda value: value is None or len(value) == 0,
    "equals": lambda a, b: type(a) is type(b) and a == b,
    "first": lambda value: next(iter(_list_or_text(value)), None),
    "if": lambda condition, yes, no: yes if condition else no,
    "int": int,
    "join": lambda values, sign: sign.join(map(text, values)),
    "length": lambda value: len(_list_or_text(value)),
    "not": lambda value: not value,
    "or": lambda *all_: any(all_),
    "replace": lambda value, old, new: value.replace(old, new),
    "split": lambda value, sign: value.split(sign),
    "sub": lambda a, b: a - b,
    "take": lambda value, count: _list_or_text(value)[:count],
    "ticks": _ticks,
    "union": _union,
}
