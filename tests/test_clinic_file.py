"""A clinic's file: what is wrong with it is said by file and field, in words for the person who wrote it."""

import json
import re
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from shared.clinic_file import dump_schema, parse_clinic
from shared.clinic_file.models import ClinicFile
from shared.domain.clinic import (
    AddressKind,
    Clinic,
    ClinicChannel,
    Exclusions,
    OptInRule,
    QuietHours,
    SourceChoice,
    Step,
)
from shared.domain.prescription.reference import PrescriptionKind
from shared.domain.prescription.rules import PrescriptionRules
from shared.errors import InvalidInput

CHANNELS = {"whatsapp": AddressKind.PHONE, "wechat": AddressKind.OPENID}
SOURCES = frozenset({"fhir_r4", "extract"})
GUIDE = Path(__file__).parents[1] / "docs" / "clinic-file.md"

SMALL: dict[str, Any] = {
    "id": "northgate",
    "name": {"en": "Northgate Outpatients"},
    "phone": "01632 960123",
    "zone": "Europe/London",
    "region": "GB",
    "languages": ["en"],
    "channels": [{"channel": "whatsapp"}],
    "source": {"kind": "fhir_r4"},
}
FULL: dict[str, Any] = {
    "id": "harbour-2",
    "name": {"zh-Hant": "海港診所", "en": "Harbour Clinic"},
    "phone": "+852 0555 0001",
    "zone": "Asia/Hong_Kong",
    "region": "HK",
    "languages": ["zh-Hant", "en"],
    "steps": [{"days": 5, "hour": "11:30"}, {"days": 0, "hour": "08:00"}],
    "quiet_hours": {"start": "21:00", "end": "07:30"},
    "plan_at": "05:15",
    "unsent_at": "14:30",
    "channels": [
        {
            "channel": "wechat",
            "account": "harbour",
            "opt_in": "opt_out",
            "templates": {"appointment_reminder": {"en": "TEMPLATE_1"}},
            "pace": "small_clinic",
            "per_day": None,
        },
        {
            "channel": "whatsapp",
            "account": "default",
            "opt_in": "required",
            "templates": {},
            "pace": 120,
            "per_day": 2000,
        },
    ],
    "source": {"kind": "extract", "options": {"path": "list.csv", "key": {"setting": "LIST_KEY"}}},
    "exclusions": {
        "under_age": 18,
        "specialties": ["Sexual health"],
        "locations": ["Ward 9"],
        "appointment_types": ["Home visit", "Test"],
    },
    "show_appointment_type": True,
    "show_practitioner": True,
    "public_locations": {"HIV clinic": {"zh-Hant": "門診二樓", "en": "Outpatients, level 2"}},
    "allow_pending": True,
    "window_days": 10,
    "fallback_after_hours": 6,
    "prescriptions": {
        "kinds": ["clinic_code", "china"],
        "ask_birthday": True,
        "send_without_preview": True,
        "pharmacy_text": {"zh-Hant": "請到地下藥房", "en": "Show this at the pharmacy on the ground floor."},
        "page_languages": ["zh-Hant", "en"],
        "valid_days": 14,
    },
}


def parsed(document: object) -> Clinic:
    return parse_clinic(json.dumps(document), "uk.json", CHANNELS, SOURCES)


