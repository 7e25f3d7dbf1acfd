"""What a formula's value is, as far as the source tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Sort(StrEnum):
    ANYTHING = "anything"  # nobody can tell from the source
    BLANK = "nothing"
    TEXT = "text"
    NUMBER = "a number"
    TRUTH = "yes or no"
    TIME = "a date or time"
    COLOUR = "a colour"
    CHOICE = "a choice"
    SCREEN = "a screen"
    CONTROL = "a control"
    RECORD = "a record"
    TABLE = "a table"


@dataclass(frozen=True, slots=True)
class Kind:
    """`fields`: of a record, or of a table's rows. `name`: of a control, a screen or an enumeration."""

    sort: Sort
    fields: Mapping[str, Kind] = field(default_factory=dict)
    name: str = ""

    @property
    def row(self) -> Kind:
        return Kind(Sort.RECORD, self.fields) if self.sort is Sort.TABLE else ANYTHING

    @property
    def open(self) -> bool:
        return self.sort in (Sort.ANYTHING, Sort.BLANK)

    def fits(self, wanted: Kind) -> bool:
        """Whether Studio would take it there; it makes text of numbers, and of times, by itself."""
        if self.open or wanted.open or self.sort is wanted.sort:
            return True
        return wanted.sort is Sort.TEXT and self.sort in (Sort.NUMBER, Sort.TIME, Sort.CHOICE)

    def joined(self, other: Kind) -> Kind:
        """Of two branches."""
        if self.sort is Sort.BLANK:
            return other
        if other.sort is Sort.BLANK or self == other:
            return self
        if self.sort is other.sort and self.sort in (Sort.RECORD, Sort.TABLE):
            mine, theirs = self.fields, other.fields
            common = {name: mine[name].joined(theirs[name]) for name in mine if name in theirs}
            return Kind(self.sort, {**theirs, **mine, **common})
        return self if self.sort is other.sort else ANYTHING


ANYTHING = Kind(Sort.ANYTHING)
BLANK = Kind(Sort.BLANK)
TEXT = Kind(Sort.TEXT)
NUMBER = Kind(Sort.NUMBER)
TRUTH = Kind(Sort.TRUTH)
TIME = Kind(Sort.TIME)
COLOUR = Kind(Sort.COLOUR)
CHOICE = Kind(Sort.CHOICE)

BY_NAME: Mapping[str, Kind] = {
    "anything": ANYTHING,
    "blank": BLANK,
    "text": TEXT,
    "guid": TEXT,  # GUIDs are taken where text is wanted (data-types.md)
    "number": NUMBER,
    "truth": TRUTH,
    "time": TIME,
    "colour": COLOUR,
    "choice": CHOICE,
    "action": ANYTHING,
    "column": ANYTHING,
    "definitions": ANYTHING,
    "record": ANYTHING,
    "rows": Kind(Sort.TABLE),
    "screen": Kind(Sort.SCREEN),
    # of a component's properties
    "Text": TEXT,
    "Number": NUMBER,
    "Boolean": TRUTH,
    "DateAndTime": TIME,
    "Color": COLOUR,
    "Screen": Kind(Sort.SCREEN),
    "Record": ANYTHING,
    "Table": ANYTHING,
    "Image": ANYTHING,
}


def table(fields: Mapping[str, Kind]) -> Kind:
    return Kind(Sort.TABLE, fields)


def record(fields: Mapping[str, Kind]) -> Kind:
    return Kind(Sort.RECORD, fields)
