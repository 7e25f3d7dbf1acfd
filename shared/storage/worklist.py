"""The worklist: each thing to do once, on the list of what is open until somebody resolves it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.errors import Conflict, RowChanged, RowExists, RowMissing
from shared.storage.batches import batches, for_each, grouped
from shared.storage.contract import Page, WorkItem, WorkKind
from shared.storage.cursors import Cursors
from shared.storage.places import WORKLIST
from shared.storage.rows import PAGE_ROWS, Change, Row, Rows, Span, Verb
from shared.storage.scan import MOST_REQUESTS, one_page
from shared.storage.work_rows import (
    OPEN_PREFIX,
    RESOLVED_PREFIX,
    WorkRows,
    item_key,
    kind_flag,
    line_key,
)

_MOST_TRIES = 5  # each lost try means that somebody else resolved it


class TableWorklist:
    """Implements `contract.Worklist`."""

    def __init__(self, rows: Rows, codec: WorkRows, cursors: Cursors) -> None:
        self._rows = rows
        self._codec = codec
        self._cursors = cursors

    async def open(self, items: Sequence[WorkItem]) -> None:
        groups = grouped({item.id: item for item in items}.values(), lambda item: item.clinic_id)
        for group in groups.values():
            await for_each(batches(map(self._opening, group)), self._open)

    async def read(self, clinic_id: str, item_id: str) -> WorkItem | None:
        row = await self._rows.get(WORKLIST, clinic_id, item_key(item_id))
        return None if row is None else self._codec.to_item(row)

    async def resolve(
        self, clinic_id: str, item_id: str, resolution: str, by: str, at: datetime, note: str = "", *, over: str = ""
    ) -> WorkItem | None:
        for _ in range(_MOST_TRIES):
            row = await self._rows.get(WORKLIST, clinic_id, item_key(item_id))
            if row is None:
                return None
            item = self._codec.to_item(row)
            if item.resolved_at is not None and item.resolution != over:
                return item
            notes = "\n".join(filter(None, (item.note, note)))  # a stuck job's text stands there already
            resolved = replace(item, resolved_at=at, resolved_by=by, resolution=resolution, note=notes)
            try:
                await self._rows.apply(WORKLIST, self._resolving(item, resolved, row.etag))
            except (RowChanged, RowMissing, RowExists):
                continue  # somebody else, or our own request whose first answer was lost: the item tells
            return resolved
        raise Conflict("Somebody else is working on this item. Look at it again.")

    async def open_items(self, clinic_id: str, kinds: frozenset[WorkKind], top: int, cursor: str) -> Page[WorkItem]:
        bound_to = ("worklist", clinic_id, ",".join(sorted(kinds)))
        resume = self._cursors.read(cursor, *bound_to)
        span = Span.prefixed(clinic_id, OPEN_PREFIX)
        if len(kinds) == 1:
            span = replace(span, flag=kind_flag(next(iter(kinds))))
        found: list[WorkItem] = []
        for _ in range(MOST_REQUESTS):
            page = await self._rows.query(WORKLIST, span, top=min(top - len(found), PAGE_ROWS), resume=resume)
            items = map(self._codec.to_item, page.rows)
            found.extend(item for item in items if not kinds or item.kind in kinds)
            resume = page.resume
            if not resume or len(found) >= top:
                break
        return Page(tuple(found), self._cursors.write(resume, *bound_to))

    async def resolved_items(self, clinic_id: str, top: int, cursor: str) -> Page[WorkItem]:
        bound_to = ("worklist resolved", clinic_id)
        resume = self._cursors.read(cursor, *bound_to)
        page = await one_page(self._rows, WORKLIST, Span.prefixed(clinic_id, RESOLVED_PREFIX), top, resume)
        return Page(tuple(map(self._codec.to_item, page.rows)), self._cursors.write(page.resume, *bound_to))

    def _opening(self, item: WorkItem) -> Sequence[Change]:
        keys = (item_key(item.id), line_key(item))
        return [Change(Verb.INSERT, self._codec.of_item(item, key)) for key in keys]

    async def _open(self, batch: Sequence[Change]) -> None:
        """One of them is there already: none was written, so each is tried alone. Item and line stay together."""
        try:
            await self._rows.apply(WORKLIST, batch)
        except RowExists:
            if len(batch) > 2:
                await for_each([batch[i : i + 2] for i in range(0, len(batch), 2)], self._open)

    def _resolving(self, item: WorkItem, resolved: WorkItem, etag: str) -> Sequence[Change]:
        """A batch has each row once: what is resolved twice within a millisecond keeps its line."""
        line, before = line_key(resolved), line_key(item)
        return [
            Change(Verb.REPLACE, self._codec.of_item(resolved, item_key(item.id)), etag),
            *([Change(Verb.DELETE, Row(item.clinic_id, before))] if before != line else []),
            Change(Verb.UPSERT, self._codec.of_item(resolved, line)),
        ]
