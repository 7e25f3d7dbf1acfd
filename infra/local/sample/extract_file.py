"""An extract as a hospital system would write it: one line per booking, in the file's own columns and encoding."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.sample.booking import Booking
from infra.local.sample.case import Case, End

type Row = Callable[[Booking], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ExtractFile:
    """How one clinic's file is written. `twice` names the cases whose line stands there a second time."""

    name: str
    encoding: str
    delimiter: str
    row: Row
    twice: Collection[str] = ()

    def write(self, folder: Path, booked: Sequence[Booking]) -> Mapping[str, Case]:
        """Writes the file at once, never half; answers the lines that a reader must report, with their cases."""
        rows, reported = self._rows(booked)
        unfinished = folder / f"{self.name}.part"
        with unfinished.open("w", encoding=self.encoding, newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=self.delimiter)
            writer.writeheader()
            writer.writerows(rows)
        unfinished.replace(folder / self.name)
        return reported

    def _rows(self, booked: Sequence[Booking]) -> tuple[list[Mapping[str, str]], Mapping[str, Case]]:
        rows: list[Mapping[str, str]] = []
        reported: dict[str, Case] = {}
        for booking in booked:
            case = booking.case
            rows.append(self.row(booking))
            if case.ending.end is End.BAD_ROW:
                reported[_line(rows)] = case
            if case.name in self.twice:
                rows.append(self.row(booking))
                reported[_line(rows)] = case
        return rows, reported


def _line(rows: Sequence[object]) -> str:
    """The line of the last row; the header is line 1, and no value here holds a line break."""
    return str(len(rows) + 1)
