"""What passes between a formula of Power Apps and a connector: values as the app has them, and how a call fails."""

from __future__ import annotations

from typing import Any


class Failed(Exception):
    """What IfError sees: FirstError."""

    def __init__(self, message: str, status: int, body: str) -> None:
        super().__init__(message)
        self.first = {"Message": message, "Details": {"HttpStatusCode": float(status), "HttpResponse": body}}


def received(value: Any) -> Any:
    """Lists of plain values are tables of one column, Value."""
    if isinstance(value, list):
        return [received(one) if isinstance(one, dict) else {"Value": one} for one in value]
    return {name: received(one) for name, one in value.items()} if isinstance(value, dict) else value


def sent(value: Any) -> Any:
    if isinstance(value, float):
        return int(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
