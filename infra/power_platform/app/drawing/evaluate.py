"""What a formula comes to, given values for variables: for pictures and for tests. Actions are not run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import floor
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from infra.power_platform.app.constants import Colour
from infra.power_platform.app.fx.tree import (
    Binary,
    Call,
    Chain,
    Dot,
    Name,
    Node,
    Number,
    Record,
    Rows,
    Text,
    Truth,
    Unary,
)
from infra.power_platform.app.tables import enumerations
from shared.clock import SystemClock

_BY_ROW = ("Concat", "Filter", "ForAll", "LookUp")
_FORMATS = {"yyyy-mm-dd hh:mm": "%Y-%m-%d %H:%M", "d mmmm yyyy": "%-d %B %Y", "0.0": "", "yyyy-mm-dd": "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class Values:
    """`definitions`: App.Formulas; `names`: everything else that a name may stand for here."""

    definitions: Mapping[str, Node]
    names: Mapping[str, Any]

    def having(self, more: Mapping[str, Any]) -> Values:
        return replace(self, names={**self.names, **more})

    def of(self, node: Node | None) -> Any:  # noqa: C901, PLR0911 - one branch a kind of node
        match node:
            case Number(value) | Text(value) | Truth(value):
                return value
            case Name(name):
                return self._name(name)
            case Dot(Name("Color"), "Transparent"):
                return None
            case Dot(Name(name), member) if name in enumerations():
                return member
            case Dot(base, member):
                found = self.of(base)
                return found.get(member) if isinstance(found, Mapping) else None
            case Record(fields):
                return {name: self.of(value) for name, value in fields}
            case Rows(items) | Chain(items):
                return [self.of(item) for item in items]
            case Unary(sign, operand):
                found = self.of(operand)
                return not found if sign in ("!", "Not") else -(found or 0)
            case Binary(sign, left, right):
                return _binary(sign, self.of(left), lambda: self.of(right))
            case Call(None, function, arguments):
                return self._call(function, arguments)
        return None

    def _name(self, name: str) -> Any:
        if name in self.names:
            return self.names[name]
        return self.of(self.definitions[name]) if name in self.definitions else None

    def _call(self, function: str, arguments: tuple[Node, ...]) -> Any:
        if function == "If":
            pairs = zip(arguments[::2], arguments[1::2], strict=False)
            found = next((then for condition, then in pairs if self.of(condition)), None)
            other = arguments[-1] if len(arguments) % 2 else None
            return self.of(found if found is not None else other)
        if function == "IfError":
            return self._if_error(arguments)
        if function in _BY_ROW:
            return self._by_row(function, self.of(arguments[0]) or [], arguments[1:])
        known = _FUNCTIONS.get(function)
        return known(*[self.of(one) for one in arguments]) if known else None

    def _if_error(self, arguments: tuple[Node, ...]) -> Any:
        try:
            return self.of(arguments[0])
        except (ValueError, TypeError):
            return self.of(arguments[1])

    def _by_row(self, function: str, rows: Sequence[Mapping[str, Any]], others: tuple[Node, ...]) -> Any:
        each = [(row, self.having({**row, "ThisRecord": row})) for row in rows]
        if function == "Concat":
            between = self.of(others[1]) if len(others) > 1 else ""
            return between.join(_text(values.of(others[0])) for _, values in each)
        if function == "ForAll":
            return [values.of(others[0]) for _, values in each]
        fitting = [(row, values) for row, values in each if values.of(others[0])]
        if function == "LookUp":
            first = next(iter(fitting), None)
            return None if first is None else first[1].of(others[1]) if len(others) > 1 else first[0]
        return [row for row, _ in fitting]


def _text(value: Any, form: str = "") -> str:
    if isinstance(value, datetime | date):
        return value.strftime(_FORMATS.get(form, "%Y-%m-%d"))
    if isinstance(value, float):
        return f"{value:.1f}" if form == "0.0" else f"{value:g}"
    return "" if value is None else str(value)


def _binary(sign: str, left: Any, right: Callable[[], Any]) -> Any:
    if sign in ("&&", "And"):
        return bool(left) and bool(right())
    if sign in ("||", "Or"):
        return bool(left) or bool(right())
    other = right()
    if sign == "&":
        return _text(left) + _text(other)
    if sign == "in":
        return any(left == (one.get("Value") if isinstance(one, Mapping) else one) for one in other or ())
    if sign in ("=", "<>"):
        return ((left or "") == (other or "")) is (sign == "=")
    left, other = left or 0, other or 0
    return _ORDERED[sign](left, other) if sign in _ORDERED else None


_ORDERED: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
}


def _blank(value: Any) -> bool:
    return value is None or value == ""


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "RGBA": lambda red, green, blue, alpha: Colour(int(red), int(green), int(blue), alpha),
    "User": lambda: {"FullName": "Sam Taylor"},
    "Table": lambda *rows: [{"Value": one} for one in rows[0]] if isinstance(rows[0], list) else list(rows),
    "ParseJSON": json.loads,
    "FirstN": lambda rows, count=1: (rows or [])[: int(count)],
    "GUID": lambda: str(uuid4()),
    "Today": lambda: SystemClock().now().date(),
    "Now": lambda: SystemClock().now(),
    "DateDiff": lambda start, end, _unit="Minutes": float((end - start) // timedelta(minutes=1)),
    "DateAdd": lambda day, days, _unit="Days": day + timedelta(days=days),
    "IsBlank": _blank,
    "IsBlankOrError": _blank,
    "IsEmpty": lambda rows: not rows,
    "Coalesce": lambda *values: next((one for one in values if not _blank(one)), None),
    "First": lambda rows: rows[0] if rows else None,
    "CountRows": lambda rows: float(len(rows or ())),
    "Max": max,
    "Text": _text,
    "DateTimeValue": datetime.fromisoformat,
    "DateValue": date.fromisoformat,
    "Len": lambda text: float(len((text or "").encode("utf-16-le")) // 2),  # Power Fx counts as JavaScript does
    "Left": lambda text, count: (text or "")[: int(count)],
    "Right": lambda text, count: (text or "")[-int(count) :],
    "Substitute": lambda text, old, new: (text or "").replace(old, new),
    "EncodeUrl": lambda text: quote(text or "", safe=""),
    "RoundDown": lambda number, places: floor(number * 10**places) / 10**places,
    "SortByColumns": lambda rows, column, _order: sorted(rows or [], key=lambda row: str(row[column] or "")),
    "Mid": lambda text, start, count=None: text[int(start) - 1 :][: int(count) if count else None],
    "Char": lambda code: chr(int(code)),
    "Trim": lambda text: " ".join((text or "").split()),
    "Lower": lambda text: (text or "").lower(),
    "StartsWith": lambda text, start: (text or "").startswith(start),
}
