"""A workspace transformation, worked out on one row, so that a check can send it a URL and see what is left.

Only what our transformations use: `where` and `extend`, `iif`, `tostring`, `parse_json`, and the operators below. All
of it is on Microsoft's list (learn.microsoft.com, data-collection-transformations-kql); anything else is an error.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

type Row = Mapping[str, Any]
type Value = Callable[[Row], Any]

_TOKEN = re.compile(r"\s*('[^']*'|\"[^\"]*\"|!?\w+|==|!=|[(),])")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "contains": lambda text, part: part.lower() in text.lower(),
    "!contains": lambda text, part: part.lower() not in text.lower(),
    "==": operator.eq,
    "!=": operator.ne,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "iif": lambda condition, true, false: true if condition else false,
    "tostring": lambda value: value if isinstance(value, str) else json.dumps(value),
    "parse_json": json.loads,
}


class UnknownKql(ValueError):
    """Something that transformations are not documented to know, or a column that the table has not. Says what."""


def transformed(query: str, row: Row) -> Row | None:
    """What is stored of the row; None: nothing. Raises UnknownKql."""
    source, *steps = [step.strip() for step in query.split("|")]
    if source != "source":
        raise UnknownKql(source)
    for step in steps:
        verb, _, text = step.partition(" ")
        if verb == "where":
            if not _Reader(text).whole()(row):
                return None
        elif verb == "extend":
            name, _, expression = text.partition(" = ")
            row = {**row, name: _Reader(expression).whole()(row)}
        else:
            raise UnknownKql(verb)
    return row


class _Reader:
    """Reads an expression from left to right; `and` binds stronger than `or`."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None:
                raise UnknownKql(text[place:].strip())
            self._tokens.append(found[1])
            place = found.end()

    def whole(self) -> Value:
        value = self._either()
        if self._tokens:
            raise UnknownKql(self._tokens[0])
        return value

    def _either(self) -> Value:
        value = self._both()
        while self._taken("or"):
            left, right = value, self._both()
            value = _joined(any, left, right)
        return value

    def _both(self) -> Value:
        value = self._compared()
        while self._taken("and"):
            left, right = value, self._compared()
            value = _joined(all, left, right)
        return value

    def _compared(self) -> Value:
        left = self._one()
        if not self._tokens or self._tokens[0] in {"and", "or", ")", ","}:
            return left
        compare = _known(_OPERATORS, self._tokens.pop(0))
        right = self._one()
        return lambda row: compare(left(row), right(row))

    def _one(self) -> Value:
        token = self._tokens.pop(0) if self._tokens else ""
        if token[:1] in {"'", '"'}:
            return lambda _: token[1:-1]
        if self._taken("("):
            call, given = _known(_FUNCTIONS, token), self._given()
            return lambda row: call(*(value(row) for value in given))
        return lambda row: _known(row, token)

    def _given(self) -> list[Value]:
        given = [self._either()]
        while self._taken(","):
            given.append(self._either())
        if not self._taken(")"):
            raise UnknownKql("(")
        return given

    def _taken(self, token: str) -> bool:
        found = self._tokens[:1] == [token]
        if found:
            self._tokens.pop(0)
        return found


def _joined(how: Callable[[list[Any]], bool], left: Value, right: Value) -> Value:
    return lambda row: how([left(row), right(row)])


def _known(names: Mapping[str, Any], name: str) -> Any:
    if name not in names:
        raise UnknownKql(name)
    return names[name]
