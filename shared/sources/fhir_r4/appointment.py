"""A FHIR Appointment as an appointment of ours, still without its patient and location resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from shared.domain.appointment import Appointment, AppointmentStatus, BadRow, Unreadable
from shared.sources.fhir_r4.actors import Actor, read_actors
from shared.sources.fhir_r4.addresses import ServerAddress
from shared.sources.fhir_r4.elements import (
    Json,
    extensions,
    full_date,
    identifier_of,
    instant,
    names,
    parts,
    tagged,
    text,
    words,
)
from shared.sources.fhir_r4.options import FhirOptions

_STATUSES = {status.value: status for status in AppointmentStatus}


@dataclass(frozen=True, slots=True)
class Draft:
    """An appointment whose patient and location are still to be looked up; None: it names none."""

    appointment: Appointment
    patient: Actor | None
    location: Actor | None
    version: str


def read_appointment(
    resource: Json, page: Mapping[str, Json], address: ServerAddress, options: FhirOptions, place: str
) -> Draft | BadRow:
    """`place` names the entry where the resource has no id."""
    appointment_id = text(resource, "id")
    if not appointment_id:
        return BadRow(place, Unreadable.MISSING_FIELD, "id")
    status = _STATUSES.get(text(resource, "status"))
    if status is None:
        return BadRow(appointment_id, Unreadable.BAD_STATUS, "status")
    start, day_only = read_start(resource.get("start"), options.zone, options.midnight_means_no_time)
    if isinstance(start, Unreadable):
        return BadRow(appointment_id, start, "start")
    actors = read_actors(resource, page, address)
    patients = [actor for actor in actors if actor.kind == "Patient"]
    invited = [actor for actor in patients if not actor.declined] or patients
    if len(invited) > 1:  # a group: whose reminder would it be?
        return BadRow(appointment_id, Unreadable.BAD_RESOURCE, "participant")
    patient = invited[0] if invited else None
    location = next((actor for actor in actors if actor.kind == "Location"), None)
    types = (*parts(resource, "appointmentType"), *parts(resource, "serviceType"))
    specialties = parts(resource, "specialty")
    appointment = Appointment(
        id=appointment_id,
        status=status,
        start=start,
        patient=None,
        type_text=_first_words(types),
        specialty=_first_words(specialties),
        location=location.display if location else "",
        practitioner=_practitioner(actors),
        hidden=_hidden(resource, options) or bool(patient and patient.declined),
        start_is_day_only=day_only,
        extra=_extra(resource, types, specialties, options),
    )
    return Draft(appointment, patient, location, text(resource.get("meta") or {}, "versionId"))


def read_start(
    value: object, zone: ZoneInfo | None, midnight_means_no_time: bool
) -> tuple[datetime | Unreadable | None, bool]:
    """The instant, and whether only its day counts. Absent: (None, False), as proposed and waitlisted ones may be.

    FHIR asks for an instant with offset. A bare date is read as a local day where the clinic's zone is known.
    """
    if value is None:
        return None, False
    written = value.strip() if isinstance(value, str) else ""
    if zone and (day := full_date(written)):
        return datetime.combine(day, time(), zone), True
    start = instant(written)
    if start is None:
        return Unreadable.BAD_DATE, False
    midnight = midnight_means_no_time and zone is not None and start.astimezone(zone).time() == time()
    return start, midnight


def _first_words(concepts: Sequence[Json]) -> str:
    return next((shown for concept in concepts if (shown := words(concept))), "")


def _practitioner(actors: list[Actor]) -> str:
    kinds = ("Practitioner", "PractitionerRole")
    return next((actor.display for actor in actors if actor.kind in kinds and actor.display), "")


def _hidden(resource: Json, options: FhirOptions) -> bool:
    if tagged(resource, options.hidden_tags):
        return True
    marks = (found for url in options.hidden_extensions for found in extensions(resource, url))
    return any(mark.get("valueBoolean") is not False for mark in marks)


def _extra(resource: Json, types: Sequence[Json], specialties: Sequence[Json], options: FhirOptions) -> dict[str, str]:
    """`types`, `specialties`: every word and code, between bars, since a clinic may exclude by any of them;
    `reference`: what the patient may quote."""
    found = {"types": _names(types), "specialties": _names(specialties)}
    if options.reference_system:
        found["reference"] = identifier_of(resource, options.reference_system)
    return {name: value for name, value in found.items() if value}


def _names(concepts: Sequence[Json]) -> str:
    named = (name for concept in concepts for name in (words(concept), *names(concept)))
    return "|".join(dict.fromkeys(filter(None, named)))
