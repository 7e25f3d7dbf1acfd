"""A clinic's own list of who said yes to which channel."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import Field

from shared.domain.appointment import BadRow, Unreadable
from shared.errors import SourceRefused
from shared.sources.extract.drop import LocalDrop
from shared.sources.extract.header import Header
from shared.sources.extract.mapping import TableFormat
from shared.sources.extract.table import Cell, Row, rows_of
from shared.sources.extract.times import on_the_wall
from shared.sources.options import Options, parse_options


@dataclass(frozen=True, slots=True)
class OptIn:
    """A yes: whose, to which channel, when and how it was given."""

    patient_id: str
    channel: str
    at: datetime
    method: str


class OptInColumns(Options):
    """Our field -> the file's column; empty: the mapping's default holds for every row."""

    patient_id: str = Field(min_length=1)
    at: str = Field(min_length=1)
    channel: str = ""
    method: str = ""


class OptInMapping(TableFormat):
    """`at_format` is strptime's, or `iso` for 2026-01-12T09:30:00+00:00; without offset it is `zone`'s local time."""

    columns: OptInColumns
    at_format: str = "iso"
    channel: str = ""
    method: str = ""


def read_opt_ins(path: Path, mapping: Mapping[str, object]) -> Iterator[OptIn | BadRow]:
    """Every row of the file: a yes, or a reported problem.

    Raises ConfigurationError for a wrong mapping, SourceUnavailable or SourceRefused for a file that is not there or
    not as described.
    """
    known = parse_options(OptInMapping, mapping, "opt_ins")
    drop = LocalDrop(path)
    with drop.open() as stream, closing(rows_of(stream, drop.name, known)) as rows:
        head = next(rows, None)
        if head is None:
            raise SourceRefused(f"The file {drop.name} is empty: not even a header.")
        header = Header(head[1], drop.name)
        columns = known.columns
        positions = header.positions((columns.patient_id, columns.at, columns.channel, columns.method))
        for row in rows:
            yield _read(row, header, positions, known)


def _read(row: Row, header: Header, positions: Mapping[str, int], mapping: OptInMapping) -> OptIn | BadRow:
    line, cells = row
    columns = mapping.columns
    whole = header.whole(cells, mapping.short_rows == "pad")
    if whole is None:
        return BadRow(str(line), Unreadable.WRONG_COLUMNS)

    def text(column: str, default: str = "") -> str:
        return (str(whole[positions[column]]).strip() if column else "") or default

    patient_id, channel = text(columns.patient_id), text(columns.channel, mapping.channel)
    for value, column in ((patient_id, columns.patient_id), (channel, columns.channel)):
        if not value:
            return BadRow(str(line), Unreadable.MISSING_FIELD, column)
    at = _instant(whole, positions[columns.at], mapping)
    if isinstance(at, Unreadable):
        return BadRow(str(line), at, columns.at)
    return OptIn(patient_id, channel, at, text(columns.method, mapping.method))


def _instant(cells: Sequence[Cell], position: int, mapping: OptInMapping) -> datetime | Unreadable:
    cell = cells[position]
    if isinstance(cell, str):
        try:
            written = cell.strip()
            if mapping.at_format == "iso":
                cell = datetime.fromisoformat(written)
            else:
                cell = datetime.strptime(written, mapping.at_format)  # noqa: DTZ007  the zone is the mapping's
        except ValueError:
            return Unreadable.BAD_DATE
    if not isinstance(cell, datetime):
        return Unreadable.BAD_DATE
    if cell.tzinfo is not None:
        return cell
    instants, trouble = on_the_wall(cell, mapping.zone)
    return trouble or instants[0]
