"""What a reminder says: channel-neutral values that each channel puts into its own template.

Nothing here says why a patient comes: type and practitioner only where the clinic allows it, a location only by its
public name (health.md 4 and 8, H17).
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Protocol

from shared.domain.appointment import Appointment
from shared.domain.clinic import Clinic
from shared.domain.content import TemplateContent
from shared.domain.decision import Planned
from shared.domain.identity import Pseudonyms
from shared.domain.person_name import shown_name
from shared.domain.plain_text import one_line, shortened

REMINDER = "appointment_reminder"

_LIMITS = {  # code points; far above what real ones need, below what any provider takes for all values together (1,024)
    "patient_name": 60,
    "appointment_type": 80,
    "location": 120,
    "clinic": 80,
    "clinic_phone": 30,
    "practitioner": 60,
    "appointment_reference": 32,
}


class Wording(Protocol):
    """The fixed words of each language; `shared.wording` has them. Raises KeyError for a language it does not have."""

    def day(self, day: date, language: str) -> str: ...

    def hour(self, hour: time, language: str) -> str: ...

    def phrase(self, name: str, language: str) -> str: ...


def compose(appointment: Appointment, planned: Planned, clinic: Clinic, wording: Wording) -> TemplateContent:
    """The reminder of `planned` for an appointment that `decide` let pass.

    Always there: patient_name, date, time, appointment_type (a neutral word where the clinic does not show it),
    location (the clinic's name where it has no public one), clinic, clinic_phone, answer_line, starts_at. Where there
    is one: appointment_reference (the source's `extra["reference"]`), practitioner. Raises ValueError for an
    appointment without a patient or a start.
    """
    if appointment.patient is None or appointment.start is None:
        raise ValueError("an appointment without a patient or a start has no reminder")
    language = planned.language
    clinic_name = _in_language(clinic.name, language, clinic)
    public = clinic.public_location(appointment.location)
    values = {
        "patient_name": shown_name(appointment.patient.name, language) or wording.phrase("patient", language),
        "appointment_type": _type(appointment, clinic) or wording.phrase("appointment", language),
        "location": _in_language(public, language, clinic) if public else clinic_name,
        "clinic": clinic_name,
        "clinic_phone": clinic.phone,
        "answer_line": wording.phrase("answer_line", language),
        **_when(clinic.local(appointment.start), appointment.start_is_day_only, language, wording),
        "appointment_reference": appointment.extra.get("reference", ""),
        "practitioner": appointment.practitioner if clinic.show_practitioner else "",
    }
    fitted = {name: shortened(one_line(value), _LIMITS.get(name, 200)) for name, value in values.items()}
    return TemplateContent(
        REMINDER, language, {n: v for n, v in fitted.items() if v}, _provider_template(clinic, planned)
    )


def version(pseudonyms: Pseudonyms, content: TemplateContent, channel: str) -> str:
    """Keyed hash of what the patient would read on `channel`: another version means that something changed for them."""
    values = (part for name in sorted(content.values) for part in (name, content.values[name]))
    return pseudonyms.digest("version", channel, content.purpose, content.language, content.provider_template, *values)


def _when(start: datetime, day_only: bool, language: str, wording: Wording) -> Mapping[str, str]:
    return {
        "date": wording.day(start.date(), language),
        "time": wording.phrase("time_not_given", language) if day_only else wording.hour(start.time(), language),
        "starts_at": start.date().isoformat() if day_only else start.isoformat(timespec="seconds"),
    }


def _type(appointment: Appointment, clinic: Clinic) -> str:
    return one_line(appointment.type_text) if clinic.show_appointment_type else ""


def _in_language(names: Mapping[str, str], language: str, clinic: Clinic) -> str:
    return names.get(language) or names.get(clinic.languages[0]) or next(iter(names.values()))


def _provider_template(clinic: Clinic, planned: Planned) -> str:
    channel = clinic.channel(planned.channel)
    return channel.templates.get(REMINDER, {}).get(planned.language, "") if channel else ""
