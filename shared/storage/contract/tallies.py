"""The figures of days, the marks that say which of them must be made again, and the rows that they are made of."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from shared.domain.tally import DayTally, TalliedDecision, TalliedMessage
from shared.storage.contract.lanes import Kept


@dataclass(frozen=True, slots=True)
class Mark:
    """Something of this day may have changed since it was tallied. `at`: when it was last marked."""

    clinic_id: str
    day: date
    at: datetime


class Tallies(Protocol):
    async def mark(self, clinic_id: str, day: date, at: datetime) -> None: ...

    async def marks(self) -> Sequence[Mark]:
        """Of all clinics, those that were marked first before the others."""
        ...

    async def marks_of(self, clinic_id: str, first: date, last: date) -> Sequence[Mark]: ...

    async def marked(self, clinic_id: str, day: date) -> Kept[Mark] | None:
        """The mark as it is now; None: there is none."""
        ...

    async def unmark(self, mark: Kept[Mark]) -> bool:
        """False: it was marked again since it was read, and stays."""
        ...

    async def tallies(self, clinic_id: str, first: date, last: date) -> Sequence[tuple[date, DayTally]]:
        """Days that were tallied, earliest first."""
        ...

    async def tally(self, clinic_id: str, day: date) -> Kept[DayTally | None]: ...

    async def keep(self, clinic_id: str, day: date, tally: DayTally, etag: str) -> None:
        """Raises RowChanged when the row has another version than `etag`."""
        ...

    def rows_of(self, clinic_id: str, day: date) -> AsyncIterator[TalliedDecision | TalliedMessage]:
        """Whatever a day's figures are made of, as it is now."""
        ...
