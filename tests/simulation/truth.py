"""What is true in the simulated world, and when it was: the product is held against this, not against itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain.appointment import Appointment, AppointmentStatus, Patient, TelecomSystem
from tests.simulation.clinics import SimulatedClinic

GONE_STATUSES = frozenset({AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR, AppointmentStatus.NOSHOW})


class Timeline[T]:
    """A value, and all that it was before."""

    def __init__(self, since: datetime, value: T) -> None:
        self._since = [since]
        self._values = [value]

    def put(self, at: datetime, value: T) -> None:
        self._since.append(at)
        self._values.append(value)

    @property
    def now(self) -> T:
        return self._values[-1]

    @property
    def began(self) -> datetime:
        return self._since[0]

    @property
    def changed_at(self) -> datetime:
        return self._since[-1]

    def as_of(self, at: datetime) -> T | None:
        """None: it was not there yet."""
        place = bisect_right(self._since, at)
        return self._values[place - 1] if place else None

    def between(self, first: datetime, last: datetime) -> Sequence[T]:
        """Every value that held at some instant of [first, last]."""
        return self._values[max(0, bisect_right(self._since, first) - 1) : bisect_right(self._since, last)]


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment as its source has it; the patient is looked up, since their record changes by itself."""

    patient_id: str
    appointment: Appointment


@dataclass
class Town:
    """One clinic's patients and appointments, as its source knows them at any time, and what patients forbade us."""

    clinic: SimulatedClinic
    patients: dict[str, Timeline[Patient]] = field(default_factory=dict)
    bookings: dict[str, Timeline[Booking | None]] = field(default_factory=dict)  # None: gone from the list
    doubted: set[str] = field(default_factory=set)  # addresses that a provider has refused, or a stranger answered from
    objections: dict[tuple[str, str], datetime] = field(default_factory=dict)  # (channel, address) -> when it arrived

    def listed(self) -> Iterator[Appointment]:
        """What a reading of the source finds now."""
        for timeline in self.bookings.values():
            if timeline.now is not None:
                yield self._whole(timeline.now)

    def one(self, appointment_id: str) -> Appointment | None:
        timeline = self.bookings.get(appointment_id)
        return self._whole(timeline.now) if timeline and timeline.now else None

    def _whole(self, booking: Booking) -> Appointment:
        return replace(booking.appointment, patient=self.patients[booking.patient_id].now)

    def versions(self, appointment_id: str, first: datetime, last: datetime) -> Sequence[Booking | None]:
        timeline = self.bookings.get(appointment_id)
        return timeline.between(first, last) if timeline else ()

    def patient_of(self, appointment_id: str) -> str:
        """Of a booking that may be gone by now; empty for one that never was."""
        timeline = self.bookings.get(appointment_id)
        versions = timeline.between(timeline.began, timeline.changed_at) if timeline else ()
        return next((version.patient_id for version in versions if version), "")

    def addresses(self, patient_id: str, first: datetime, last: datetime) -> frozenset[str]:
        """Everything under which this patient could be written to at some instant of [first, last]."""
        found: set[str] = set()
        for patient in self.patients[patient_id].between(first, last) if patient_id in self.patients else ():
            for telecom in patient.telecoms:
                if telecom.system is TelecomSystem.OPENID:
                    found.add(telecom.value)
                elif (number := self.clinic.e164(telecom.value)) is not None:
                    found.add(number)
        return frozenset(found)

    def objected(self, channel: str, address: str, at: datetime) -> bool:
        since = self.objections.get((channel, address))
        return since is not None and since <= at


def holds(booking: Booking | None, start: datetime) -> bool:
    """Whether this version is an appointment that takes place at `start`."""
    if booking is None or booking.appointment.status in GONE_STATUSES:
        return False
    return booking.appointment.start == start