def said_of(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        parse_clinic(text, "uk.json", CHANNELS, SOURCES)
    details = caught.value.details
    assert caught.value.message.startswith(f"{details[0].field}: {details[0].message}")
    return [f"{detail.field}: {detail.message}" for detail in details]


def test_a_small_file_gets_the_defaults() -> None:
    clinic = parsed(SMALL)
    assert clinic.steps == (Step(7, time(10)), Step(2, time(10)))
    assert (clinic.quiet_hours.start, clinic.quiet_hours.end, clinic.plan_at) == (time(20), time(8), time(6))
    assert clinic.unsent_at == time(15)
    assert (clinic.window_days, clinic.exclusions.under_age, clinic.allow_pending) == (7, 16, False)
    way = clinic.channels[0]
    assert (way.account, way.address_kind, way.opt_in) == ("default", AddressKind.PHONE, OptInRule.REQUIRED)
    assert (way.per_minute, way.per_day) == (None, None)


def test_a_full_file_keeps_every_field() -> None:
    wechat_templates = {"appointment_reminder": {"en": "TEMPLATE_1"}}
    assert parsed(FULL) == Clinic(
        id="harbour-2",
        name={"zh-Hant": "海港診所", "en": "Harbour Clinic"},
        phone="+852 0555 0001",
        zone=ZoneInfo("Asia/Hong_Kong"),
        region="HK",
        languages=("zh-Hant", "en"),
        steps=(Step(5, time(11, 30)), Step(0, time(8))),
        quiet_hours=QuietHours(time(21), time(7, 30)),
        plan_at=time(5, 15),
        channels=(
            ClinicChannel("wechat", "harbour", AddressKind.OPENID, OptInRule.OPT_OUT, wechat_templates, 20),
            ClinicChannel("whatsapp", "default", AddressKind.PHONE, OptInRule.REQUIRED, {}, 120, 2000),
        ),
        source=SourceChoice("extract", {"path": "list.csv", "key": {"setting": "LIST_KEY"}}),
        exclusions=Exclusions(
            18, frozenset({"Sexual health"}), frozenset({"Ward 9"}), frozenset({"Home visit", "Test"})
        ),
        show_appointment_type=True,
        show_practitioner=True,
        public_locations={"HIV clinic": {"zh-Hant": "門診二樓", "en": "Outpatients, level 2"}},
        allow_pending=True,
        window_days=10,
        fallback_after=timedelta(hours=6),
        prescriptions=PrescriptionRules(
            kinds=(PrescriptionKind.CLINIC_CODE, PrescriptionKind.CHINA),
            ask_birthday=True,
            send_without_preview=True,
            pharmacy_text={"zh-Hant": "請到地下藥房", "en": "Show this at the pharmacy on the ground floor."},
            page_languages=("zh-Hant", "en"),
            valid_days=14,
        ),
        unsent_at=time(14, 30),
    )


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (
            {"steps": [{"days": 7, "hour": "10:00"}, {"days": 2, "hour": "25:00"}]},
            "steps[1].hour",
            "write a time such as 10:00",
        ),
        ({"steps": [{"days": 7, "hour": 10}]}, "steps[0].hour", "write a time such as 10:00"),
        ({"steps": [{"days": 7, "hour": "10:00:30"}]}, "steps[0].hour", "write a time such as 10:00"),
        (
            {"steps": [{"days": "7", "hour": "10:00"}]},
            "steps[0].days",
            "write a whole number without quotes, such as 7",
        ),
        ({"steps": [{"days": -1, "hour": "10:00"}]}, "steps[0].days", "write a number of 0 or more"),
        ({"steps": [{"hour": "10:00"}]}, "steps[0].days", "this field is missing"),
        ({"steps": []}, "steps", "write at least 1 of these"),
        ({"steps": {"days": 7}}, "steps", "write a list in square brackets [ ]"),
        (
            {"steps": [{"days": 2, "hour": "10:00"}, {"days": 2, "hour": "18:00"}]},
            "steps[1]",
            "another step has the same number of days",
        ),
        (
            {"steps": [{"days": 8, "hour": "10:00"}]},
            "steps[0].days",
            "appointments are looked at only 7 days ahead (window_days)",
        ),
        (
            {"steps": [{"days": 2, "hour": "21:00"}]},
            "steps[0].hour",
            "this time lies in the quiet hours; write another one",
        ),
        ({"step": []}, "step", "there is no such field; did you mean steps?"),
        (
            {"channels": [{"channel": "whatsapp", "optin": "required"}]},
            "channels[0].optin",
            "there is no such field; did you mean opt_in?",
        ),
        (
            {"exclusions": {"zzz": 1}},
            "exclusions.zzz",
            "there is no such field (there are: appointment_types, locations, specialties, under_age)",
        ),
        (
            {"zone": "Europe/Londn"},
            "zone",
            "write a time zone such as Europe/London (a name of the IANA time zone database)",
        ),
        ({"region": "UK"}, "region", "write a country code of two capital letters such as GB"),
        ({"region": 44}, "region", 'write text in double quotes, such as "text"'),
        ({"languages": []}, "languages", "write at least 1 of these"),
        ({"languages": ["en", "en"]}, "languages[1]", "this stands in the list twice"),
        ({"languages": ["en", "hi"]}, "name", "this is missing in hi, a language of the clinic"),
        ({"name": {"en": "A", "hi": "B"}}, "name.hi", "this language is not one of the clinic's languages"),
        ({"name": {"en": " "}}, "name.en", "write some text, on one line"),
        ({"name": {"en": "a\nb"}}, "name.en", "write some text, on one line"),
        ({"name": "Northgate"}, "name", 'write a group of names and values in braces, such as {"en": "text"}'),
        ({"public_locations": {"X": {}}}, "public_locations.X", "this is missing in en, a language of the clinic"),
        ({"id": "North_gate"}, "id", "write 2 to 30 of a-z, 0-9 and -, not beginning or ending with -"),
        ({"id": "unassigned"}, "id", "this word means no clinic; choose another one"),
        ({"phone": "ask at the desk"}, "phone", "write a phone number as patients should read it"),
        ({"plan_at": "6am"}, "plan_at", "write a time such as 10:00"),
        (
            {"quiet_hours": {"start": "08:30", "end": "08:00"}},
            "quiet_hours",
            "leave at least one hour of the day for sending",
        ),
        ({"channels": []}, "channels", "write at least 1 of these"),
        ({"channels": [{"channel": "telex"}]}, "channels[0].channel", "write one of: wechat, whatsapp"),
        ({"channels": [{"channel": "whatsapp"}] * 2}, "channels[1]", "another entry has the same channel"),
        (
            {"channels": [{"channel": "whatsapp", "opt_in": "maybe"}]},
            "channels[0].opt_in",
            "write one of: 'required' or 'opt_out'",
        ),
        (
            {"channels": [{"channel": "whatsapp", "templates": {"appointment_reminder": {"hi": "x"}}}]},
            "channels[0].templates.appointment_reminder.hi",
            "this language is not one of the clinic's languages",
        ),
        *(
            (
                {"channels": [{"channel": "whatsapp", "pace": pace}]},
                "channels[0].pace",
                "write standard, small_clinic, or a number of messages per minute from 1 to 60000",
            )
            for pace in (0, 60_001, True, 1.5, "fast", None)
        ),
        (
            {"channels": [{"channel": "whatsapp", "per_day": 0}]},
            "channels[0].per_day",
            "write a number of 1 or more",
        ),
        ({"source": {"kind": "fax"}}, "source.kind", "write one of: extract, fhir_r4"),
        ({"source": "fhir_r4"}, "source", "write a group of fields in braces { }"),
        ({"exclusions": {"under_age": True}}, "exclusions.under_age", "write a whole number without quotes, such as 7"),
        (
            {"prescriptions": {"kinds": ["nhs"]}},
            "prescriptions.kinds[0]",
            "write one of: 'nhs_eps', 'clinic_code', 'china' or 'india'",
        ),
        ({"prescriptions": {"kinds": []}}, "prescriptions.kinds", "write at least 1 of these"),
        ({"prescriptions": {"kinds": ["china", "china"]}}, "prescriptions.kinds[1]", "this stands in the list twice"),
        ({"prescriptions": {"ask_birthday": 1}}, "prescriptions.ask_birthday", "write true or false, without quotes"),
        ({"prescriptions": {"valid_days": 0}}, "prescriptions.valid_days", "write a number of 1 or more"),
        (
            {"prescriptions": {"page_languages": ["fr"]}},
            "prescriptions.page_languages[0]",
            "write one of: en, hi, zh-Hans, zh-Hant",
        ),
        (
            {"prescriptions": {"pharmacy_text": {"hi": "x"}}},
            "prescriptions.pharmacy_text",
            "this is missing in en, a language of the clinic",
        ),
        (
            {"prescriptions": {"kinds": ["nhs_eps"]}, "region": "HK"},
            "prescriptions.kinds",
            "nhs_eps is for clinics in GB",
        ),
        ({"window_days": 61}, "window_days", "write a number of 60 or less"),
        ({"allow_pending": "yes"}, "allow_pending", "write true or false, without quotes"),
    ],
)
def test_a_wrong_field_is_named_with_what_to_write(change: dict[str, Any], field: str, words: str) -> None:
    assert f"uk.json: {field}: {words}" in said_of(json.dumps({**SMALL, **change}))


