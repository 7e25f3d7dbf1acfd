"""For each appointment and each step of the clinic one decision: planned for when, or skipped and why (promise 4)."""

from datetime import datetime

from shared.domain.appointment import Appointment, Patient
from shared.domain.clinic import AddressKind, Clinic
from shared.domain.contact import wire_form
from shared.domain.decision import Decision, Planned, PlanNote, Skipped, SkipReason
from shared.domain.eligibility import appointment_stop, patient_stop
from shared.domain.language import best_language
from shared.domain.phone_number import PhoneAddress
from shared.domain.register import PatientRecord
from shared.domain.schedule import Sending, sendings
from shared.domain.way import NoWay, OptedOut, Reach, Shared, Way


def nobody_shares(_kind: AddressKind, _address: str) -> bool:
    """For one appointment without its list."""
    return False


def decide(
    appointment: Appointment,
    record: PatientRecord,
    is_opted_out: OptedOut,
    clinic: Clinic,
    now: datetime,
    is_shared: Shared = nobody_shares,
) -> tuple[Decision, ...]:
    """One decision per step of the clinic, in the clinic's order. The first check that stops gives the reason.

    | Part | Checks, in this order |
    |---|---|
    | appointment | cancelled; not booked (`pending` counts as booked where the clinic says so); no start; started (a day without a time starts at its midnight); outside the window; hidden; excluded type, specialty, location |
    | patient | none known; deceased; restricted; excluded; under age on the day; age unknown; via proxy; sign language; interpreter |
    | way | per channel: no telephone, address; opted out; opt-in; shared number. See `shared.domain.way.Reach.way` |
    | time | per step: too late. See `shared.domain.schedule.sendings` |
    """  # noqa: E501  a table row is one line
    stop = appointment_stop(appointment, clinic, now)
    patient, start = appointment.patient, appointment.start
    if stop is not None or start is None:
        return _skipped(clinic, stop or SkipReason.NO_START)
    if patient is None:
        return _skipped(clinic, SkipReason.NO_PATIENT)
    stop = patient_stop(patient, clinic.local_day(start), clinic)
    if stop is not None:
        return _skipped(clinic, stop)
    way = Reach(patient, record, is_opted_out, is_shared, clinic, now).way()
    if isinstance(way, NoWay):
        return _skipped(clinic, way.reason, way.detail)
    times = sendings(start, clinic, now)
    return tuple(
        _planned(step.id, times[step], way, appointment, patient, clinic)
        if step in times
        else Skipped(step.id, SkipReason.TOO_LATE_FOR_STEP)
        for step in clinic.steps
    )


def _skipped(clinic: Clinic, reason: SkipReason, detail: str = "") -> tuple[Decision, ...]:
    return tuple(Skipped(step.id, reason, detail) for step in clinic.steps)


def _planned(
    step: str, sending: Sending, way: Way, appointment: Appointment, patient: Patient, clinic: Clinic
) -> Planned:
    language = best_language(patient.languages, clinic.languages)
    hidden_place = appointment.location and clinic.public_location(appointment.location) is None
    notes = (
        sending.note,
        PlanNote.NUMBER_NEW_RANGE if isinstance(way.address, PhoneAddress) and way.address.new_range else None,
        PlanNote.LANGUAGE_FALLBACK if patient.languages and language is None else None,
        PlanNote.LOCATION_NOT_PUBLIC if hidden_place else None,
    )
    return Planned(
        step=step,
        at=sending.at,
        expires_at=sending.expires_at,
        channel=way.channel.channel,
        account=way.channel.account,
        address_kind=way.channel.address_kind,
        address=wire_form(way.address),
        language=language or clinic.languages[0],
        notes=tuple(note for note in notes if note is not None),
    )
