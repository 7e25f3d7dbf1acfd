"""FHIR resources of people who do not exist (Ofcom drama numbers, made-up names)."""

from datetime import datetime
from typing import Any

Resource = dict[str, Any]


def an_appointment(
    appointment_id: str = "a1", start: str | datetime | None = "2026-03-29T10:30:00+01:00", **changes: Any
) -> Resource:
    """A booked appointment of patient p1; `patient=` and `location=` name others, None leaves a field out."""
    patient = changes.pop("patient", "p1")
    location = changes.pop("location", "l1")
    resource: Resource = {
        "resourceType": "Appointment",
        "id": appointment_id,
        "status": "booked",
        "start": start.isoformat() if isinstance(start, datetime) else start,
        "created": "2026-03-01",
        "participant": [
            participant({"reference": f"Patient/{patient}"}),
            participant({"reference": f"Location/{location}"}),
        ],
    }
    resource |= changes
    return {name: value for name, value in resource.items() if value is not None}


def participant(actor: Resource, status: str = "accepted") -> Resource:
    return {"actor": actor, "status": status}


def a_patient(patient_id: str = "p1", **changes: Any) -> Resource:
    resource: Resource = {
        "resourceType": "Patient",
        "id": patient_id,
        "name": [{"use": "usual", "family": "Sparrowhawk", "given": ["Tilly"]}],
        "telecom": [{"system": "phone", "value": "07700 900123", "use": "mobile"}],
        "birthDate": "1970-01-01",
    }
    return resource | changes


def a_location(location_id: str = "l1", name: str = "Outpatients, level 2") -> Resource:
    return {"resourceType": "Location", "id": location_id, "name": name}


def extension(url: str, *inner: Resource, **value: Any) -> Resource:
    return {"url": url, **({"extension": list(inner)} if inner else {}), **value}
