"""For each appointment and each step of the clinic one decision: planned for when, or skipped and why (promise 4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.domain.appointment import Appointment, Patient
from shared.domain.clinic import AddressKind, Clinic
from shared.domain.contact import wire_form
from shared.domain.decision import Decision, Planned, PlanNote, Skipped, SkipReason
from shared.domain.eligibility import appointment_stop, patient_stop
from shared.domain.language import best_language
from shared.domain.local_time import zone_of
from shared.domain.phone_number import PhoneAddress
from shared.domain.register import PatientRecord
from shared.domain.schedule import Sending, sendings
from shared.domain.way import NoWay, OptedOut, Reach, Shared, Unreachable, Way


def nobody_shares(_kind: AddressKind, _address: str) -> bool:
    """For one appointment without its list."""
    return False


def nobody_is_marked(_channel: str, _address: str) -> bool:
    """For rules without a register."""
    return False


@dataclass(frozen=True, slots=True)
class Remindable:
    """An appointment whose patient may be reminded of it, and by which way."""

    appointment: Appointment
    patient: Patient
    start: datetime
    way: Way

    def planned(self, step: str, sending: Sending, clinic: Clinic) -> Planned:
        """One step of it."""
        language = best_language(self.patient.languages, clinic.languages)
        return Planned(
            step=step,
            at=sending.at,
            expires_at=sending.expires_at,
            channel=self.way.channel.channel,
            account=self.way.channel.account,
            address_kind=self.way.channel.address_kind,
            address=wire_form(self.way.address),
            language=language or clinic.languages[0],
            notes=tuple(note for note in self._notes(sending, language, clinic) if note is not None),
        )

    def _notes(self, sending: Sending, language: str | None, clinic: Clinic) -> Iterator[PlanNote | None]:
        address, location = self.way.address, self.appointment.location
        yield sending.note
        yield PlanNote.NUMBER_NEW_RANGE if isinstance(address, PhoneAddress) and address.new_range else None
        yield PlanNote.LANGUAGE_FALLBACK if self.patient.languages and language is None else None
        yield PlanNote.LOCATION_NOT_PUBLIC if location and clinic.public_location(location) is None else None


def remindable(
    appointment: Appointment,
    record: PatientRecord,
    is_opted_out: OptedOut,
    clinic: Clinic,
    now: datetime,
    is_shared: Shared = nobody_shares,
    is_unreachable: Unreachable = nobody_is_marked,
) -> Remindable | NoWay:
    """All checks of an appointment but those of time. The first that stops gives the reason."""
    stop = appointment_stop(appointment, clinic, now)
    patient, start = appointment.patient, appointment.start
    if stop is not None or start is None:
        return NoWay(0, stop or SkipReason.NO_START)
    if patient is None:
        return NoWay(0, SkipReason.NO_PATIENT)
    stop = patient_stop(patient, clinic.local_day(start), clinic)
    if stop is not None:
        return NoWay(0, stop)
    way = Reach(patient, record, is_opted_out, is_unreachable, is_shared, clinic, now).way()
    return way if isinstance(way, NoWay) else Remindable(appointment, patient, start, way)


def decide(
    appointment: Appointment,
    record: PatientRecord,
    is_opted_out: OptedOut,
    clinic: Clinic,
    now: datetime,
    is_shared: Shared = nobody_shares,
    is_unreachable: Unreachable = nobody_is_marked,
) -> tuple[Decision, ...]:
    """One decision per step of the clinic, in the clinic's order. The first check that stops gives the reason.

    | Part | Checks, in this order |
    |---|---|
    | appointment | cancelled; not booked (`pending` counts as booked where the clinic says so); no start; started (a day without a time starts at its midnight); outside the window; hidden; excluded type, specialty, location |
    | patient | none known; deceased; restricted; excluded; under age on the day; age unknown; via proxy; sign language; interpreter |
    | way | per channel: no telephone, address; opted out; opt-in; marked address; shared number. See `shared.domain.way.Reach.way` |
    | time | per step: too late. See `shared.domain.schedule.sendings` |
    """  # noqa: E501  a table row is one line
    found = remindable(appointment, record, is_opted_out, clinic, now, is_shared, is_unreachable)
    if isinstance(found, NoWay):
        return tuple(Skipped(step.id, found.reason, found.detail) for step in clinic.steps)
    times = sendings(found.start, clinic, now, zone_of(found.patient.zone, clinic))
    return tuple(
        found.planned(step.id, times[step], clinic) if step in times else Skipped(step.id, SkipReason.TOO_LATE_FOR_STEP)
        for step in clinic.steps
    )
