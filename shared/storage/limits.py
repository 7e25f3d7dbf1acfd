"""The limits of Table Storage, guarded by us: the emulator takes what the service refuses (azure.md 2.3).

Source: learn.microsoft.com, "Understanding the Table service data model" and "Performing entity group transactions".
"""

import re
from collections.abc import Sequence

from shared.errors import InvalidInput, RowTooLarge
from shared.storage.rows import BATCH_ROWS, Change, Row, Value, Verb

KEY_CHARACTERS = 512  # 1 KiB of UTF-16
OWN_PROPERTIES = 252  # 255 less PartitionKey, RowKey and Timestamp
TEXT_UNITS = 32_768  # 64 KiB of UTF-16
BINARY_BYTES = 65_536
ENTITY_BYTES = 1_048_576
BATCH_BYTES = 4 * 1_048_576

# Stricter than the service, which forbids / \ # ? and control characters: what needs no escape in an address cannot be
# escaped in two ways, and the signature covers the address.
_KEY = re.compile(rf"[A-Za-z0-9._~:@=-]{{1,{KEY_CHARACTERS}}}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def check_key(text: str) -> None:
    """Raises InvalidInput for what cannot be a partition or row key."""
    if _KEY.fullmatch(text) is None:
        raise InvalidInput("This identifier holds a character that cannot be stored, or is empty or too long.")


def check_row(row: Row) -> None:
    """Raises InvalidInput for a key, RowTooLarge for a row or value that the service would refuse."""
    check_key(row.partition)
    check_key(row.key)
    if len(row.columns) > OWN_PROPERTIES:
        raise RowTooLarge(f"a row has more than {OWN_PROPERTIES} columns")
    # 4 bytes of overhead and the two keys; per property 8 bytes, its name, its value; Timestamp is one of them.
    size = 4 + 2 * (len(row.partition) + len(row.key)) + 8 + 2 * len("Timestamp") + 8
    for name, value in row.columns.items():
        if _NAME.fullmatch(name) is None:
            raise RowTooLarge("a column has a name that cannot be stored")
        size += 8 + 2 * len(name) + _value_bytes(name, value)
    if size > ENTITY_BYTES:
        raise RowTooLarge(f"a row has more than {ENTITY_BYTES} bytes")


def check_batch(changes: Sequence[Change]) -> None:
    """Raises RowTooLarge for a batch that the service refuses for its size; ValueError for one that is no batch."""
    if len({change.row.partition for change in changes}) != 1:
        raise ValueError("a batch is for one partition")
    if len({change.row.key for change in changes}) != len(changes):
        raise ValueError("a batch names each row once")
    if len(changes) > BATCH_ROWS:
        raise RowTooLarge(f"a batch has more than {BATCH_ROWS} changes")
    if sum(map(wire_bytes, changes)) > BATCH_BYTES:
        raise RowTooLarge(f"a batch has more than {BATCH_BYTES} bytes")


def wire_bytes(change: Change) -> int:
    """No less than what a change takes in the body of a batch."""
    if change.verb is Verb.DELETE:
        return 1_024
    # A part's headers and address stay below 1 KiB and both keys; JSON writes no character longer than \uXXXX.
    size = 1_024 + 3 * (len(change.row.partition) + len(change.row.key))
    for name, value in change.row.columns.items():
        size += 2 * len(name) + 32
        if isinstance(value, str):
            plain = value.isascii() and value.isprintable()
            size += 2 * len(value) if plain else 3 * len(value.encode("utf-16-le"))
        elif isinstance(value, bytes):
            size += (len(value) + 2) // 3 * 4
        else:
            size += 16
    return size


def _value_bytes(name: str, value: Value) -> int:
    if isinstance(value, str):
        units = len(value) if value.isascii() else len(value.encode("utf-16-le")) // 2
        if units > TEXT_UNITS:
            raise RowTooLarge(f"column {name} has more than {TEXT_UNITS} characters")
        return 4 + 2 * units
    if isinstance(value, bytes):
        if len(value) > BINARY_BYTES:
            raise RowTooLarge(f"column {name} has more than {BINARY_BYTES} bytes")
        return 4 + len(value)
    if not -(2**31) <= value < 2**31:
        raise RowTooLarge(f"column {name} holds a number beyond 32 bits")
    return 1 if isinstance(value, bool) else 4
