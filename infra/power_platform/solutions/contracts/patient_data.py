"""Which values are patient data: told by their fields' names, and carried along by everything that is made of them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from infra.power_platform.solutions.contracts.contract import Connector, Contract
from infra.power_platform.solutions.contracts.shape import Shape


@cache
def _written() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(Path(__file__).with_name("patient_fields.json").read_text(encoding="utf-8"))
    return found


def exceptions() -> Mapping[str, list[str]]:
    """By operation: fields that are something else there."""
    found: Mapping[str, list[str]] = _written()["notOf"]
    return found


def patient_fields(operation: str, *, ours: bool) -> frozenset[str]:
    """Names of fields that hold patient data in what an operation takes and answers."""
    return frozenset(_written()["ours" if ours else "microsofts"]) - set(exceptions().get(operation, ()))


def with_patient_data(connector: Connector) -> Connector:
    """The same, its answers marked."""
    marked = {name: _marked(contract, ours=connector.ours) for name, contract in connector.contracts.items()}
    return replace(connector, contracts=marked)


def _marked(contract: Contract, *, ours: bool) -> Contract:
    return replace(contract, answer=_of(contract.answer, patient_fields(contract.id, ours=ours)))


def _of(shape: Shape, names: frozenset[str]) -> Shape:
    fields = {name: replace(_of(inner, names), secret=name in names) for name, inner in (shape.fields or {}).items()}
    items = _of(shape.items, names) if shape.items is not None else None
    return replace(shape, fields=fields if shape.fields is not None else None, items=items)
