"""Extract files of people who do not exist, and the sources that read them."""

import csv
import io
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.appointment import Appointment, BadRow, Window
from shared.sources.extract import ExtractSource
from tests.sources.clocks import StillClock

LONDON = ZoneInfo("Europe/London")
YEAR = Window(datetime(2026, 1, 1, tzinfo=LONDON), datetime(2027, 1, 1, tzinfo=LONDON))

HEADER = ("Appt", "MRN", "Date", "Time", "Status", "Surname", "Mobile", "Home")
PLAIN = ("A1", "M1", "30/03/2026", "09:30", "B", "Sparrowhawk", "07700 900123", "")
COLUMNS = {
    "appointment_id": "Appt",
    "patient_id": "MRN",
    "date": "Date",
    "time": "Time",
    "status": "Status",
    "family_name": "Surname",
    "phones": [{"column": "Mobile", "use": "mobile"}, {"column": "Home", "use": "home"}],
}
MAPPING = {
    "zone": "Europe/London",
    "date_format": "%d/%m/%Y",
    "status_map": {"B": "booked", "X": "cancelled", "W": "waitlist"},
    "columns": COLUMNS,
}


def row(**changes: str) -> tuple[str, ...]:
    """The plain row with other cells, by column name."""
    return tuple(changes.get(name, cell) for name, cell in zip(HEADER, PLAIN, strict=True))


def written(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


@dataclass
class Desk:
    """Writes a file and reads it back through a source."""

    folder: Path

    def source(
        self, content: bytes | str | Sequence[Sequence[str]], name: str = "list.csv", **options: Any
    ) -> ExtractSource:
        """`mapping__x=…` changes the mapping, `column__x=…` a column, anything else an option."""
        if not isinstance(content, bytes | str):
            content = written([HEADER, *content])
        self.folder.joinpath(name).write_bytes(content.encode() if isinstance(content, str) else content)
        columns = COLUMNS | _taken(options, "column__")
        mapping = MAPPING | {"columns": columns} | _taken(options, "mapping__")
        return ExtractSource({"path": name, "mapping": mapping, **options}, StillClock(), self.folder)

    async def items(
        self, content: bytes | str | Sequence[Sequence[str]], window: Window = YEAR, **options: Any
    ) -> list[Appointment | BadRow]:
        async with aclosing(self.source(content, **options).read(window)) as stream:
            return [item async for item in stream]

    async def one(self, **cells: str) -> Appointment | BadRow:
        """What becomes of the plain row with these cells."""
        [item] = await self.items([row(**cells)])
        return item


def _taken(options: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): options.pop(name) for name in list(options) if name.startswith(prefix)}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
