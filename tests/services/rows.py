"""What these tests put between the services and the store, and how they look at all that is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.errors import StorageUnavailable
from shared.storage.places import TABLES
from shared.storage.rows import Change, Row, Rows, Span
from tests.storage.wrappers import PassingRows

_EVERYTHING = Span("!", "~" * 64)
_OF_THE_ATTEMPT = {"writer", "sealed", "decided_at", "run", "opened_at", "resolved_at"}  # not what a row says


class StoreThatStops(PassingRows):
    """Takes `answers` writes, then none; `None`: all of them."""

    def __init__(self, inner: Rows) -> None:
        super().__init__(inner)
        self.answers: int | None = None
        self.writes = 0

    async def write(self, table: str, change: Change) -> str:
        self._next()
        return await super().write(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        self._next()
        return await super().apply(table, changes)

    def _next(self) -> None:
        if self.answers is not None and self.writes >= self.answers:
            raise StorageUnavailable("The store did not answer.")
        self.writes += 1


async def every_row(rows: Rows, *tables: str) -> Mapping[tuple[str, str, str], Row]:
    """All rows by table, partition and key."""
    found: dict[tuple[str, str, str], Row] = {}
    for table in tables or TABLES:
        resume = ""
        while True:
            page = await rows.query(table, _EVERYTHING, resume=resume)
            found |= {(table, row.partition, row.key): row for row in page.rows}
            if not (resume := page.resume):
                break
    return found


async def what_rows_say(rows: Rows, *tables: str) -> Mapping[tuple[str, str, str], Mapping[str, object]]:
    """The plain columns of all rows, without what differs from attempt to attempt."""
    return {
        place: {name: value for name, value in row.columns.items() if name not in _OF_THE_ATTEMPT}
        for place, row in (await every_row(rows, *tables)).items()
    }
