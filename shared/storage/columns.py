"""Values out of a row's columns, and into them."""

from collections.abc import Mapping

from shared.storage.rows import Value


def text(columns: Mapping[str, Value], name: str) -> str:
    """A text column; empty where it is missing (columns without a value are not stored)."""
    value = columns.get(name, "")
    return value if isinstance(value, str) else str(value)


def number(columns: Mapping[str, Value], name: str, default: int = 0) -> int:
    value = columns.get(name, default)
    return value if isinstance(value, int) else int(value)


def octets(columns: Mapping[str, Value], name: str) -> bytes:
    value = columns.get(name, b"")
    return value if isinstance(value, bytes) else b""


def present(columns: Mapping[str, Value | None]) -> dict[str, Value]:
    """The columns that have a value: empty ones are not stored."""
    return {name: value for name, value in columns.items() if value is not None and value != ""}
