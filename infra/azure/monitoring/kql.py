"""The Kusto Query Language, as far as our own queries use it, on rows in memory.

    where       a column ==, startswith or in (…) texts
    parse       a column with texts and names, in simple mode
    extend      strcat(…); todouble(column) / number
    summarize   count(), dcount, percentile, max(toint(…)) by columns and bin(column, 1h)
    order by    one column, asc or desc

Anything else is an error, so that no chart of the docs shows what Azure would not. Source: learn.microsoft.com, Kusto
Query Language; `percentile` is exact here (nearest rank) and an estimate there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

type Row = dict[str, Any]
type Value = Callable[[Row], Any]
type Fold = Callable[[Sequence[Row]], Any]

TABLE = "AppTraces"
_TEXT = r'"([^"]*)"'
_SPANS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownKql(ValueError):
    """A query has something that is not evaluated here. Says what."""


def run(query: str, table: Sequence[Row]) -> list[Row]:
    """What the query makes of the table's rows. Raises UnknownKql."""
    lines = [line.strip() for line in query.splitlines() if line.strip() and not line.startswith("//")]
    if lines[:1] != [TABLE]:
        raise UnknownKql(f"a query begins with {TABLE}")
    rows = [dict(row) for row in table]
    for line in lines[1:]:
        rows = _step(line, rows)
    return rows


def _step(line: str, rows: list[Row]) -> list[Row]:
    steps: dict[str, Callable[[str, list[Row]], list[Row]]] = {
        "where": _where,
        "parse": _parse,
        "extend": _extend,
        "summarize": _summarize,
        "order by": _order,
    }
    for name, step in steps.items():
        if line.startswith(f"| {name} "):
            return step(line.removeprefix(f"| {name} "), rows)
    raise UnknownKql(line)


def _where(text: str, rows: list[Row]) -> list[Row]:
    if found := re.fullmatch(rf"(\w+) == {_TEXT}", text):
        return [row for row in rows if row[found[1]] == found[2]]
    if found := re.fullmatch(rf"(\w+) startswith {_TEXT}", text):  # takes upper and lower case for the same
        return [row for row in rows if str(row[found[1]]).lower().startswith(found[2].lower())]
    if found := re.fullmatch(rf"(\w+) in \(({_TEXT}(?:, {_TEXT})*)\)", text):
        wanted = set(re.findall(_TEXT, found[2]))
        return [row for row in rows if row[found[1]] in wanted]
    raise UnknownKql(f"where {text}")


def _parse(text: str, rows: list[Row]) -> list[Row]:
    found = re.fullmatch(r"(\w+) with (.+)", text)
    parts = re.findall(r'\*|"[^"]*"|\w+', found[2]) if found else []
    if not found or " ".join(parts) != found[2]:
        raise UnknownKql(f"parse {text}")
    shape = re.compile("".join(map(_part, parts)), re.DOTALL)
    column, names = found[1], [part for part in parts if part.isidentifier()]
    return [{**row, **_taken(shape.fullmatch(str(row[column])), names)} for row in rows]


def _part(part: str) -> str:
    if part == "*":
        return ".*?"
    return f"(?P<{part}>.*?)" if part.isidentifier() else re.escape(part[1:-1])


def _taken(match: re.Match[str] | None, names: Sequence[str]) -> Row:
    return {name: match[name] if match else "" for name in names}


def _extend(text: str, rows: list[Row]) -> list[Row]:
    name, separator, expression = text.partition(" = ")
    if not separator:
        raise UnknownKql(f"extend {text}")
    value = _value(expression)
    return [{**row, name: value(row)} for row in rows]


def _value(text: str) -> Value:
    if found := re.fullmatch(r"todouble\((\w+)\) / (\d+)", text):
        divided, by = found[1], int(found[2])
        return lambda row: float(row[divided]) / by
    if found := re.fullmatch(r"toint\((\w+)\)", text):
        whole = found[1]
        return lambda row: int(row[whole])
    if found := re.fullmatch(r"strcat\((.+)\)", text):
        parts = re.findall(r'"[^"]*"|\w+', found[1])
        return lambda row: "".join(part[1:-1] if part.startswith('"') else str(row[part]) for part in parts)
    if text.isidentifier():
        return lambda row: row[text]
    raise UnknownKql(text)


def _summarize(text: str, rows: list[Row]) -> list[Row]:
    folds, _, by = text.partition(" by ")
    pieces = re.findall(r"(\w+) = (\w+\((?:[^()]|\([^()]*\))*\))", folds)
    if not by or ", ".join(f"{name} = {fold}" for name, fold in pieces) != folds:
        raise UnknownKql(f"summarize {text}")
    named = {name: _fold(fold) for name, fold in pieces}
    keys = dict(_key(key) for key in re.findall(r"bin\([^()]*\)|\w+", by))
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(value(row) for value in keys.values()), []).append(row)
    return [
        {**dict(zip(keys, key, strict=True)), **{name: fold(group) for name, fold in named.items()}}
        for key, group in groups.items()
    ]


def _key(text: str) -> tuple[str, Value]:
    if text.isidentifier():
        return text, lambda row: row[text]
    found = re.fullmatch(r"bin\((\w+), (\d+)([mhd])\)", text)
    if found is None:
        raise UnknownKql(text)
    column, size = found[1], int(found[2]) * _SPANS[found[3]]
    return column, lambda row: _EPOCH + (row[column] - _EPOCH) // size * size


def _fold(text: str) -> Fold:
    if text == "count()":
        return len
    if found := re.fullmatch(r"dcount\((\w+)\)", text):
        column = found[1]
        return lambda rows: len({row[column] for row in rows})
    if found := re.fullmatch(r"max\((.+)\)", text):
        largest = _value(found[1])
        return lambda rows: max(map(largest, rows))
    if found := re.fullmatch(r"percentile\((\w+), (\d+)\)", text):
        ranked, percent = found[1], int(found[2])
        return lambda rows: _percentile(sorted(row[ranked] for row in rows), percent)
    raise UnknownKql(text)


def _percentile(values: Sequence[float], percent: int) -> float:
    return values[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _order(text: str, rows: list[Row]) -> list[Row]:
    found = re.fullmatch(r"(\w+) (asc|desc)", text)
    if found is None:
        raise UnknownKql(f"order by {text}")
    return sorted(rows, key=lambda row: row[found[1]], reverse=found[2] == "desc")
