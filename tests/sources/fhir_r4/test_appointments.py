"""A FHIR Appointment becomes an appointment of ours, or a reported bad row."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.appointment import Appointment, AppointmentStatus, BadRow, Unreadable
from shared.errors import SourceRefused
from tests.sources.fhir_r4.conftest import BASE, Clinic
from tests.sources.fhir_r4.people import Resource, a_location, a_patient, an_appointment, extension, participant

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


async def test_a_booked_appointment_is_read_whole(clinic: Clinic):
    item = await clinic.one(
        an_appointment(
            appointmentType={"coding": [{"code": "FOLLOWUP", "display": "A follow up visit"}]},
            specialty=[{"coding": [{"code": "130", "display": "Ophthalmology"}]}],
        )
    )
    assert item.status is AppointmentStatus.BOOKED
    assert item.start == datetime(2026, 3, 29, 9, 30, tzinfo=UTC)
    assert item.type_text == "A follow up visit"
    assert item.specialty == "Ophthalmology"
    assert item.extra == {"types": "A follow up visit|FOLLOWUP", "specialties": "Ophthalmology|130"}
    assert item.location == "Outpatients, level 2"
    assert item.patient.id == "p1"
    assert not item.hidden


@pytest.mark.parametrize("status", [status.value for status in AppointmentStatus])
async def test_every_fhir_status_is_known(clinic: Clinic, status: str):
    assert (await clinic.one(an_appointment(status=status))).status == status


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"status": "weird"}, Unreadable.BAD_STATUS, "status"),
        ({"status": None}, Unreadable.BAD_STATUS, "status"),
        ({"status": 7}, Unreadable.BAD_STATUS, "status"),
        ({"start": "29/03/2026"}, Unreadable.BAD_DATE, "start"),
        ({"start": "2026-03-29"}, Unreadable.BAD_DATE, "start"),
        ({"start": "2026-03-29T10:30:00"}, Unreadable.BAD_DATE, "start"),
        ({"start": "2026-02-30T10:30:00Z"}, Unreadable.BAD_DATE, "start"),
        ({"start": 1774776600}, Unreadable.BAD_DATE, "start"),
        (
            {"participant": [participant({"reference": "Patient/p1"}), participant({"reference": "Patient/p2"})]},
            Unreadable.BAD_RESOURCE,
            "participant",
        ),
    ],
)
async def test_what_cannot_be_read_is_reported_by_its_id(
    clinic: Clinic, changes: dict[str, Any], reason: Unreadable, field: str
):
    clinic.server.faults.ignored = {"date"}
    clinic.server.load([an_appointment(**changes), an_appointment("a2")])
    items = await clinic.items()
    assert [item for item in items if isinstance(item, BadRow)] == [BadRow("a1", reason, field)]
    assert len(items) == 2


async def test_a_bare_date_is_a_local_day_where_the_zone_is_known(clinic: Clinic):
    clinic.server.faults.ignored = {"date"}
    item = await clinic.one(an_appointment(start="2026-03-29"), zone="Europe/London")
    assert item.start == datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/London"))
    assert item.start_is_day_only


@pytest.mark.parametrize(
    ("start", "day_only"), [("2026-03-29T00:00:00+00:00", True), ("2026-03-29T00:00:00+01:00", False)]
)
async def test_midnight_means_no_time_only_where_the_clinic_says_so(clinic: Clinic, start: str, day_only: bool):
    options = {"zone": "Europe/London", "midnight_means_no_time": True}
    clinic.server.load([an_appointment(start=start), an_appointment("a2", "2026-03-29T00:30:00+00:00")])
    items = {item.id: item for item in await clinic.items(**options)}
    assert items["a2"].start_is_day_only is False
    assert ("a1" in items) is day_only  # the other midnight is the evening before
    plain = [item for item in await clinic.items() if item.id == "a1"]
    assert not any(item.start_is_day_only for item in plain)


async def test_every_type_and_specialty_is_there_to_exclude_by(clinic: Clinic):
    item = await clinic.one(
        an_appointment(
            appointmentType={"text": "Follow-up"},
            serviceType=[{"coding": [{"code": "GUM", "display": "Sexual health service"}]}],
            specialty=[{"text": "General"}, {"text": "Sexual health", "coding": [{"code": "360"}]}],
        )
    )
    assert (item.type_text, item.specialty) == ("Follow-up", "General")
    assert item.extra == {
        "types": "Follow-up|Sexual health service|GUM",
        "specialties": "General|Sexual health|360",
    }


async def test_the_reference_that_patients_may_quote_is_one_of_the_identifiers(clinic: Clinic):
    identifiers = [{"system": "urn:internal", "value": "9"}, {"system": "urn:booking", "value": "UBRN-7"}]
    item = await clinic.one(an_appointment(identifier=identifiers), reference_system="urn:booking")
    assert item.extra == {"reference": "UBRN-7"}


async def test_the_type_is_the_appointments_else_the_services(clinic: Clinic):
    service = [{"text": "Eye clinic", "coding": [{"code": "x", "display": "other"}]}]
    assert (await clinic.one(an_appointment(serviceType=service))).type_text == "Eye clinic"
    as_object = an_appointment(serviceType={"coding": [{"code": "BARE"}]})
    assert (await clinic.one(as_object)).type_text == "BARE"


@pytest.mark.parametrize(
    ("actor", "patient_id"),
    [
        ({"reference": "Patient/p1"}, "p1"),
        ({"reference": "Patient/p1/_history/4"}, "p1"),
        ({"reference": "https://fhir.example.org/fhir/Patient/p1"}, "p1"),
        ({"type": "Patient", "identifier": {"system": NHS_NUMBER, "value": "9000000009"}}, "p2"),
        ({"type": "Patient", "identifier": {"value": "9000000009"}}, "p2"),
        ({"reference": "#inside", "type": "Patient"}, f"{NHS_NUMBER}|9000000025"),
        ({"reference": "#bare"}, "a1|bare"),
        ({"type": "Patient", "display": "Tilly Sparrowhawk"}, None),
        ({"reference": "https://other.example.com/fhir/Patient/p1", "type": "Patient"}, None),
        ({"reference": "urn:uuid:0b5c2a46-0000-4000-8000-000000000001", "type": "Patient"}, None),
        ({"reference": "Patient/unknown"}, None),
        ({}, None),
    ],
)
async def test_every_form_of_naming_the_patient_is_understood(clinic: Clinic, actor: Resource, patient_id: str | None):
    inside = a_patient("inside", identifier=[{"system": NHS_NUMBER, "value": "9000000025"}])
    clinic.server.load([a_patient("p2", identifier=[{"system": NHS_NUMBER, "value": "9000000009"}])])
    item = await clinic.one(an_appointment(participant=[participant(actor)], contained=[inside, a_patient("bare")]))
    assert (item.patient and item.patient.id) == patient_id


async def test_a_urn_is_found_among_what_came_along(clinic: Clinic):
    from shared.sources.fhir_r4.actors import read_actors
    from shared.sources.fhir_r4.addresses import ServerAddress

    urn = "urn:uuid:0b5c2a46-0000-4000-8000-000000000001"
    resource = an_appointment(participant=[participant({"reference": urn})])
    [actor] = read_actors(resource, {urn: a_patient("p9")}, ServerAddress("https://fhir.example.org/fhir"))
    assert (actor.kind, actor.id) == ("Patient", "p9")


async def test_an_identifier_never_stands_in_a_url(clinic: Clinic):
    actor = {"type": "Patient", "identifier": {"system": NHS_NUMBER, "value": "9000000009"}}
    await clinic.one(an_appointment(participant=[participant(actor)]))
    assert ("POST", "/fhir/Patient/_search") in clinic.server.requests
    assert not any("9000000009" in target for target in clinic.asked)


async def test_a_patient_who_can_be_read_by_id_is_not_searched_by_number(clinic: Clinic):
    actor = {"reference": "Patient/p1", "identifier": {"system": NHS_NUMBER, "value": "9000000009"}}
    assert (await clinic.one(an_appointment(participant=[participant(actor)]))).patient.id == "p1"
    assert not any("_search" in target for target in clinic.asked)


async def test_an_identifier_that_two_active_records_share_belongs_to_nobody(clinic: Clinic):
    same = [{"system": NHS_NUMBER, "value": "9000000009"}]
    clinic.server.load([a_patient("p2", identifier=same), a_patient("p3", identifier=same)])
    actor = participant({"type": "Patient", "identifier": same[0]})
    assert (await clinic.one(an_appointment(participant=[actor]))).patient is None
    clinic.server.load([a_patient("p3", identifier=same, active=False)])
    assert (await clinic.one(an_appointment(participant=[actor]))).patient.id == "p2"


async def test_a_patient_who_declined_is_not_expected(clinic: Clinic):
    declined = participant({"reference": "Patient/p1"}, "declined")
    item = await clinic.one(an_appointment(participant=[declined]))
    assert item.hidden
    clinic.server.load([a_patient("p2")])
    item = await clinic.one(an_appointment(participant=[declined, participant({"reference": "Patient/p2"})]))
    assert (item.hidden, item.patient.id) == (False, "p2")


@pytest.mark.parametrize(
    "mark",
    [
        {"meta": {"tag": [{"system": "urn:site", "code": "ghost"}]}},
        {"meta": {"security": [{"code": "TBOO"}]}},
        {"extension": [extension("https://site.example/not-expected", valueBoolean=True)]},
        {"extension": [extension("https://site.example/not-expected", valueCode="x")]},
    ],
)
async def test_ghost_appointments_are_known_by_tag_or_extension(clinic: Clinic, mark: dict[str, Any]):
    options = {
        "hidden_tags": ["urn:site|ghost", "TBOO"],
        "hidden_extensions": ["https://site.example/not-expected"],
    }
    assert (await clinic.one(an_appointment(**mark), **options)).hidden
    assert not (await clinic.one(an_appointment(**mark))).hidden


async def test_an_extension_that_says_false_hides_nothing(clinic: Clinic):
    mark = extension("https://site.example/not-expected", valueBoolean=False)
    options = {"hidden_extensions": ["https://site.example/not-expected"]}
    assert not (await clinic.one(an_appointment(extension=[mark]), **options)).hidden


async def test_the_location_is_what_the_appointment_shows_else_its_name(clinic: Clinic):
    shown = participant({"reference": "Location/l1", "display": "Eye Unit"})
    practitioner = participant({"reference": "Practitioner/d1", "display": "Dr A. Example"})
    item = await clinic.one(an_appointment(participant=[shown, practitioner]))
    assert (item.location, item.practitioner) == ("Eye Unit", "Dr A. Example")
    clinic.server.load([a_location("l2", "Ward 9")])
    assert (await clinic.one(an_appointment(location="l2"))).location == "Ward 9"
    assert (await clinic.one(an_appointment(location="gone"))).location == ""


async def test_one_appointment_is_read_as_it_is_now(clinic: Clinic):
    clinic.server.load([an_appointment()])
    assert (await clinic.source().read_one("a1")).patient.birth_on == date(1970, 1, 1)
    clinic.server.load([an_appointment(status="cancelled")])
    assert (await clinic.source().read_one("a1")).status is AppointmentStatus.CANCELLED


async def test_one_appointment_reads_alone_as_it_does_in_the_list(clinic: Clinic):
    """Otherwise a fresh look at the moment of sending would find everything changed."""
    nhs = {"system": NHS_NUMBER, "value": "9000000009"}
    inside = {"resourceType": "Patient", "id": "in", "identifier": [nhs], "name": [{"family": "Inside"}]}
    place = participant({"reference": "Location/l1"})
    clinic.server.load(
        [
            a_patient("p2", identifier=[nhs], name=[{"use": "usual", "text": "陳大文"}]),
            an_appointment("plain", appointmentType={"text": "Follow-up"}, specialty=[{"text": "Eyes"}]),
            an_appointment("absolute", participant=[participant({"reference": f"{BASE}/Patient/p1"}), place]),
            an_appointment("identified", participant=[participant({"type": "Patient", "identifier": nhs}), place]),
            an_appointment("contained", participant=[participant({"reference": "#in"})], contained=[inside]),
            an_appointment("shown", participant=[participant({"reference": "Location/l1", "display": "Level 3"})]),
            an_appointment("gone", patient="nobody", location="nowhere"),
            an_appointment("declined", participant=[participant({"reference": "Patient/p1"}, "declined")]),
            an_appointment("cancelled", status="cancelled"),
        ]
    )
    items = await clinic.items()
    assert len(items) == 8
    for item in items:
        assert isinstance(item, Appointment)
        assert await clinic.source().read_one(item.id) == item, item.id


async def test_one_appointment_that_is_gone_or_never_was_is_none(clinic: Clinic):
    clinic.server.load([an_appointment()])
    clinic.server.store.remove("Appointment", "a1")
    assert await clinic.source().read_one("a1") is None
    assert await clinic.source().read_one("never") is None


@pytest.mark.parametrize("strange", ["../Patient/p1", "a1?_format=xml", "", "a 1", "x" * 65, "a1/_history"])
async def test_an_id_that_no_fhir_server_can_have_is_not_asked_for(clinic: Clinic, strange: str):
    assert await clinic.source().read_one(strange) is None
    assert clinic.asked == []


async def test_one_appointment_that_became_unreadable_is_no_absence(clinic: Clinic):
    clinic.server.load([an_appointment(status="weird")])
    with pytest.raises(SourceRefused, match="bad_status"):
        await clinic.source().read_one("a1")
