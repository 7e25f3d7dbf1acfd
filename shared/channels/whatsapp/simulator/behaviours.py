"""What becomes of an accepted message: by the number's ending, or as ordered for the next sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("behaviours.json")


@dataclass(frozen=True, slots=True)
class ReceiptStep:
    """One receipt, `after_s` seconds after the acceptance."""

    status: str
    after_s: float
    code: int = 0


@dataclass(frozen=True, slots=True)
class ReceiptScript:
    """All receipts of one message, and whether the patient's phone gets it."""

    name: str
    steps: tuple[ReceiptStep, ...]
    reaches: bool = True
    together: bool = False
    before_answer: bool = False


@cache
def scripts() -> Mapping[str, ReceiptScript]:
    return {name: _script(name, row) for name, row in _table()["scripts"].items()}


class Behaviours:
    """Chooses a script: ordered ones first, then by the number's beginning or ending, then the usual one."""

    def __init__(self) -> None:
        self._ordered: list[tuple[ReceiptScript, str]] = []

    def order(self, script: str | ReceiptScript, times: int = 1, to: str = "") -> None:
        """The next `times` messages (to the number `to`, if given) follow `script`."""
        chosen = scripts()[script] if isinstance(script, str) else script
        self._ordered += [(chosen, to)] * times

    def script_for(self, to: str) -> ReceiptScript:
        for position, (script, only_to) in enumerate(self._ordered):
            if only_to in ("", to):
                del self._ordered[position]
                return script
        return scripts()[_always(to)]


def _always(to: str) -> str:
    """The name of the script that this number follows."""
    table = _table()
    found = [name for digits, name in table["beginnings"].items() if to.startswith(digits)]
    found += [name for digits, name in table["endings"].items() if to.endswith(digits)]
    return str(found[0] if found else table["usual"])


@cache
def _table() -> Mapping[str, Any]:
    table: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return table


def _script(name: str, row: Mapping[str, Any]) -> ReceiptScript:
    return ReceiptScript(
        name=name,
        steps=tuple(ReceiptStep(step["status"], step["after_s"], step.get("code", 0)) for step in row["steps"]),
        reaches=row.get("reaches", True),
        together=row.get("together", False),
        before_answer=row.get("before_answer", False),
    )
