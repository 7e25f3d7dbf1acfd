"""Who the patient is: names, contacts, and everything that forbids a message."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.appointment import ContactPreference, HumanName, Patient, Telecom, TelecomSystem
from shared.sources.fhir_r4.options import FhirOptions
from shared.sources.fhir_r4.patient import read_patient
from tests.sources.fhir_r4.people import a_patient, extension

NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore"


def read(options: dict[str, Any] | None = None, **changes: Any) -> Patient:
    known = FhirOptions(base_url="https://fhir.example.org", zone=LONDON, **(options or {}))
    return read_patient(a_patient(**changes), "", known, NOW)


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


@pytest.mark.parametrize(
    ("names", "family"),
    [
        ([{"use": "official", "family": "A"}, {"use": "usual", "family": "B"}], "B"),
        ([{"use": "usual", "family": "A", "period": {"end": "2026-03-26"}}, {"use": "official", "family": "B"}], "B"),
        ([{"use": "usual", "family": "A", "period": {"end": "2026-03-27"}}, {"use": "official", "family": "B"}], "A"),
        ([{"use": "usual", "family": "A", "period": {"start": "2026-04"}}, {"family": "B"}], "A"),
        ([{"use": "usual", "family": "A", "period": {"start": "2026-04-01"}}, {"family": "B"}], "B"),
        ([{"use": "maiden", "family": "A"}, {"use": "old", "family": "B"}], ""),
        ([{"use": "nickname", "family": "A"}, {"family": "B"}], "B"),
        ([], ""),
        ("Tilly", ""),
    ],
)
def test_the_usual_name_within_its_period_comes_first_then_the_official(names: Any, family: str):
    assert read(name=names).name.family == family


def test_every_part_of_a_name_is_passed_on_as_written():
    name = [{"use": "usual", "text": "陳大文", "family": "陳", "given": ["大", "文"], "prefix": ["Dr", "Prof"]}]
    assert read(name=name).name == HumanName("陳", "大 文", "陳大文", "Dr Prof")


def test_contacts_are_passed_on_as_written_with_use_rank_and_end():
    contacts = [
        {"system": "phone", "value": " 07700 900123 (wife) ", "use": "mobile", "rank": 1},
        {"system": "phone", "value": "01632 960001", "use": "old"},
        {"system": "phone", "value": "07700 900124", "period": {"end": "2026-02"}},
        {"system": "phone", "value": "07700 900125", "period": {"end": "2026-03-27T08:00:00Z"}},
        {"system": "email", "value": "tilly@example.org"},
        {"system": "fax", "value": "01632 960002"},
        {"value": "07700 900126"},
    ]
    assert read(telecom=contacts).telecoms == (
        Telecom(TelecomSystem.PHONE, "07700 900123 (wife)", "mobile", rank=1),
        Telecom(TelecomSystem.PHONE, "01632 960001", "old"),
        Telecom(TelecomSystem.PHONE, "07700 900124", ends_at=datetime(2026, 3, 1, tzinfo=LONDON)),
        Telecom(TelecomSystem.PHONE, "07700 900125", ends_at=datetime(2026, 3, 27, 8, tzinfo=UTC)),
        Telecom(TelecomSystem.EMAIL, "tilly@example.org"),
        Telecom(TelecomSystem.OTHER, "01632 960002"),
        Telecom(TelecomSystem.OTHER, "07700 900126"),
    )


def test_a_contact_that_only_begins_next_month_or_has_no_value_is_left_out():
    contacts = [{"system": "phone", "value": "07700 900123", "period": {"start": "2026-04-01"}}, {"system": "phone"}]
    assert read(telecom=contacts).telecoms == ()


@pytest.mark.parametrize(
    ("end", "ends_at"),
    [
        ("2026-03-29", datetime(2026, 3, 30, tzinfo=LONDON)),
        ("2026-12", datetime(2027, 1, 1, tzinfo=LONDON)),
        ("2025", datetime(2026, 1, 1, tzinfo=LONDON)),
        ("2026-02-31", None),
        ("soon", None),
    ],
)
def test_the_last_day_month_or_year_of_a_contact_belongs_to_it(end: str, ends_at: datetime | None):
    [contact] = read(telecom=[{"system": "phone", "value": "07700 900123", "period": {"end": end}}]).telecoms
    assert contact.ends_at == ends_at


def test_an_openid_stands_under_the_identifier_system_that_the_clinic_names():
    wechat = "https://clinic.example/wechat"
    identifiers = [{"system": wechat, "value": "oFictional123"}, {"system": "urn:other", "value": "1"}]
    patient = read({"openid_system": wechat}, identifier=identifiers, telecom=[])
    assert patient.telecoms == (Telecom(TelecomSystem.OPENID, "oFictional123"),)
    assert read(identifier=identifiers, telecom=[]).telecoms == ()


@pytest.mark.parametrize(
    ("written", "born"), [("1970-01-01", date(1970, 1, 1)), ("1970-01", None), ("1970", None), ("", None), (1970, None)]
)
def test_a_birth_date_is_a_whole_date_or_unknown(written: Any, born: date | None):
    assert read(birthDate=written).birth_on == born


@pytest.mark.parametrize(
    ("stated", "deceased"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedBoolean": "true"}, True),
        ({"deceasedDateTime": "2026-03"}, True),
    ],
)
def test_a_death_in_any_form_counts(stated: dict[str, Any], deceased: bool):
    assert read(**stated).deceased is deceased


@pytest.mark.parametrize(
    ("code", "restricted"), [("R", True), ("V", True), ("REDACTED", True), ("U", False), ("N", False)]
)
def test_a_restricted_record_is_delivered_and_marked(code: str, restricted: bool):
    patient = read(meta={"security": [{"code": "U"}, {"code": code}]}, telecom=None)
    assert (patient.restricted, patient.telecoms) == (restricted, ())


def test_a_tag_with_the_letter_r_restricts_nothing():
    assert not read(meta={"tag": [{"code": "R"}]}).restricted


def test_languages_come_in_order_of_preference():
    spoken = [{"language": coded("en")}, {"language": coded("zh-HK"), "preferred": True}]
    nhs = extension(f"{UK_CORE}-NHSCommunication", extension("language", valueCodeableConcept=coded("hi")))
    assert read(communication=spoken, extension=[nhs]).languages == ("zh-HK", "en", "hi")


@pytest.mark.parametrize(
    "mark",
    [
        extension(f"{UK_CORE}-NHSCommunication", extension("interpreterRequired", valueBoolean=True)),
        extension("https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-NHSCommunication",
                  extension("interpreterRequired", valueBoolean=True)),
        extension("http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", valueBoolean=True),
    ],
)  # fmt: skip
def test_the_need_for_an_interpreter_is_seen_in_every_profile(mark: dict[str, Any]):
    assert read(extension=[mark]).interpreter_required
    assert not read(extension=[]).interpreter_required


@pytest.mark.parametrize(
    ("code", "preferences"),
    [
        ("6", {ContactPreference.VIA_PROXY}),
        ("7", {ContactPreference.SIGN_LANGUAGE}),
        ("8", {ContactPreference.NO_TELEPHONE}),
        ("1", set()),
        ("9", set()),
    ],
)
def test_contact_preferences_of_pds_are_read(code: str, preferences: set[ContactPreference]):
    mark = extension(
        f"{UK_CORE}-ContactPreference",
        extension("PreferredContactMethod", valueCodeableConcept=coded(code)),
        extension("PreferredWrittenCommunicationFormat", valueCodeableConcept=coded("12")),
    )
    assert read(extension=[mark]).contact_preferences == preferences


def test_an_inactive_or_flagged_record_gets_no_messages():
    assert read(active=False).excluded
    assert read({"excluded_tags": ["no-messages"]}, meta={"tag": [{"code": "no-messages"}]}).excluded
    assert not read(active=True).excluded


@pytest.mark.parametrize("broken", [None, 7, "x", [None], [7], {"a": 1}, [[]]])
def test_a_broken_part_of_a_record_counts_as_absent(broken: Any):
    fields = ("name", "telecom", "communication", "extension", "identifier", "birthDate", "meta")
    patient = read({"openid_system": "urn:x"}, **dict.fromkeys(fields, broken))
    assert (patient.id, patient.name, patient.telecoms) == ("p1", HumanName(), ())


R4, PACK = ("http://hl7.org/fhir/StructureDefinition/" + name for name in ("tz-code", "timezone"))
EAST, WEST = "America/New_York", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("changes", "zone"),
    [
        ({}, ""),
        ({"extension": [{"url": PACK, "valueCode": EAST}]}, EAST),
        ({"extension": [{"url": R4, "valueCode": EAST}]}, EAST),
        ({"extension": [{"url": PACK, "valueString": EAST}]}, EAST),
        ({"extension": [{"url": "http://example.org/zone", "valueCode": EAST}]}, ""),
        ({"extension": [{"url": PACK, "valueCode": 5}]}, ""),
        ({"address": [{"extension": [{"url": PACK, "valueCode": WEST}]}]}, WEST),
        ({"address": [{"use": "old", "extension": [{"url": PACK, "valueCode": WEST}]}]}, ""),
        ({"address": [{"period": {"end": "2025"}, "extension": [{"url": PACK, "valueCode": WEST}]}]}, ""),
        (
            {
                "extension": [{"url": R4, "valueCode": EAST}],
                "address": [{"extension": [{"url": PACK, "valueCode": WEST}]}],
            },
            EAST,
        ),
    ],
)
def test_the_patients_time_zone_is_read_from_the_record_or_an_address_in_use(changes: dict[str, Any], zone: str):
    assert read(**changes).zone == zone
