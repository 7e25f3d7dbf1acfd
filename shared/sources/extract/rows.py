"""A row of an extract as an appointment. Doubts are reported; what forbids a message counts as soon as it is there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Never

from shared.domain.appointment import (
    Appointment,
    AppointmentStatus,
    HumanName,
    Patient,
    Telecom,
    TelecomSystem,
    Unreadable,
)
from shared.sources.extract.mapping import ExtractMapping
from shared.sources.extract.table import Cell
from shared.sources.extract.times import Start, Times

# what a spreadsheet makes of a long number: the digits are gone for good (health.md 1.4)
_DAMAGED = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_AS_TEXT = re.compile(r'="(.*)"')  # how spreadsheets are told to leave a number alone
MAY_LACK_START = (AppointmentStatus.PROPOSED, AppointmentStatus.CANCELLED, AppointmentStatus.WAITLIST)  # FHIR app-3
_STATUSES = {status.value: status for status in AppointmentStatus}


class RowProblem(Exception):
    """A row that cannot be read: why, and in which column. Holds nothing of the row."""

    def __init__(self, reason: Unreadable, column: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


class RowReader:
    """Rows of one file, whose columns stand at `positions`."""

    def __init__(self, mapping: ExtractMapping, positions: Mapping[str, int]) -> None:
        self._mapping = mapping
        self._columns = mapping.columns
        self._positions = positions
        self._times = Times(mapping)
        self._when = [
            positions[name] for name in (self._columns.start or self._columns.date, self._columns.time) if name
        ]
        self._ids = [positions[name] for name in self._columns.id_columns]
        self._mapped = sorted(positions.values())

    def start(self, cells: Sequence[Cell]) -> Start:
        return self._times.start(*(_trimmed(cells[position]) for position in self._when))

    def id_of(self, cells: Sequence[Cell]) -> str:
        """The appointment's id; empty where a part of it is missing."""
        parts = [_text(cells[position]) for position in self._ids]
        return "|".join(parts) if all(parts) else ""

    def content(self, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        """All that we read of a row: rows that agree in it are the same to us."""
        return tuple(cells[position] for position in self._mapped)

    def appointment(self, cells: Sequence[Cell], start: Start) -> Appointment:
        """Raises RowProblem."""
        columns, defaults = self._columns, self._mapping.defaults
        status = self._status(cells)
        if start.trouble is not None and not (start.is_blank and status in MAY_LACK_START):
            raise RowProblem(start.trouble, start.column)
        return Appointment(
            id=self._undamaged(self.id_of(cells), columns.id_columns[0], Unreadable.MISSING_FIELD),
            status=status,
            start=start.at,
            patient=self._patient(cells),
            type_text=self._text(cells, columns.type) or defaults.type,
            specialty=self._text(cells, columns.specialty) or defaults.specialty,
            location=self._text(cells, columns.location) or defaults.location,
            practitioner=self._text(cells, columns.practitioner) or defaults.practitioner,
            hidden=self._set(cells, columns.hidden),
            start_is_day_only=start.day_only,
            extra={name: self._text(cells, column) for name, column in self._mapping.extra.items()},
        )

    def _status(self, cells: Sequence[Cell]) -> AppointmentStatus:
        written = self._text(cells, self._columns.status).casefold()
        known: Mapping[str, AppointmentStatus] = self._mapping.status_map or _STATUSES
        status = known.get(written) if written else self._mapping.defaults.status
        return status or _refuse(Unreadable.BAD_STATUS, self._columns.status)

    def _patient(self, cells: Sequence[Cell]) -> Patient:
        columns = self._columns
        patient_id = self._text(cells, columns.patient_id)
        return Patient(
            id=self._undamaged(patient_id, columns.patient_id, Unreadable.NO_PATIENT),
            name=HumanName(
                family=self._text(cells, columns.family_name),
                given=self._text(cells, columns.given_name),
                text=self._text(cells, columns.full_name),
                prefix=self._text(cells, columns.name_prefix),
            ),
            telecoms=tuple(self._telecoms(cells)),
            birth_on=self._times.birth(self._cell(cells, columns.birth_date)),
            languages=self._languages(cells),
            deceased=self._set(cells, columns.deceased),
            restricted=self._set(cells, columns.restricted),
            interpreter_required=self._set(cells, columns.interpreter),
            excluded=self._set(cells, columns.no_messages) or self._not_allowed(cells),
            zone=self._text(cells, columns.patient_zone),
        )

    def _telecoms(self, cells: Sequence[Cell]) -> Iterator[Telecom]:
        """Numbers as written: two in one cell, a lost zero or a note beside it are for the contact rules to judge."""
        for rank, phone in enumerate(self._columns.phones, start=1):
            if value := self._text(cells, phone.column):
                if _DAMAGED.fullmatch(value):
                    raise RowProblem(Unreadable.DAMAGED_NUMBER, phone.column)
                yield Telecom(TelecomSystem.PHONE, value, phone.use, rank=rank)
        if openid := self._text(cells, self._columns.openid):
            yield Telecom(TelecomSystem.OPENID, openid)

    def _languages(self, cells: Sequence[Cell]) -> tuple[str, ...]:
        written = self._text(cells, self._columns.language)
        language = self._mapping.language_map.get(written.casefold(), written) or self._mapping.defaults.language
        return (language,) if language else ()

    def _undamaged(self, value: str, column: str, if_empty: Unreadable) -> str:
        """An id that a spreadsheet has rounded may be two people's."""
        if not value:
            raise RowProblem(if_empty, column)
        if any(_DAMAGED.fullmatch(part) for part in value.split("|")):
            raise RowProblem(Unreadable.DAMAGED_NUMBER, column)
        return value

    def _set(self, cells: Sequence[Cell], column: str) -> bool:
        """Anything but a stated `no`: "Y", a date of death and a word we do not know all count."""
        return self._text(cells, column).casefold() not in self._mapping.false_values

    def _not_allowed(self, cells: Sequence[Cell]) -> bool:
        column = self._columns.messages_allowed
        return bool(column) and self._text(cells, column).casefold() not in self._mapping.true_values

    def _cell(self, cells: Sequence[Cell], column: str) -> Cell:
        return _trimmed(cells[self._positions[column]]) if column else ""

    def _text(self, cells: Sequence[Cell], column: str) -> str:
        return _text(cells[self._positions[column]]) if column else ""


def _text(cell: Cell) -> str:
    if not isinstance(cell, str):
        return cell.isoformat() if not hasattr(cell, "total_seconds") else str(cell)
    kept = cell.strip()
    wrapped = _AS_TEXT.fullmatch(kept) if kept.startswith("=") else None
    return wrapped[1].strip() if wrapped else kept


def _trimmed(cell: Cell) -> Cell:
    return _text(cell) if isinstance(cell, str) else cell


def _refuse(reason: Unreadable, column: str) -> Never:
    raise RowProblem(reason, column)
