"""Whether an appointment and its patient may be reminded at all (health.md 1.6: Wayfinder producer standard, PDS)."""

from collections.abc import Iterable
from datetime import date, datetime

from shared.domain.appointment import Appointment, AppointmentStatus, ContactPreference, Patient
from shared.domain.clinic import Clinic, Exclusions
from shared.domain.decision import SkipReason
from shared.domain.local_time import planning_window
from shared.domain.plain_text import same_words


def appointment_stop(appointment: Appointment, clinic: Clinic, now: datetime) -> SkipReason | None:
    """Why this appointment is not reminded, whoever it is for."""
    stop = status_stop(appointment.status, clinic) or _start_stop(appointment.start, clinic, now)
    if stop is None and appointment.hidden:
        return SkipReason.HIDDEN
    return stop or _exclusion(appointment, clinic.exclusions)


def patient_stop(patient: Patient, day: date, clinic: Clinic) -> SkipReason | None:
    """Why this patient gets no automatic reminder of an appointment on `day` (local)."""
    first, then = _kept_apart(patient), _needs_a_person(patient)
    return first or age_stop(patient.birth_on, day, clinic) or then


def lasting_stop(patient: Patient) -> SkipReason | None:
    """The same, but for what changes from day to day by itself: the age."""
    return _kept_apart(patient) or _needs_a_person(patient)


def age_stop(birth_on: date | None, day: date, clinic: Clinic) -> SkipReason | None:
    """By the clinic's rule on age; one of 0 asks for no birth date."""
    rules = clinic.exclusions
    if birth_on is None:
        return SkipReason.AGE_UNKNOWN if rules.under_age > 0 else None
    return SkipReason.UNDER_AGE if age_on(day, birth_on) < rules.under_age else None


def _kept_apart(patient: Patient) -> SkipReason | None:
    checks = (
        (patient.deceased, SkipReason.DECEASED),
        (patient.restricted, SkipReason.RESTRICTED),
        (patient.excluded, SkipReason.EXCLUDED_PATIENT),
    )
    return next((reason for holds, reason in checks if holds), None)


def _needs_a_person(patient: Patient) -> SkipReason | None:
    preferences = patient.contact_preferences
    checks = (
        (ContactPreference.VIA_PROXY in preferences, SkipReason.VIA_PROXY),
        (ContactPreference.SIGN_LANGUAGE in preferences, SkipReason.SIGN_LANGUAGE),
        (patient.interpreter_required, SkipReason.INTERPRETER),
    )
    return next((reason for holds, reason in checks if holds), None)


def age_on(day: date, birth_on: date) -> int:
    """Whole years on `day`; who was born on 29 February is a year older on 1 March of other years."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def status_stop(status: AppointmentStatus, clinic: Clinic) -> SkipReason | None:
    """Why an appointment of this status is none that the patient is to come to."""
    if status is AppointmentStatus.CANCELLED:
        return SkipReason.CANCELLED
    if status is AppointmentStatus.BOOKED or (status is AppointmentStatus.PENDING and clinic.allow_pending):
        return None
    return SkipReason.NOT_BOOKED


def _start_stop(start: datetime | None, clinic: Clinic, now: datetime) -> SkipReason | None:
    if start is None:
        return SkipReason.NO_START
    if start <= now:
        return SkipReason.ALREADY_STARTED
    return None if start in planning_window(clinic, now) else SkipReason.OUTSIDE_WINDOW


def _exclusion(appointment: Appointment, rules: Exclusions) -> SkipReason | None:
    """By any word or code that the source gives: "General" may stand beside the code of a sexual-health clinic."""
    if _listed((appointment.type_text, *_more(appointment, "types")), rules.appointment_types):
        return SkipReason.EXCLUDED_TYPE
    if _listed((appointment.specialty, *_more(appointment, "specialties")), rules.specialties):
        return SkipReason.EXCLUDED_SPECIALTY
    return SkipReason.EXCLUDED_LOCATION if _listed((appointment.location,), rules.locations) else None


def _more(appointment: Appointment, name: str) -> list[str]:
    """What a source says beside the first label: words and codes with bars between."""
    return appointment.extra.get(name, "").split("|")


def _listed(said: Iterable[str], labels: frozenset[str]) -> bool:
    if not labels:
        return False
    return not {same_words(label) for label in said if label.strip()}.isdisjoint(map(same_words, labels))
