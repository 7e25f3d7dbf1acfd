"""Which column of a file is which field of ours."""

from collections.abc import Iterable, Mapping, Sequence

from shared.errors import SourceRefused
from shared.sources.extract.table import Cell


class Header:
    """The columns of one file."""

    def __init__(self, cells: Sequence[Cell], name: str) -> None:
        self._names = [str(cell).strip() for cell in cells]
        self._file = name
        self.width = len(cells)

    def positions(self, columns: Iterable[str]) -> Mapping[str, int]:
        """Where each of `columns` stands. Raises SourceRefused that names those that are missing or there twice.

        Only names of the mapping are shown: in a file without a header, the first line is a patient.
        """
        wanted = tuple(dict.fromkeys(column for column in columns if column))
        missing = [column for column in wanted if column not in self._names]
        twice = [column for column in wanted if self._names.count(column) > 1]
        if missing:
            raise SourceRefused(f"The extract {self._file} has no column {', '.join(missing)}.")
        if twice:
            raise SourceRefused(f"The extract {self._file} has two columns {', '.join(twice)}.")
        return {column: self._names.index(column) for column in wanted}

    def whole(self, cells: Sequence[Cell], pad: bool) -> Sequence[Cell] | None:
        """A row as wide as the header; None where it has fewer cells, or more that are not empty.

        With `pad`, its writer leaves out empty cells at a row's end, and a short row is whole.
        """
        if len(cells) < self.width:
            return [*cells, *([""] * (self.width - len(cells)))] if pad else None
        return None if any(cells[self.width :]) else cells
