"""One reading of one file: surveyed to its end first, then delivered row by row."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import BinaryIO

from shared.domain.appointment import Appointment, BadRow, Unreadable, Window
from shared.errors import SourceIncomplete, SourceRefused
from shared.sources.extract.header import Header
from shared.sources.extract.index import FileIndex
from shared.sources.extract.mapping import Columns, ExtractMapping
from shared.sources.extract.rows import RowProblem, RowReader
from shared.sources.extract.survey import Survey, survey
from shared.sources.extract.table import Cell, Row, refuse_disguised_utf8, rows_of
from shared.sources.extract.times import Start


def mapped_columns(mapping: ExtractMapping) -> Iterator[str]:
    """Every column that a mapping names."""
    columns: Columns = mapping.columns
    yield from columns.id_columns
    yield from (phone.column for phone in columns.phones)
    yield from mapping.extra.values()
    for field in Columns.model_fields:
        value = getattr(columns, field)
        if isinstance(value, str) and field != "appointment_id":
            yield value


class Reading:
    """A file that is open. Blocks: to be used in a thread."""

    def __init__(self, stream: BinaryIO, name: str, mapping: ExtractMapping) -> None:
        """Raises SourceRefused where the file is not what the mapping describes."""
        self._stream = stream
        self._name = name
        self._mapping = mapping
        self._pad = mapping.short_rows == "pad"
        refuse_disguised_utf8(stream, name, mapping)
        with closing(rows_of(stream, name, mapping)) as rows:
            head = next(rows, None)
        if head is None:
            raise SourceRefused(f"The extract {name} is empty: not even a header.")
        self._header = Header(head[1], name)
        self._positions = self._header.positions(mapped_columns(mapping))
        self._reader = RowReader(mapping, self._positions)

    def survey(self) -> Survey:
        """Reads to the end. Raises SourceRefused where that is impossible."""
        with closing(self._rows()) as rows:
            return survey(rows, self._header, self._reader, self._pad)

    def items(self, known: Survey, window: Window) -> Generator[Appointment | BadRow]:
        """Appointments of the window, and every row that is or might be of it and cannot be read.

        Raises SourceIncomplete where the file is no longer the one that was surveyed.
        """
        count = 0
        delivered: set[int] = set()
        with closing(self._rows()) as rows:
            for row in rows:
                count += 1
                item = self._item(row, known, delivered, window)
                if item is not None:
                    yield item
        if count != known.rows:
            raise SourceIncomplete(f"The extract {self._name} changed while it was read.")

    def _item(self, row: Row, known: Survey, delivered: set[int], window: Window) -> Appointment | BadRow | None:
        """What becomes of a row; None where it is of another time."""
        line, cells = row
        whole = self._header.whole(cells, self._pad)
        if whole is None:
            return BadRow(str(line), Unreadable.WRONG_COLUMNS)
        start = self._reader.start(whole)
        if not concerns(start, window):
            return None
        try:
            self._refuse_repeats(self._reader.id_of(whole), known, delivered)
            return self._reader.appointment(whole, start)
        except RowProblem as problem:
            return BadRow(str(line), problem.reason, problem.column)

    def index(self) -> FileIndex:
        """Reads to the end. Raises SourceRefused where that is impossible."""
        columns = {column: place for place, column in enumerate(self._positions)}
        with closing(self._rows()) as rows:
            return FileIndex((self._mapped(cells) for _, cells in rows), RowReader(self._mapping, columns))

    def _mapped(self, cells: Sequence[Cell]) -> Sequence[Cell] | None:
        """The cells that the mapping names; None where the row is not whole."""
        whole = self._header.whole(cells, self._pad)
        return None if whole is None else [whole[position] for position in self._positions.values()]

    def close(self) -> None:
        self._stream.close()

    def _refuse_repeats(self, appointment_id: str, known: Survey, delivered: set[int]) -> None:
        """Rows that agree count once; of rows that do not, none: nobody can say which one holds."""
        key = hash(appointment_id)
        if key in known.contradicted or key in delivered:
            raise RowProblem(Unreadable.DUPLICATE, self._mapping.columns.id_columns[0])
        if key in known.repeated:
            delivered.add(key)

    def _rows(self) -> Generator[Row]:
        """Every row below the header."""
        with closing(rows_of(self._stream, self._name, self._mapping)) as rows:
            next(rows, None)
            yield from rows


def concerns(start: Start, window: Window) -> bool:
    """Whether a row belongs to the window, or might: an unreadable date could be any day."""
    if start.at is not None:
        return start.at in window
    return not start.candidates or any(instant in window for instant in start.candidates)
