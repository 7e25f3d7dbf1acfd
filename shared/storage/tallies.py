"""Figures of days, and which days must be counted again. Neither holds anything of a single patient.

tallies: <clinic> | <yyyymmdd>    figures by channel and language: JSON, deflated (a year of a clinic in one range read)
marks:   <clinic> | <yyyymmdd>    gone as soon as the day is tallied and nobody has marked it meanwhile
"""

import json
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from shared.domain.tally import PLAIN, Cell, CellFigures, DayTally, TalliedDecision, TalliedMessage
from shared.errors import RowChanged, RowExists, RowMissing
from shared.storage.columns import number, octets, text
from shared.storage.contract import Kept, Mark
from shared.storage.instants import to_instant, to_text
from shared.storage.places import MARKS, MESSAGES, TALLIES, days_of_messages
from shared.storage.rows import AFTER_ALL, Change, Row, Rows, Span, Value, Verb
from shared.storage.scan import every_row
from shared.storage.tallied_rows import COLUMNS, TalliedRows

_NAMES = list(PLAIN)
_EVERY_CLINIC = Span("!", AFTER_ALL)


class TableTallies:
    """Implements `contract.Tallies`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def mark(self, clinic_id: str, day: date, at: datetime) -> None:
        await self._rows.write(MARKS, Change(Verb.UPSERT, Row(clinic_id, _key(day), {"at": to_text(at)})))

    async def marks(self) -> Sequence[Mark]:
        found = [_mark(row) async for row in every_row(self._rows, MARKS, _EVERY_CLINIC)]
        return sorted(found, key=lambda mark: mark.at)

    async def marks_of(self, clinic_id: str, first: date, last: date) -> Sequence[Mark]:
        return [_mark(row) async for row in every_row(self._rows, MARKS, _days(clinic_id, first, last))]

    async def marked(self, clinic_id: str, day: date) -> Kept[Mark] | None:
        row = await self._rows.get(MARKS, clinic_id, _key(day))
        return None if row is None else Kept(_mark(row), row.etag)

    async def unmark(self, mark: Kept[Mark]) -> bool:
        row = Row(mark.value.clinic_id, _key(mark.value.day))
        try:
            await self._rows.write(MARKS, Change(Verb.DELETE, row, mark.etag))
        except RowChanged:
            return False
        return True

    async def tallies(self, clinic_id: str, first: date, last: date) -> Sequence[tuple[date, DayTally]]:
        return [(_day(row), _tally(row)) async for row in every_row(self._rows, TALLIES, _days(clinic_id, first, last))]

    async def tally(self, clinic_id: str, day: date) -> Kept[DayTally | None]:
        row = await self._rows.get(TALLIES, clinic_id, _key(day))
        return Kept(None) if row is None else Kept(_tally(row), row.etag)

    async def keep(self, clinic_id: str, day: date, tally: DayTally, etag: str) -> None:
        columns: dict[str, Value] = {
            "as_of": to_text(tally.as_of),
            "rows": tally.rows,
            "figures": _written(tally.cells),
        }
        row = Row(clinic_id, _key(day), columns)
        change = Change(Verb.REPLACE, row, etag) if etag else Change(Verb.INSERT, row)
        try:
            await self._rows.write(TALLIES, change)
        except (RowExists, RowMissing):
            raise RowChanged("The day was tallied meanwhile.") from None

    async def rows_of(self, clinic_id: str, day: date) -> AsyncIterator[TalliedDecision | TalliedMessage]:
        span = days_of_messages(clinic_id, day, day)
        reading = TalliedRows()
        async for row in every_row(self._rows, MESSAGES, span, COLUMNS):
            for found in reading.take(row):
                yield found
        for found in reading.end():
            yield found


def _key(day: date) -> str:
    return f"{day:%Y%m%d}"


def _day(row: Row) -> date:
    return date.fromisoformat(row.key)


def _days(clinic_id: str, first: date, last: date) -> Span:
    return Span.within(clinic_id, _key(first), _key(last) + AFTER_ALL)


def _mark(row: Row) -> Mark:
    return Mark(row.partition, _day(row), to_instant(text(row.columns, "at")))


def _tally(row: Row) -> DayTally:
    columns = row.columns
    return DayTally(to_instant(text(columns, "as_of")), number(columns, "rows"), _read(octets(columns, "figures")))


def _written(cells: Mapping[Cell, CellFigures]) -> bytes:
    """With the names of its numbers: a later version may count more."""
    listed = [[*cell, figures.plain, figures.coded] for cell, figures in sorted(cells.items())]
    return zlib.compress(json.dumps({"names": PLAIN, "cells": listed}, separators=(",", ":")).encode())


@lru_cache(maxsize=2_000)  # a dashboard looks at the same days again and again
def _read(stored: bytes) -> Mapping[Cell, CellFigures]:
    told = json.loads(zlib.decompress(stored))
    names, cells = told["names"], told["cells"]
    if names == _NAMES:
        return {(channel, language): CellFigures(tuple(plain), coded) for channel, language, plain, coded in cells}
    return {
        (channel, language): CellFigures.of(dict(zip(names, plain, strict=True)) | coded)
        for channel, language, plain, coded in cells
    }
