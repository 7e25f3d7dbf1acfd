"""Who is booked when: the appointments of a calendar day are a function of that day alone.

So tomorrow's run meets today's appointments again, and a run that is repeated changes nothing. The one thing that also
depends on today is the case that is moved to another time when its day comes near.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from infra.local.sample.case import Case, Ending

DAYS_AHEAD = 7
ORDINARY_PER_DAY = 5
PEOPLE = 16 * ORDINARY_PER_DAY
"""Ordinary patients: they come again after 16 days, so nobody has two ordinary appointments in one window."""
MOVES_WITHIN_DAYS = 4

# From early to late, so that something is still ahead at most hours.
_ORDINARY_TIMES = (time(8, 40), time(10, 30), time(13, 15), time(17, 50), time(21, 10))


@dataclass(frozen=True, slots=True)
class Booking:
    """One appointment of the sample. `person` is the patient's number in the clinic, from 0."""

    id: str
    day: date
    at: time
    person: int
    case: Case


@dataclass(frozen=True, slots=True)
class SampleClinic:
    """A clinic of the sample. `prefix` begins its appointments' ids; `ordinary` is how an ordinary one ends."""

    id: str
    prefix: str
    zone: ZoneInfo
    ordinary: Ending
    cases: Sequence[Case]

    def booked(self, now: datetime) -> tuple[Booking, ...]:
        """The appointments of the clinic's today and the seven days after it."""
        today = now.astimezone(self.zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1))
        return tuple(booking for day in days for booking in self._of_day(day, today))

    def person_of(self, case_name: str) -> int:
        """The patient of a case: one person each, after the ordinary ones."""
        return PEOPLE + [case.name for case in self.cases].index(case_name)

    def everyone_but(self, *case_names: str) -> Iterator[int]:
        """All patients but those of these cases."""
        left_out = {self.person_of(name) for name in case_names}
        own = (person for person in range(PEOPLE + len(self.cases)) if person not in left_out)
        return chain(own, *(case.people for case in self.cases))

    def _of_day(self, day: date, today: date) -> Iterator[Booking]:
        usual = Case(name="ordinary", why="An ordinary appointment.", ending=self.ordinary, on=())
        first_person = day.toordinal() * ORDINARY_PER_DAY % PEOPLE
        for slot, at in enumerate(_ORDINARY_TIMES):
            yield Booking(f"{self.prefix}-{day:%Y%m%d}-{slot + 1:02d}", day, at, first_person + slot, usual)
        for case in self.cases:
            if case.falls_on(day):
                near = (day - today).days < MOVES_WITHIN_DAYS
                at = case.moved_to if case.moved_to and near else case.at
                yield Booking(f"{self.prefix}-{day:%Y%m%d}-{case.name}", day, at, self._whose_turn(case, day), case)

    def _whose_turn(self, case: Case, day: date) -> int:
        return case.people[day.toordinal() % len(case.people)] if case.people else self.person_of(case.name)