@pytest.mark.parametrize(
    ("region", "kinds"),
    [("GB", ["nhs_eps", "clinic_code"]), ("HK", ["clinic_code"]), ("CN", ["china"]), ("IN", ["india"])],
)
def test_without_a_word_the_kinds_of_prescription_are_those_of_the_country(region: str, kinds: list[str]) -> None:
    rules = parsed({**SMALL, "region": region}).prescriptions
    assert list(rules.kinds) == kinds
    assert (rules.ask_birthday, rules.send_without_preview) == (False, False)


def test_a_language_that_is_not_shipped_is_refused() -> None:
    change = {"languages": ["fr"], "name": {"fr": "Porte du Nord"}}
    assert said_of(json.dumps({**SMALL, **change})) == ["uk.json: languages[0]: write one of: en, hi, zh-Hans, zh-Hant"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "uk.json: line 1, column 1: this is not JSON"),
        ('{\n  "id": northgate\n}', "uk.json: line 2, column 9: this is not JSON"),
        ("[]", "uk.json: write a group of fields in braces { }"),
        ('{"id": "a", "id": "b"}', "uk.json: id: this field stands here twice; keep one"),
        ("[" * 200_000, "uk.json: "),
    ],
)
def test_what_is_no_clinic_file_at_all_is_refused(text: str, said: str) -> None:
    assert said_of(text)[0].startswith(said)


