"""What Studio knows: functions with their arguments, controls with their properties, enumerations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Function:
    """`most` None: as many as one likes; `gives`: see `judging.results`."""

    fewest: int
    most: int | None
    gives: str

    def takes(self, count: int) -> bool:
        return self.fewest <= count and (self.most is None or count <= self.most)


@dataclass(frozen=True, slots=True)
class ControlType:
    version: str
    properties: Mapping[str, str]
    gives: Mapping[str, str] = field(default_factory=dict)
    variants: Sequence[str] = ()


@cache
def functions() -> Mapping[str, Function]:
    return {name: Function(*said) for name, said in _read("functions.json")["functions"].items()}


@cache
def enumerations() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(values) for name, values in _read("functions.json")["enumerations"].items()}


@cache
def row_scope() -> frozenset[str]:
    """Functions whose further arguments are read once for each row of the first."""
    return frozenset(_read("functions.json")["row_scope"])


@cache
def controls() -> Mapping[str, ControlType]:
    said = _read("controls.json")
    return {name: _control_type(one, said) for name, one in said["controls"].items()}


def properties_of(what: str) -> Mapping[str, str]:
    """Of `screen`, `component` and `app`; `app_gives`: what formulas may read of App."""
    found: Mapping[str, str] = _read("controls.json")[what]
    return found


@cache
def _read(name: str) -> Any:
    return json.loads((_HERE / name).read_text(encoding="utf-8"))


def _control_type(one: Mapping[str, Any], said: Mapping[str, Any]) -> ControlType:
    properties = dict(said["everywhere"])
    for group in one["groups"]:
        properties |= said["groups"][group]
    return ControlType(one["version"], properties | one["properties"], one.get("gives", {}), one.get("variants", ()))
