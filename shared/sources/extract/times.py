"""Dates and times of an extract as instants: by the stated format, on the stated zone's clocks, or not at all."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.domain.appointment import Unreadable
from shared.sources.extract.mapping import ExtractMapping
from shared.sources.extract.table import Cell

EXCEL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  serial 1 is 1900-01-01 in a calendar with a 29 February 1900
_SERIAL = re.compile(r"\d{1,6}(?:\.\d+)?")
KEPT = 8192


@dataclass(frozen=True, slots=True)
class Start:
    """When an appointment starts. `candidates`: the instants that a time which is none, or two, might have meant."""

    at: datetime | None
    day_only: bool = False
    trouble: Unreadable | None = None
    column: str = ""
    candidates: tuple[datetime, ...] = ()
    is_blank: bool = False  # the row gives no date at all


class Times:
    """Reads the cells of one mapping. Results are kept: a day has many appointments."""

    def __init__(self, mapping: ExtractMapping) -> None:
        self._mapping = mapping
        self._columns = mapping.columns
        self._parsed = lru_cache(KEPT)(_parsed)
        self.start = lru_cache(KEPT)(self._start)
        self.birth = lru_cache(KEPT)(self._birth)

    def _start(self, first: Cell, second: Cell = "") -> Start:
        """From the date and time columns, or from the one start column."""
        if self._columns.start:
            return self._one_column(first)
        column = self._columns.date
        if first == "":
            return Start(None, trouble=Unreadable.MISSING_FIELD, column=column, is_blank=True)
        read = self._day(first, self._mapping.date_format)
        if read is None:
            return Start(None, trouble=Unreadable.BAD_DATE, column=column)
        if second == "" and read.time() == time() and not self._mapping.day_only:
            return Start(None, trouble=Unreadable.MISSING_FIELD, column=self._columns.time or column)
        at = read.time() if second == "" else self._time(second)
        if at is None:
            return Start(None, trouble=Unreadable.BAD_DATE, column=self._columns.time)
        return self._on_the_wall(read.date(), at, second == "" and at == time(), column)

    def _one_column(self, cell: Cell) -> Start:
        column = self._columns.start
        if cell == "":
            return Start(None, trouble=Unreadable.MISSING_FIELD, column=column, is_blank=True)
        read = self._day(cell, self._mapping.start_format)
        if read is None:
            return Start(None, trouble=Unreadable.BAD_DATE, column=column)
        if read.tzinfo is not None:
            return Start(read)
        return self._on_the_wall(read.date(), read.time(), False, column)

    def _on_the_wall(self, day: date, at: time, day_only: bool, column: str) -> Start:
        day_only = day_only or (self._mapping.midnight_means_no_time and at == time())
        instants, trouble = on_the_wall(datetime.combine(day, at), self._mapping.zone)
        if trouble is not None and not day_only:
            return Start(None, trouble=trouble, column=self._columns.time or column, candidates=instants)
        return Start(instants[0], day_only)

    def _birth(self, cell: Cell) -> date | None:
        """None where it cannot be read: then the age is unknown, and the rules say what follows."""
        read = self._day(cell, self._mapping.birth_date_format or self._mapping.date_format)
        return read.date() if read else None

    def _day(self, cell: Cell, form: str) -> datetime | None:
        """A wall-clock reading (or an instant, where the format has an offset)."""
        match cell:
            case datetime():
                return cell
            case date():
                return datetime.combine(cell, time())
            case str() if self._mapping.excel_serial_dates and _SERIAL.fullmatch(cell):
                return _serial(float(cell))
            case str() if form:
                return self._parsed(cell, form)
        return None

    def _time(self, cell: Cell) -> time | None:
        read: datetime | None = None
        match cell:
            case time():
                return cell
            case datetime():
                read = cell
            case timedelta() if timedelta() <= cell < timedelta(days=1):
                read = EXCEL_DAY_ZERO + cell
            case str() if self._mapping.excel_serial_dates and _SERIAL.fullmatch(cell):
                read = _serial(float(cell)) if float(cell) < 1 else None
            case str():
                read = self._parsed(cell, self._mapping.time_format)
        return read.time() if read else None


def _parsed(written: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(written, form)  # noqa: DTZ007  the zone is the mapping's
    except ValueError:
        return None


def _serial(days: float) -> datetime:
    """A spreadsheet's day number, to the second."""
    return EXCEL_DAY_ZERO + timedelta(seconds=round(days * 86400))


def on_the_wall(wall: datetime, zone: ZoneInfo) -> tuple[tuple[datetime, ...], Unreadable | None]:
    """The instants at which the clocks of `zone` show `wall`, and what is wrong with it (health.md 3.4).

    Skipped by a daylight-saving change: NONEXISTENT_TIME; shown twice: AMBIGUOUS_TIME. Neither is guessed.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return (first,), None
    exists = first.astimezone(zone).replace(tzinfo=None) == wall
    return (first, second), Unreadable.AMBIGUOUS_TIME if exists else Unreadable.NONEXISTENT_TIME
