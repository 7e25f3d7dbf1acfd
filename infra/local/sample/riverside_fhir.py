"""Riverside's bookings as resources of its FHIR R4 server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from infra.local.sample.booking import Booking
from infra.local.sample.riverside import RIVERSIDE, concept, mobile
from shared.domain.local_time import wall_instant

type Resource = dict[str, Any]

_GIVEN = ("Ada", "Bertram", "Clarice", "Desmond", "Edwina", "Fergus", "Greta", "Horace", "Imelda", "Jasper", "Kezia")
_FAMILY = ("Testworth", "Sampleton", "Mockford", "Trialby", "Specimen", "Pretendham", "Fauxley", "Dummer-Smythe")
_LOCATIONS = ("Outpatients 2", "Eye clinic", "Fracture clinic", "Ward 7b (staff name)")
_TYPES = ("Follow-up", "First visit", "Blood pressure check", "Dressing change")


def resources(booked: Sequence[Booking]) -> list[Resource]:
    """Locations, patients and appointments of `booked`."""
    places: list[Resource] = [
        {"resourceType": "Location", "id": f"{RIVERSIDE.prefix}-L-{number}", "name": name}
        for number, name in enumerate(_LOCATIONS)
    ]
    patients = {booking.person: _patient(booking) for booking in booked}
    return [*places, *patients.values(), *(_appointment(booking) for booking in booked)]


def patient_id(person: int) -> str:
    return f"{RIVERSIDE.prefix}-P-{person:03d}"


def _patient(booking: Booking) -> Resource:
    person = booking.person
    resource: Resource = {
        "resourceType": "Patient",
        "id": patient_id(person),
        "active": True,
        "name": [{"use": "official", "given": [_GIVEN[person % 11]], "family": _FAMILY[person % 8]}],
        "telecom": [{"system": "phone", "use": "mobile", "value": mobile(person)}],
        "birthDate": _born(booking).isoformat(),
        "address": [{"line": ["1 Example Street"], "city": "Sampleford"}],
        "communication": [{"language": concept("en-GB", "urn:ietf:bcp:47"), "preferred": True}],
    }
    return _changed(resource, booking.case.given.get("patient", {}))


def _born(booking: Booking) -> date:
    person, years = booking.person, booking.case.given.get("years_old_at_most")
    year = booking.day.year - years if years else 1940 + person * 7 % 60
    return date(year, person % 12 + 1, person % 28 + 1)


def _appointment(booking: Booking) -> Resource:
    zone, person = RIVERSIDE.zone, booking.person
    starts_at = wall_instant(booking.day, booking.at, zone)
    place = {"reference": f"Location/{RIVERSIDE.prefix}-L-{person % len(_LOCATIONS)}"}
    resource: Resource = {
        "resourceType": "Appointment",
        "id": booking.id,
        "status": "booked",
        "appointmentType": {"text": _TYPES[person % len(_TYPES)]},
        "start": starts_at.astimezone(zone).isoformat(),
        "end": (starts_at + timedelta(minutes=20)).astimezone(zone).isoformat(),
        "participant": [
            {"actor": {"reference": f"Patient/{patient_id(person)}"}, "status": "accepted"},
            {"actor": place, "status": "accepted"},
        ],
    }
    return _changed(resource, booking.case.given.get("appointment", {}))


def _changed(resource: Resource, given: Mapping[str, Any]) -> Resource:
    """`resource` with the case's elements instead of its own; None takes one away."""
    return {name: value for name, value in {**resource, **given}.items() if value is not None}
