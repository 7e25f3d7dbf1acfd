"""What is to be done next: one row per unfinished message, in shards, by time.

<shard> | <yyyymmddhhmmss, UTC>_<message id>
"""

import asyncio
import heapq
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from shared.domain.identity import MessageId
from shared.domain.message import Priority
from shared.errors import RowMissing
from shared.storage.batches import for_each, grouped, write_batches
from shared.storage.columns import number, present, text
from shared.storage.contract import DueAction, DueRow
from shared.storage.instants import to_instant, to_text
from shared.storage.places import DUE
from shared.storage.rows import AFTER_ALL, Change, Row, Rows, Span, Value, Verb
from shared.storage.scan import every_row, one_page

SHARDS = 16
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def due_shard(message_id: MessageId) -> str:
    return f"{_ALPHABET.index(message_id.digest[0]) % SHARDS:02d}"


def due_row_of(due: DueRow) -> Row:
    columns: dict[str, Value | None] = {
        "at": to_text(due.at),
        "action": due.action.value,
        "attempt": due.attempt,
        "priority": int(due.priority),
        "lane": due.lane,
        "pair": due.pair,
        "since": to_text(due.since) if due.since else None,
        "counted_at": to_text(due.counted_at) if due.counted_at else None,
    }
    return Row(due_shard(due.message_id), due.key, present(columns))


def _due_of(row: Row) -> DueRow:
    return DueRow(
        message_id=MessageId.parse(row.key.partition("_")[2]),
        at=to_instant(text(row.columns, "at")),
        action=DueAction(text(row.columns, "action")),
        attempt=number(row.columns, "attempt"),
        priority=Priority(number(row.columns, "priority", Priority.LATER)),
        lane=text(row.columns, "lane"),
        pair=text(row.columns, "pair"),
        since=_perhaps(row, "since"),
        counted_at=_perhaps(row, "counted_at"),
    )


def _perhaps(row: Row, name: str) -> datetime | None:
    at = text(row.columns, name)
    return to_instant(at) if at else None


class TableDue:
    """Implements `contract.Due`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def put(self, rows: Sequence[DueRow]) -> None:
        unique = {row.key: row for row in rows}
        groups = grouped(unique.values(), lambda row: due_shard(row.message_id))
        await write_batches(
            self._rows, DUE, (([Change(Verb.UPSERT, due_row_of(row))] for row in group) for group in groups.values())
        )

    async def take(self, now: datetime, limit: int) -> Sequence[DueRow]:
        shards = await asyncio.gather(*(self._come(f"{shard:02d}", now, limit) for shard in range(SHARDS)))
        return list(islice(heapq.merge(*shards, key=lambda row: row.key), limit))

    async def everything(self, until: datetime | None = None) -> AsyncIterator[DueRow]:
        for shard in range(SHARDS):
            async for row in every_row(self._rows, DUE, _come(f"{shard:02d}", until)):
                due = _due_of(row)
                if until is None or due.at <= until:
                    yield due

    async def move(self, moves: Sequence[tuple[DueRow, DueRow]]) -> None:
        pairs = {before.key: (before, after) for before, after in moves}
        groups = grouped(pairs.values(), lambda pair: due_shard(pair[0].message_id))
        batches = [group[i : i + 50] for group in groups.values() for i in range(0, len(group), 50)]
        await for_each(batches, self._move)

    async def delete(self, message_id: MessageId, key: str) -> None:
        await self._rows.write(DUE, Change(Verb.DELETE, Row(due_shard(message_id), key)))

    async def _come(self, shard: str, now: datetime, limit: int) -> Sequence[DueRow]:
        page = await one_page(self._rows, DUE, _come(shard, now), limit, "")
        return [due for due in map(_due_of, page.rows) if due.at <= now]

    async def _move(self, pairs: Sequence[tuple[DueRow, DueRow]]) -> None:
        try:
            await self._rows.apply(DUE, _changes(pairs))
        except RowMissing:
            # Someone else moved or finished one of them. What is next must stand all the same: a row too many is
            # looked at and deleted, a row too few is a message forgotten.
            if len(pairs) > 1:
                await for_each([[pair] for pair in pairs], self._move)
            else:
                await self._rows.write(DUE, Change(Verb.UPSERT, due_row_of(pairs[0][1])))


def _come(shard: str, until: datetime | None) -> Span:
    """Keys hold whole seconds: those of the second of `until` are in, and the exact instant decides."""
    return Span.within(shard, key_below=f"{until.astimezone(UTC):%Y%m%d%H%M%S}_{AFTER_ALL}" if until else "")


def _changes(pairs: Sequence[tuple[DueRow, DueRow]]) -> Sequence[Change]:
    """Each row once, as a batch asks for; what is written wins over what is deleted."""
    changes: dict[str, Change] = {}
    for before, _ in pairs:
        changes[before.key] = Change(Verb.DELETE, Row(due_shard(before.message_id), before.key))
    for _, after in pairs:
        changes[after.key] = Change(Verb.UPSERT, due_row_of(after))
    return list(changes.values())
