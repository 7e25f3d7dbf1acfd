"""Planning runs: taken by one owner at a time, for as long as its lease lasts."""

from dataclasses import replace
from datetime import datetime

from shared.errors import RowChanged, RowExists, StorageUnavailable
from shared.storage.columns import text
from shared.storage.contract import Page, Run, RunState
from shared.storage.cursors import Cursors
from shared.storage.instants import to_instant
from shared.storage.places import RUNS
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.run_rows import (
    AT,
    COMPLETE,
    NEWEST_PREFIX,
    PLACED,
    PREFIX,
    STANDING_PREFIX,
    WANTED,
    RunRows,
    at_row,
)
from shared.storage.scan import one_page

_MOST_TRIES = 5  # each lost try means that somebody else got on


class TableRuns:
    """Implements `contract.Runs`."""

    def __init__(self, rows: Rows, codec: RunRows, cursors: Cursors) -> None:
        self._rows = rows
        self._codec = codec
        self._cursors = cursors

    async def begin(self, run: Run, now: datetime) -> Run | None:
        row, listed = self._codec.of_run(run)
        try:
            etag = await self._rows.write(RUNS, Change(Verb.INSERT, row))
        except RowExists:
            return await self._take_over(run, now)
        await self._rows.write(RUNS, Change(Verb.UPSERT, listed))
        return replace(run, etag=etag)

    async def save(self, run: Run) -> Run:
        there = await self._rows.get(RUNS, run.clinic_id, PREFIX + run.id)
        placed = text(there.columns, PLACED) if there else ""
        return await self._replace(run, placed)

    async def read(self, clinic_id: str, run_id: str) -> Run | None:
        row = await self._rows.get(RUNS, clinic_id, PREFIX + run_id)
        return None if row is None else self._codec.to_run(row)

    async def last_complete(self, clinic_id: str) -> datetime | None:
        row = await self._rows.get(RUNS, clinic_id, COMPLETE)
        return None if row is None else to_instant(text(row.columns, AT))

    async def want(self, clinic_id: str, at: datetime) -> None:
        row = at_row(clinic_id, WANTED, at)
        for _ in range(_MOST_TRIES):
            there = await self._rows.get(RUNS, clinic_id, WANTED)
            if there is not None and to_instant(text(there.columns, AT)) >= at:
                return
            change = Change(Verb.INSERT, row) if there is None else Change(Verb.REPLACE, row, there.etag)
            try:
                await self._rows.write(RUNS, change)
            except (RowExists, RowChanged):
                continue
            return
        raise StorageUnavailable("A run could not be asked for: too many ask at once.")

    async def wanted(self, clinic_id: str) -> datetime | None:
        page = await self._rows.query(RUNS, Span.prefixed(clinic_id, STANDING_PREFIX))
        at = {row.key: to_instant(text(row.columns, AT)) for row in page.rows}
        wish, complete = at.get(WANTED), at.get(COMPLETE)
        return None if wish is None or (complete is not None and complete > wish) else wish

    async def recent(self, clinic_id: str, top: int, cursor: str) -> Page[Run]:
        bound_to = ("runs", clinic_id)
        resume = self._cursors.read(cursor, *bound_to)
        page = await one_page(self._rows, RUNS, Span.prefixed(clinic_id, NEWEST_PREFIX), top, resume)
        return Page(tuple(map(self._codec.to_run, page.rows)), self._cursors.write(page.resume, *bound_to))

    async def _take_over(self, run: Run, now: datetime) -> Run | None:
        for _ in range(_MOST_TRIES):
            row = await self._rows.get(RUNS, run.clinic_id, PREFIX + run.id)
            if row is None:
                return await self.begin(run, now)
            there = self._codec.to_run(row)
            if there.owner == run.owner and there.state is RunState.RUNNING:
                return there  # our own insert or replacement, whose first answer was lost
            if not _may_be_taken(there, now):
                return None
            try:
                taken = replace(run, attempt=there.attempt + 1, etag=row.etag)
                return await self._replace(taken, text(row.columns, PLACED))
            except RowChanged:
                continue
        return None

    async def _replace(self, run: Run, placed: str) -> Run:
        """The run and its line in the list, in one batch. Raises RowChanged where another owner took it over."""
        row, listed = self._codec.of_run(run, placed)
        changes = [Change(Verb.REPLACE, row, run.etag), Change(Verb.UPSERT, listed)]
        if run.state is RunState.COMPLETE:
            changes.append(Change(Verb.UPSERT, at_row(run.clinic_id, COMPLETE, run.started_at)))
        try:
            etag, *_ = await self._rows.apply(RUNS, changes)
        except RowChanged:
            there = await self._rows.get(RUNS, row.partition, row.key)
            if there is None or not _same(there, row):
                raise
            etag = there.etag  # our own replacement, whose first answer was lost
        return replace(run, etag=etag)


def _may_be_taken(run: Run, now: datetime) -> bool:
    if run.state is RunState.RUNNING:
        return run.lease_until <= now
    return run.state in (RunState.INCOMPLETE, RunState.FAILED)


def _same(there: Row, written: Row) -> bool:
    """Whether the row says what we wrote (sealed columns differ each time they are sealed)."""
    plain = {name: value for name, value in written.columns.items() if not isinstance(value, bytes)}
    return plain == {name: value for name, value in there.columns.items() if not isinstance(value, bytes)}
