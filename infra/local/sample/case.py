"""What the sample knows of itself: its awkward cases, the end that each must come to, and on which days they fall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from shared.domain.appointment import Unreadable
from shared.domain.decision import SkipReason

CYCLE_DAYS = 7
"""The cases repeat after a week, so that tomorrow to the seventh day hold every one, whatever the hour is today."""


TURNS = 6 * CYCLE_DAYS
"""So many patients has a case whose patient cannot be written to afterwards: an address that took no message is passed
over for 30 days, and a patient of today's is met again after 42."""


class End(StrEnum):
    """How a case ends."""

    READ = "read"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"
    BAD_ROW = "bad_row"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a case; `reason` is a SkipReason, an Unreadable or the provider's code, empty for the other ends.
    `instead`: the channel by which it is delivered after it has failed."""

    end: End
    reason: str = ""
    instead: str = ""

    def __str__(self) -> str:
        found = f"{self.end}:{self.reason}" if self.reason else str(self.end)
        return f"{found}, then delivered by {self.instead}" if self.instead else found

    @property
    def leaves(self) -> bool:
        """Whether a message goes to the provider."""
        return self.end in {End.READ, End.DELIVERED, End.FAILED}


READ = Ending(End.READ)
DELIVERED = Ending(End.DELIVERED)


def failed(code: str, instead: str = "") -> Ending:
    """The provider says no, with this code, at once or by receipt. Then it goes by the channel `instead`, or where
    there is none onto the worklist."""
    return Ending(End.FAILED, code, instead)


def skipped(reason: SkipReason) -> Ending:
    """Decided against, for this reason."""
    return Ending(End.SKIPPED, reason)


def bad_row(reason: Unreadable) -> Ending:
    """No appointment at all: the source reports a row that it could not read."""
    return Ending(End.BAD_ROW, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One awkward appointment. `given` is what its clinic's source shows instead of the ordinary."""

    name: str  # stands in the appointment's id
    why: str  # one sentence for a person who meets it
    ending: Ending
    on: tuple[int, ...]  # days of the cycle
    at: time = time(12, 0)
    moved_to: time | None = None  # the time that it has once its day is near
    given: Mapping[str, Any] = field(default_factory=dict)
    people: Sequence[int] = ()  # its patients, who take turns; none: one of its own

    def falls_on(self, day: date) -> bool:
        return day.toordinal() % CYCLE_DAYS in self.on
