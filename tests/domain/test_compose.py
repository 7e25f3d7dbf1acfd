"""What a reminder says, and that it never says why a patient comes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.appointment import HumanName
from shared.domain.clinic import AddressKind, Clinic, ClinicChannel, OptInRule
from shared.domain.compose import REMINDER, compose, version
from shared.domain.content import TemplateContent
from shared.domain.decision import Planned
from shared.domain.identity import Pseudonyms
from shared.wording import Wording
from tests.domain.examples import MOBILE, NOW, a_clinic, a_patient, an_appointment, local

PSEUDONYMS = Pseudonyms(b"an index key for tests, 32 bytes")
PLACES = {"HIV clinic": {"en": "Outpatients, level 2", "hi": "ओपीडी, दूसरी मंज़िल"}}
PLANNED = Planned("2d", NOW, NOW + timedelta(hours=1), "whatsapp", "default", AddressKind.PHONE, MOBILE, "en")
START = local("2026-11-26T17:30")


def composed(clinic: Clinic | None = None, language: str = "en", **appointment: Any) -> TemplateContent:
    filled = {"start": START, **appointment}
    planned = replace(PLANNED, language=language)
    return compose(an_appointment(**filled), planned, clinic or a_clinic(), Wording.load())


def test_a_reminder_has_every_value_that_a_template_may_use() -> None:
    content = composed()
    assert (content.purpose, content.language, content.provider_template) == (REMINDER, "en", "")
    assert content.values == {
        "patient_name": "Alex Example",
        "date": "Thursday 26 November 2026",
        "time": "5:30pm",
        "appointment_type": "appointment",
        "location": "Northgate Outpatients",
        "clinic": "Northgate Outpatients",
        "clinic_phone": "01632 960123",
        "answer_line": "Reply 1 to confirm, 2 if you cannot come, 3 to change it.",
        "starts_at": "2026-11-26T17:30:00+00:00",
    }


def test_a_reminder_speaks_the_planned_language() -> None:
    values = composed(language="hi").values
    assert (values["patient_name"], values["date"], values["time"], values["clinic"]) == (
        "Alex जी",
        "गुरुवार, 26 नवंबर 2026",
        "शाम 5:30 बजे",
        "नॉर्थगेट क्लिनिक",
    )


def test_times_are_those_of_the_clinics_wall() -> None:
    values = composed(start=local("2026-07-01T09:00")).values
    assert (values["time"], values["starts_at"]) == ("9am", "2026-07-01T09:00:00+01:00")
    hong_kong = a_clinic(zone=ZoneInfo("Asia/Hong_Kong"))
    assert composed(hong_kong, start=START).values["date"] == "Friday 27 November 2026"


def test_a_day_without_a_time_never_prints_midnight() -> None:
    values = composed(start=local("2026-11-26T00:00"), start_is_day_only=True).values
    assert values["time"] == "please phone us for the time"
    assert values["starts_at"] == "2026-11-26"
    assert "midnight" not in " ".join(values.values())


@pytest.mark.parametrize(("allowed", "shown"), [(False, "appointment"), (True, "Eye check")])
def test_the_type_is_shown_only_where_the_clinic_allows_it(allowed: bool, shown: str) -> None:
    clinic = a_clinic(show_appointment_type=allowed)
    assert composed(clinic, type_text="Eye check").values["appointment_type"] == shown


@pytest.mark.parametrize(("allowed", "shown"), [(False, None), (True, "Dr Robin Sample")])
def test_the_practitioner_is_shown_only_where_the_clinic_allows_it(allowed: bool, shown: str | None) -> None:
    clinic = a_clinic(show_practitioner=allowed)
    assert composed(clinic, practitioner="Dr Robin Sample").values.get("practitioner") == shown


@pytest.mark.parametrize(
    ("location", "language", "shown"),
    [
        ("HIV clinic", "en", "Outpatients, level 2"),
        ("hiv  CLINIC", "en", "Outpatients, level 2"),
        ("HIV clinic", "hi", "ओपीडी, दूसरी मंज़िल"),
        ("Oncology", "en", "Northgate Outpatients"),
        ("", "en", "Northgate Outpatients"),
    ],
)
def test_a_location_is_shown_by_its_public_name_only(location: str, language: str, shown: str) -> None:
    content = composed(a_clinic(public_locations=PLACES), language, location=location)
    assert content.values["location"] == shown
    assert "HIV" not in " ".join(content.values.values())


def test_nothing_in_a_reminder_says_why() -> None:
    content = composed(type_text="Chemotherapy", specialty="Oncology", location="Oncology", practitioner="Dr Tumour")
    said = " ".join(content.values.values())
    assert not any(word in said for word in ("Chemotherapy", "Oncology", "Tumour"))


def test_a_patient_without_a_name_is_addressed_all_the_same() -> None:
    assert composed(patient=a_patient(name=HumanName())).values["patient_name"] == "Patient"


def test_values_are_one_line_and_of_bounded_length() -> None:
    name = HumanName(text="Alex\n\u202eExample " + "👨\u200d👩\u200d👧" * 40)
    values = composed(patient=a_patient(name=name), extra={"reference": "R" * 100}).values
    assert values["patient_name"].startswith("Alex Example 👨\u200d👩\u200d👧")
    assert len(values["patient_name"]) <= 60
    assert len(values["appointment_reference"]) == 32
    assert all("\n" not in value and value for value in values.values())


def test_a_clinics_own_template_goes_with_the_content() -> None:
    names = {REMINDER: {"en": "northgate_reminder_v2"}}
    way = ClinicChannel("whatsapp", "default", AddressKind.PHONE, OptInRule.REQUIRED, names)
    assert composed(a_clinic(channels=(way,))).provider_template == "northgate_reminder_v2"
    assert composed(a_clinic(channels=(way,)), "hi").provider_template == ""


@pytest.mark.parametrize("missing", ["patient", "start"])
def test_an_appointment_without_a_patient_or_a_start_has_no_reminder(missing: str) -> None:
    with pytest.raises(ValueError, match="without a patient or a start"):
        composed(None, "en", **{missing: None})


def test_the_version_changes_with_what_the_patient_reads_and_with_nothing_else() -> None:
    def of(channel: str = "whatsapp", language: str = "en", **appointment: Any) -> str:
        return version(PSEUDONYMS, composed(None, language, **appointment), channel)

    same = of()
    assert of(specialty="Other", type_text="Other", practitioner="Other", location="Other") == same
    assert of(patient=a_patient(telecoms=())) == same
    changed = [
        of(start=START + timedelta(minutes=15)),
        of(patient=a_patient(name=HumanName("Other", "Alex"))),
        of(language="hi"),
        of(channel="wechat"),
        of(extra={"reference": "R1"}),
    ]
    assert len({same, *changed}) == len(changed) + 1
    other_key = Pseudonyms(b"another index key, also 32 bytes")
    assert version(other_key, composed(), "whatsapp") != same
