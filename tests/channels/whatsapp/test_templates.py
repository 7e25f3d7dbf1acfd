"""The shipped templates obey Meta's rules, and are filled, checked and shown as a patient would read them."""

import re
from typing import Any

import pytest

from shared.channels.whatsapp.client import WhatsAppChannel
from shared.channels.whatsapp.limits import MAX_TEMPLATE_BODY
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS
from shared.channels.whatsapp.templates import Template, fill, shipped
from shared.domain.content import RawContent, TemplateContent, TextContent
from shared.errors import FieldProblem, InvalidInput
from tests.channels.whatsapp.conftest import VALUES

CHANNEL = WhatsAppChannel(SAMPLE_CREDENTIALS, http=None)  # type: ignore[arg-type]
EACH = pytest.mark.parametrize("template", [pytest.param(t, id=f"{t.name} {t.code}") for t in shipped()])


def reminder(language: str = "en", **changed: str) -> TemplateContent:
    return TemplateContent("appointment_reminder", language, {**VALUES, **changed})


def test_a_reminder_exists_in_every_language_of_the_sample_clinics() -> None:
    assert {t.language: t.code for t in shipped() if t.purpose == "appointment_reminder"} == {
        "en": "en_GB", "hi": "hi", "zh-Hant": "zh_HK", "zh-Hans": "zh_CN",
    }  # fmt: skip


@EACH
def test_a_template_would_pass_metas_review(template: Template) -> None:
    variables = re.findall(r"\{\{(\d+)\}\}", template.body)
    assert variables == [str(n + 1) for n in range(len(template.parameters))]
    assert not re.match(r"\s*\{\{", template.body)
    assert not re.search(r"\}\}\W?$", template.body.rstrip())
    assert not re.search(r"\}\}\s*\{\{", template.body)
    assert len(template.body) <= 1024
    assert len(template.footer) <= 60
    assert "{{" not in template.footer
    assert re.fullmatch(r"[a-z0-9_]{1,512}", template.name)
    assert all(len(label) <= 25 and "{{" not in label for label in template.buttons.values())
    assert 30 <= template.ttl_s <= 43_200
    assert set(template.parameters) <= set(template.examples)


REMINDERS = pytest.mark.parametrize("template", [t for t in shipped() if t.purpose == "appointment_reminder"])


@REMINDERS
def test_a_reminder_offers_one_two_and_three(template: Template) -> None:
    assert list(template.buttons) == ["1", "2", "3"]
    assert all(label.startswith(answer) for answer, label in template.buttons.items())
    assert all(digit in template.body for digit in "123")
    assert "STOP" in template.footer


@REMINDERS
def test_what_is_rendered_holds_every_value(template: Template) -> None:
    shown = CHANNEL.rendered(reminder(template.language))
    assert all(VALUES[name] in shown for name in template.parameters)
    assert "{{" not in shown


def test_the_wire_form_carries_values_in_order_and_a_payload_per_button() -> None:
    wire: Any = fill(reminder()).wire("example-clinic_ref1")
    assert wire["name"] == "appointment_reminder"
    assert wire["language"] == {"code": "en_GB", "policy": "deterministic"}
    body, *buttons = wire["components"]
    assert [p["text"] for p in body["parameters"]] == [
        "Alex Example", "Example Hospital", "Monday 2 March 2026", "10:30am", "Eye clinic", "Outpatients, level 2",
        "01632 960000",
    ]  # fmt: skip
    assert [(b["index"], b["parameters"][0]["payload"]) for b in buttons] == [
        ("0", "1:example-clinic_ref1"),
        ("1", "2:example-clinic_ref1"),
        ("2", "3:example-clinic_ref1"),
    ]


def test_a_reference_too_long_for_a_payload_leaves_the_answer() -> None:
    wire: Any = fill(reminder()).wire("x" * 200)
    button = wire["components"][-1]
    assert button["parameters"][0]["payload"] == "3"


def test_a_clinics_own_template_replaces_the_shipped_name() -> None:
    own = TemplateContent("appointment_reminder", "en", VALUES, provider_template="trust_reminder")
    assert fill(own).wire("r")["name"] == "trust_reminder"


PRESCRIPTION = {
    "patient_name": "Alex Example",
    "clinic": "Example Hospital",
    "reference": "8DB7CE-A83008-32478+",
    "last_day": "Thursday 20 May 2027",
    "where": "Show this at the pharmacy.",
    "clinic_phone": "01632 960000",
    "page_token": "TOKEN",
}
PRESCRIPTIONS = pytest.mark.parametrize(
    "template", [pytest.param(t, id=f"{t.name} {t.code}") for t in shipped() if t.purpose.startswith("prescription_")]
)


def test_a_prescription_exists_in_every_language_with_and_without_a_page() -> None:
    purposes = {(t.purpose, t.language) for t in shipped() if t.purpose.startswith("prescription_")}
    assert purposes == {
        (purpose, language)
        for purpose in ("prescription_reference", "prescription_code", "prescription_page")
        for language in ("en", "hi", "zh-Hant", "zh-Hans")
    }


