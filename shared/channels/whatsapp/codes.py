"""Meta's error codes: what each asks of us. The table itself is `codes.json`, readable by an operator."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.domain.outcome import ErrorClass

_TABLE = Path(__file__).with_name("codes.json")


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of the table. `throttled`: not taken because of the pace. `action`: what an operator does."""

    code: str
    error_class: ErrorClass
    retryable: bool = False
    throttled: bool = False
    http: int = 400
    name: str = ""
    action: str = ""
    documented: bool = True


@cache
def table() -> dict[int, ErrorCode]:
    """Every documented code, ranges spelt out."""
    rows = json.loads(_TABLE.read_text(encoding="utf-8"))["codes"]
    return {number: _row(row, number) for row in rows for number in _numbers(row["code"])}


def lookup(code: int) -> ErrorCode:
    """What `code` asks of us; a code that Meta has not documented is final and shown to a person."""
    known = table().get(code)
    return known or ErrorCode(str(code), ErrorClass.OTHER, action="Look the code up at Meta.", documented=False)


def _numbers(code: str) -> range:
    first, _, last = code.partition("-")
    return range(int(first), int(last or first) + 1)


def _row(row: dict[str, str | int | bool], number: int) -> ErrorCode:
    return ErrorCode(
        code=str(number),
        error_class=ErrorClass(str(row["class"])),
        retryable=bool(row.get("retryable", False)),
        throttled=row.get("outcome") == "throttled",
        http=int(row["http"]),
        name=str(row["name"]),
        action=str(row["do"]),
    )
