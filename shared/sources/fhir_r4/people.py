"""The patients and locations of appointments, looked up for a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.appointment import Appointment, Patient
from shared.sources.fhir_r4.actors import Actor
from shared.sources.fhir_r4.appointment import Draft
from shared.sources.fhir_r4.directory import Directory, Identifier
from shared.sources.fhir_r4.elements import Json, parts, text
from shared.sources.fhir_r4.options import FhirOptions
from shared.sources.fhir_r4.patient import read_patient
from shared.sources.fhir_r4.server import FhirServer

LOCATIONS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class _Found:
    """What the server had for one page of appointments."""

    patients: Mapping[str, Patient | None]
    holders: Mapping[Identifier, Patient | None]
    locations: Mapping[str, str | None]


class People:
    """What the participants of one reading refer to: fetched in batches, the latest kept."""

    def __init__(self, server: FhirServer, options: FhirOptions, now: datetime) -> None:
        self._options = options
        self._now = now
        self._patients = Directory[Patient](
            server, "Patient", self._read_patient, options.patient_batch, options.patients_kept
        )
        self._locations = Directory[str](server, "Location", _read_location, options.patient_batch, LOCATIONS_KEPT)

    async def completed(self, drafts: list[Draft]) -> list[Appointment]:
        """Appointments with patient and location. A patient nobody can show us is None: the appointment stays."""
        patients = [draft.patient for draft in drafts if draft.patient and draft.patient.resource is None]
        places = [
            draft.location
            for draft in drafts
            if draft.location and not draft.location.display and draft.location.resource is None
        ]
        found = _Found(
            await self._patients.by_id({actor.id for actor in patients if actor.id}),
            await self._patients.by_identifier(
                {actor.identifier for actor in patients if actor.identifier and not actor.id}
            ),
            await self._locations.by_id({actor.id for actor in places if actor.id}),
        )
        return [
            replace(draft.appointment, patient=self._patient(draft, found), location=_location(draft, found))
            for draft in drafts
        ]

    def _read_patient(self, resource: Json, fallback_id: str) -> Patient:
        return read_patient(resource, fallback_id, self._options, self._now)

    def _patient(self, draft: Draft, found: _Found) -> Patient | None:
        match draft.patient:
            case None:
                return None
            case Actor(resource=None, id=patient_id) if patient_id:
                return found.patients[patient_id]
            case Actor(resource=None, identifier=identifier):
                return found.holders[identifier] if identifier else None
            case Actor(id=patient_id, resource=resource) as actor if resource is not None:
                return self._read_patient(resource, patient_id) if patient_id else self._contained(draft, actor)
        return None

    def _contained(self, draft: Draft, actor: Actor) -> Patient:
        """A contained patient's id means nothing outside its appointment: an identifier says who it is."""
        resource: Json = actor.resource or {}
        named = (
            (text(item, "system"), value) for item in parts(resource, "identifier") if (value := text(item, "value"))
        )
        system, value = actor.identifier or next(named, None) or (draft.appointment.id, text(resource, "id"))
        return replace(self._read_patient(resource, ""), id=f"{system}|{value}")


def _read_location(resource: Json, _: str) -> str:
    return text(resource, "name")


def _location(draft: Draft, found: _Found) -> str:
    actor = draft.location
    if actor is None or actor.display:
        return draft.appointment.location
    if actor.resource is not None:
        return _read_location(actor.resource, "")
    return found.locations.get(actor.id) or ""
