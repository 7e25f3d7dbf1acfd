"""What WeChat's error codes ask of us, read from `codes.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from shared.domain.outcome import ErrorClass


class Effect(StrEnum):
    """What a code says of the message itself."""

    REJECTED = "rejected"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"  # not taken now, but an identical one was before


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One errcode. `meaning` and `operator` are sentences for the people who run the account."""

    code: str
    error_class: ErrorClass
    effect: Effect = Effect.REJECTED
    retryable: bool = False
    meaning: str = "An error that is not documented"
    operator: str = "Look the code up in WeChat's global return codes."


@dataclass(frozen=True, slots=True)
class FailedReceipt:
    """Why a template message did not arrive, from the Status of TEMPLATESENDJOBFINISH."""

    code: str
    error_class: ErrorClass


RENEWS_TOKEN = frozenset({40001, 40014, 41001, 42001})
"""The token is refused before anything else is looked at: one call more with a token read anew is safe."""


def error_code(errcode: int) -> ErrorCode:
    """The table's row, or one of class OTHER for a code that it does not have."""
    code = str(errcode)
    return _tables()[0].get(code) or ErrorCode(code, ErrorClass.OTHER)


def failed_receipt(status: str) -> FailedReceipt:
    """`failed:user block`, `failed: system failed`: the spacing differs (WeChat: template message, event push)."""
    reason = " ".join(status.lower().partition(":")[2].split())
    receipts, default = _tables()[1:]
    return receipts.get(reason, default)


@cache
def _tables() -> tuple[Mapping[str, ErrorCode], Mapping[str, FailedReceipt], FailedReceipt]:
    document = json.loads(Path(__file__).with_name("codes.json").read_text(encoding="utf-8"))
    errors = {code: _error(code, row) for code, row in document["errors"].items()}
    receipts = {reason: _receipt(row) for reason, row in document["receipts"].items()}
    return errors, receipts, _receipt(document["receipt_default"])


def _error(code: str, row: Mapping[str, str]) -> ErrorCode:
    return ErrorCode(
        code=code,
        error_class=ErrorClass(row["class"]),
        effect=Effect(row.get("outcome", Effect.REJECTED)),
        retryable=bool(row.get("retryable", False)),
        meaning=row["meaning"],
        operator=row["operator"],
    )


def _receipt(row: Mapping[str, str]) -> FailedReceipt:
    return FailedReceipt(row["code"], ErrorClass(row["class"]))
