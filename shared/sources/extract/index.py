"""An index of one version of a file, so that one appointment is found without reading the file again.

It holds what the mapping names of each row, packed: 100,000 rows of ten columns take a few megabytes, and a question
unpacks one pack of them. Offsets into the file would not do: a workbook has none, and lines of some encodings neither.
"""

import json
import zlib
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import batched
from threading import Lock

from shared.domain.appointment import Appointment
from shared.errors import SourceRefused
from shared.sources.extract.rows import RowProblem, RowReader
from shared.sources.extract.table import Cell

PACK = 64  # rows: a small pack is quickly opened, a large one packs better
MOST_FILES = 16
MOST_ROWS = 500_000  # of all files together


class FileIndex:
    """Finds rows by appointment id. Blocks: to be built in a thread."""

    def __init__(self, rows: Iterable[Sequence[Cell] | None], reader: RowReader) -> None:
        """`rows`: the cells that the mapping names, where `reader` expects them; None for a row that is not whole.
        Raises SourceRefused where the file cannot be read to its end."""
        self._reader = reader
        self._nameless = 0
        hashes = array("q")
        self._packs = [_packed(pack) for pack in batched(self._named(rows, hashes), PACK, strict=False)]
        order = sorted(range(len(hashes)), key=hashes.__getitem__)
        self._numbers = array("I", order)
        self._hashes = array("q", (hashes[number] for number in order))

    def __len__(self) -> int:
        return len(self._numbers)

    def find(self, appointment_id: str) -> Appointment | None:
        """The one appointment. Raises SourceRefused where its row, or another that might be its, cannot be read."""
        found = {
            self._reader.content(cells): cells
            for cells in self._candidates(appointment_id)
            if self._reader.id_of(cells) == appointment_id
        }
        if len(found) > 1:
            raise SourceRefused("The appointment stands in several rows that do not agree.")
        if found:
            return self._appointment(next(iter(found.values())))
        if self._nameless:
            raise SourceRefused(f"The appointment is not found, but {self._nameless} rows cannot be read.")
        return None

    def _named(self, rows: Iterable[Sequence[Cell] | None], hashes: "array[int]") -> Iterator[Sequence[Cell]]:
        for cells in rows:
            appointment_id = self._reader.id_of(cells) if cells is not None else ""
            if cells is not None and appointment_id:
                hashes.append(hash(appointment_id))
                yield cells
            else:
                self._nameless += 1

    def _candidates(self, appointment_id: str) -> Iterator[Sequence[Cell]]:
        wanted = hash(appointment_id)
        place = bisect_left(self._hashes, wanted)
        while place < len(self._hashes) and self._hashes[place] == wanted:
            pack, row = divmod(self._numbers[place], PACK)
            yield _unpacked(self._packs[pack])[row]
            place += 1

    def _appointment(self, cells: Sequence[Cell]) -> Appointment:
        try:
            return self._reader.appointment(cells, self._reader.start(cells))
        except RowProblem as problem:
            message = f"The appointment's row cannot be read ({problem.reason}, {problem.column})."
        raise SourceRefused(message)


class _Slot:
    """One file's place: who builds holds its lock, the others wait for what he builds."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.version = ""
        self.index: FileIndex | None = None


class Indexes:
    """The indexes of a process: the newest version of each file, and of files those that were used last."""

    def __init__(self, most_files: int = MOST_FILES, most_rows: int = MOST_ROWS) -> None:
        self._most_files = most_files
        self._most_rows = most_rows
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._guard = Lock()

    def of(self, file: str, version: str, build: Callable[[], FileIndex]) -> FileIndex:
        """The index of this version of the file, built at the first question. Raises what `build` raises."""
        with self._guard:
            slot = self._slots.setdefault(file, _Slot())
            self._slots.move_to_end(file)
        with slot.lock:
            if slot.index is None or slot.version != version:
                slot.index = None
                slot.index, slot.version = build(), version
            index = slot.index
        with self._guard:
            self._let_go()
        return index

    def _let_go(self) -> None:
        """Of the files used longest ago, until the rest is small enough; the last one used stays."""
        while len(self._slots) > 1 and (len(self._slots) > self._most_files or self._rows() > self._most_rows):
            self._slots.popitem(last=False)

    def _rows(self) -> int:
        return sum(len(slot.index) for slot in self._slots.values() if slot.index is not None)


_INSTANTS: dict[str, Callable[[str], Cell]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=float(seconds)),
}


def _packed(rows: Sequence[Sequence[Cell]]) -> bytes:
    text = json.dumps([list(row) for row in rows], default=_named_cell, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), level=1)


def _unpacked(pack: bytes) -> list[list[Cell]]:
    rows: list[list[Cell]] = json.loads(zlib.decompress(pack), object_hook=_cell)
    return rows


def _named_cell(cell: datetime | date | time | timedelta) -> dict[str, str]:
    """A workbook's dates and times, with their kind."""
    written = str(cell.total_seconds()) if isinstance(cell, timedelta) else cell.isoformat()
    return {type(cell).__name__: written}


def _cell(named: dict[str, str]) -> Cell:
    [(kind, written)] = named.items()
    return _INSTANTS[kind](written)