def test_every_problem_is_named_at_once() -> None:
    said = said_of(json.dumps({**SMALL, "zone": "Mars", "region": "UK", "step": 1, "id": "X"}))
    assert len(said) == 4


def test_a_value_is_never_repeated() -> None:
    document = {**SMALL, "source": {"kind": "s3cret-kind", "options": "s3cret", "s3": 1}, "phone": "s3cret"}
    assert not any("s3cret" in line for line in said_of(json.dumps(document)))


def test_a_file_from_a_windows_editor_is_read() -> None:
    assert parse_clinic("\ufeff" + json.dumps(SMALL), "uk.json", CHANNELS).id == "northgate"


def fields_of(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every field as the guide writes it: `steps[].hour`."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        found.append(prefix + name)
        for many, part in (("[]", getattr(field.annotation, "__args__", (None,))[0]), ("", field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found += fields_of(part, f"{prefix}{name}{many}.")
    return found


def test_the_guide_explains_every_field_and_no_other() -> None:
    explained = set(re.findall(r"^\| `([a-z_.\[\]]+)` \|", GUIDE.read_text("utf-8"), re.MULTILINE))
    outer = {"channels", "source", "exclusions", "prescriptions"}  # a chapter each
    assert explained | outer == set(fields_of(ClinicFile))


def test_the_guides_example_is_a_valid_file() -> None:
    example = re.search(r"```json\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert example is not None
    assert parse_clinic(example[1], "guide", CHANNELS, SOURCES).id == "northgate"


def test_the_schema_describes_every_field_for_editors() -> None:
    schema = json.loads(dump_schema())
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"id", "name", "phone", "zone", "region", "languages", "channels", "source"}
    parts = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]
    assert all(field.get("description") for part in parts for field in part["properties"].values())