@PRESCRIPTIONS
def test_a_prescriptions_button_opens_the_page_and_its_words_hold_no_address(template: Template) -> None:
    content = TemplateContent(template.purpose, template.language, PRESCRIPTION)
    wire: Any = fill(content).wire("r")
    buttons = [part for part in wire["components"] if part["type"] == "button"]
    if template.purpose == "prescription_code":
        assert (buttons, template.link) == ([], None)
        return
    assert template.link is not None
    assert len(template.link.label) <= 25
    assert template.link.url.endswith("/api/p/{{1}}")
    assert buttons == [
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "TOKEN"}]}
    ]
    shown = CHANNEL.rendered(content)
    assert f"[{template.link.label}]" in shown
    assert "TOKEN" not in shown
    assert (PRESCRIPTION["reference"] in shown) == (template.purpose == "prescription_reference")


@PRESCRIPTIONS
def test_a_prescription_says_nothing_of_a_medicine_and_is_no_promotion(template: Template) -> None:
    assert template.category == "UTILITY"
    assert "STOP" in template.footer
    assert len(CHANNEL.rendered(TemplateContent(template.purpose, template.language, PRESCRIPTION))) < 700


def test_a_button_without_its_page_is_a_problem() -> None:
    values = {name: value for name, value in PRESCRIPTION.items() if name != "page_token"}
    content = TemplateContent("prescription_reference", "en", values)
    assert [problem.field for problem in CHANNEL.check(content).problems] == ["values.page_token"]
    assert CHANNEL.charge(content).parts == 1


def test_what_a_message_counts_as() -> None:
    assert CHANNEL.charge(reminder()).words == "1 utility message"
    assert CHANNEL.charge(TextContent("Hello")).words == "1 service message"


@pytest.mark.parametrize("bad", ["Level 2\nRoom 3", "Level\t2", "Level" + " " * 5 + "2", " ", "\ud83d"])
def test_a_value_that_meta_refuses_is_named(bad: str) -> None:
    checked = CHANNEL.check(reminder(location=bad))
    assert [problem.field for problem in checked.problems] == ["values.location"]


@pytest.mark.parametrize("good", ["Level 2", "Level    2", "O'Brien & Söhne", "王小明", "अनीता उदाहरण", "👨‍👩‍👧"])
def test_ordinary_values_pass(good: str) -> None:
    assert CHANNEL.check(reminder(patient_name=good)).problems == ()


def test_a_missing_value_is_named() -> None:
    values = {name: value for name, value in VALUES.items() if name != "location"}
    checked = CHANNEL.check(TemplateContent("appointment_reminder", "en", values))
    assert checked.problems == (FieldProblem("values.location", "is missing"),)


def test_the_whole_message_has_metas_limit() -> None:
    spare = MAX_TEMPLATE_BODY - len(fill(reminder(location="")).template.filled(fill(reminder(location="")).values))
    assert CHANNEL.check(reminder(location="x" * spare)).problems == ()
    assert [p.field for p in CHANNEL.check(reminder(location="x" * (spare + 1))).problems] == ["values"]


@pytest.mark.parametrize(
    ("purpose", "language", "field"), [("birthday", "en", "purpose"), ("appointment_reminder", "cy", "language")]
)
def test_a_template_that_is_not_there_is_said_so(purpose: str, language: str, field: str) -> None:
    content = TemplateContent(purpose, language, VALUES)
    assert [problem.field for problem in CHANNEL.check(content).problems] == [field]
    with pytest.raises(InvalidInput):
        CHANNEL.rendered(content)


def test_characters_that_whatsapp_reads_as_formatting_are_warned_of() -> None:
    checked = CHANNEL.check(reminder(patient_name="Al*x*"))
    assert checked.problems == ()
    assert "patient_name" in checked.warnings[0]
    assert "Al*x*" not in checked.warnings[0]


@pytest.mark.parametrize(("body", "ok"), [("x" * 4096, True), ("x" * 4097, False), ("", False), (" \n", False)])
def test_a_text_has_metas_limit(body: str, ok: bool) -> None:
    assert (CHANNEL.check(TextContent(body)).problems == ()) is ok


def test_a_template_is_known_by_metas_name_and_language() -> None:
    own = TemplateContent("appointment_reminder", "zh-Hant", VALUES, provider_template="northgate_reminder")
    raw = RawContent({"type": "template", "template": {"name": "lab_results", "language": {"code": "en_GB"}}})
    assert CHANNEL.template_of(reminder()) == "appointment_reminder/en_GB"
    assert CHANNEL.template_of(own) == "northgate_reminder/zh_HK"
    assert CHANNEL.template_of(raw) == "lab_results/en_GB"
    assert [CHANNEL.template_of(c) for c in (TextContent("Hello"), reminder("fr"), RawContent({"type": "text"}))] == [
        ""
    ] * 3
