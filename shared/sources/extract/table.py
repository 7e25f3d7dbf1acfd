"""The rows of a file, one at a time, with the lines that a person would look for in an editor."""

import codecs
import csv
import io
import zipfile
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import BinaryIO

from shared.errors import SourceRefused
from shared.sources.extract.mapping import TableFormat

type Cell = str | datetime | date | time | timedelta
type Row = tuple[int, Sequence[Cell]]

PIECE = 1 << 20
TELLING = 4  # characters beyond ASCII that are well-formed UTF-8 by chance: very unlikely in gb18030 or big5
_UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be")
_BOM = "\ufeff"


def is_workbook(name: str, form: TableFormat) -> bool:
    return form.format == "xlsx" or (not form.format and name.lower().endswith((".xlsx", ".xlsm")))


def rows_of(stream: BinaryIO, name: str, form: TableFormat) -> Generator[Row]:
    """Header first, then every row that is not wholly empty. Raises SourceRefused where the file is something else.

    Begins at the stream's beginning, leaves it open, and is to be closed before the stream is.
    """
    stream.seek(0)
    rows = _workbook_rows(stream, name, form) if is_workbook(name, form) else _csv_rows(stream, name, form)
    with closing(rows):
        yield from (row for row in rows if any(row[1]))


def _csv_rows(stream: BinaryIO, name: str, form: TableFormat) -> Generator[Row]:
    text = io.TextIOWrapper(stream, encoding=form.encoding, errors="strict", newline="")
    line = 0
    try:
        # a byte order mark would become a part of the first column's name
        lines = chain((next(text, "").removeprefix(_BOM),), text)
        for _ in range(form.skip_lines):
            next(lines, "")
        # strict: a quote that is never closed would swallow the rest of the file without a word
        reader = csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote, strict=True)
        while (row := next(reader, None)) is not None:
            yield form.skip_lines + line + 1, row
            line = reader.line_num
    except UnicodeDecodeError:
        place = f"after line {form.skip_lines + line}"
        raise SourceRefused(f"The extract {name} is not written in {form.encoding} ({place}).") from None
    except csv.Error:
        place = f"line {form.skip_lines + line + 1}"
        raise SourceRefused(f"The extract {name} is not CSV as the mapping describes it ({place}).") from None
    finally:
        text.detach()


def _workbook_rows(stream: BinaryIO, name: str, form: TableFormat) -> Generator[Row]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        sheet = book[form.sheet] if form.sheet else book.worksheets[0]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, ValueError, OSError):
        raise SourceRefused(f"The extract {name} is not a workbook, or has no such sheet.") from None
    try:
        width = 0
        for line, values in enumerate(sheet.iter_rows(min_row=form.skip_lines + 1, values_only=True), 1):
            cells = [_cell(value) for value in values]
            width = width or len(cells)
            # a workbook stores no empty cells at a row's end
            yield form.skip_lines + line, cells + [""] * (width - len(cells))
    except (zipfile.BadZipFile, ValueError, KeyError, OSError):
        raise SourceRefused(f"The extract {name} is a damaged workbook.") from None
    finally:
        book.close()


def _cell(value: object) -> Cell:
    """Numbers as they would be written: a phone number that the sheet holds as 7700900123.0 is 7700900123."""
    if value is None:
        return ""
    if isinstance(value, datetime | date | time | timedelta):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def refuse_disguised_utf8(stream: BinaryIO, name: str, form: TableFormat) -> None:
    """A UTF-8 file read as gb18030 or cp1252 gives other people's names and no error: found by its bytes."""
    if form.encoding in _UNICODE or is_workbook(name, form):
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    telling = 0
    try:
        while piece := stream.read(PIECE):
            telling += sum(character > "\x7f" for character in decoder.decode(piece))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return
    finally:
        stream.seek(0)
    if telling >= TELLING:
        raise SourceRefused(f"The extract {name} is written in utf-8, the mapping says {form.encoding}.")
