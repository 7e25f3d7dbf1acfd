from __future__ import annotations

import json

import pytest

from shared.channels.wechat.templates import Templates, shipped_templates
from shared.domain.content import TemplateContent
from shared.errors import ConfigurationError
from tests.channels.wechat.samples import reminder


def one_template(**changes: object) -> str:
    template = {"id": "T1", "title": "A title", "fields": [{"key": "thing1", "label": "A"}]} | changes
    return json.dumps({"templates": [template]})


def test_a_reminder_fills_the_typed_fields() -> None:
    template = shipped_templates().find(reminder())
    assert template is not None
    filled = template.fill(reminder().values)
    assert filled.problems == ()
    assert filled.fields == {
        "thing1": "陳大文",
        "time2": "2026年11月27日 10:30",
        "thing3": "門診二樓",
        "thing4": "示例診所",
        "thing5": "1確認 2不能來 3改期",
    }
    assert filled.text == (
        "就診提醒\n就診人：陳大文\n就診時間：2026年11月27日 10:30\n"
        "就診地點：門診二樓\n診所：示例診所\n請回覆：1確認 2不能來 3改期"
    )


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", "en"])
def test_every_shipped_reminder_fits_what_wechat_takes(language: str) -> None:
    values = reminder(patient_name="A Very Long Sample Name Indeed", location="").values
    template = shipped_templates().find(TemplateContent("appointment_reminder", language, values))
    assert template is not None
    filled = template.fill(values)
    assert filled.problems == ()
    assert filled.fields["thing1"] == "A Very Long Sample…"
    assert filled.fields["thing3"]


def test_a_clinics_own_id_takes_the_shipped_fields() -> None:
    content = TemplateContent("appointment_reminder", "en", {}, provider_template="clinic-own-id")
    template = shipped_templates().find(content)
    assert template is not None
    assert (template.id, len(template.fields)) == ("clinic-own-id", 5)


def test_there_may_be_no_template() -> None:
    assert shipped_templates().find(TemplateContent("appointment_reminder", "fr", {})) is None
    assert shipped_templates().find(TemplateContent("unheard_of", "en", {})) is None


@pytest.mark.parametrize("missing", ["patient_name", "starts_at", "clinic"])
def test_a_value_that_is_missing_is_a_problem_of_its_field(missing: str) -> None:
    template = shipped_templates().find(reminder())
    assert template is not None
    key = {"patient_name": "thing1", "starts_at": "time2", "clinic": "thing4"}[missing]
    filled = template.fill(reminder(**{missing: ""}).values)
    assert [problem.field for problem in filled.problems] == [f"appointment_reminder.{key}"]


def test_a_day_without_a_time_is_no_time() -> None:
    template = shipped_templates().find(reminder())
    assert template is not None
    problems = template.fill(reminder(starts_at="2026-11-27").values).problems
    assert [problem.field for problem in problems] == ["appointment_reminder.time2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "t.json: not a file of WeChat templates"),
        ("{}", "not a file"),
        (json.dumps({"templates": [{"id": "T1"}]}), "not a file"),
        (one_template(fields=[{"key": "keyword1", "label": "A"}]), "templates[0].fields[0].key"),
        (one_template(fields=[{"key": "time1", "label": "A", "too_long": "shorten"}]), "only a thing may be shortened"),
        (one_template(proposal={"keyword1": "thing9"}), "templates[0].proposal.keyword1"),
        (one_template(proposal={"keyword9": "thing1"}), "templates[0].proposal.keyword9"),
    ],
)
def test_a_wrong_template_file_says_where(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Templates.from_json(text, "t.json")
    assert said in raised.value.message


def test_only_what_the_file_allows_is_cut_anything_else_is_refused() -> None:
    fields = [
        {"key": "thing1", "label": "A", "text": "{note}"},
        {"key": "character_string2", "label": "B", "text": "{reference}"},
        {"key": "thing3", "label": "C", "text": "{note}", "too_long": "shorten"},
    ]
    template = Templates.from_json(one_template(fields=fields, purpose="p"), "t.json").by_id("T1")
    assert template is not None
    filled = template.fill({"note": "n" * 21, "reference": "r" * 33})
    assert [problem.field for problem in filled.problems] == ["p.thing1", "p.character_string2"]
    assert filled.fields == {"thing1": "n" * 21, "character_string2": "r" * 33, "thing3": "n" * 19 + "…"}


PRESCRIPTION = {
    "patient_name": "陳大文",
    "clinic": "示例診所",
    "reference": "8DB7CE-A83008-32478+",
    "last_valid_on": "2027-05-20",
    "pharmacy": "",
    "page_url": "https://app.example/api/p/TOKEN",
}


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", "en"])
@pytest.mark.parametrize("purpose", ["prescription_reference", "prescription_code", "prescription_page"])
def test_a_prescription_leads_to_its_page_by_a_tap(purpose: str, language: str) -> None:
    template = shipped_templates().find(TemplateContent(purpose, language, PRESCRIPTION))
    assert template is not None
    filled = template.fill(PRESCRIPTION)
    assert filled.problems == ()
    assert filled.url == ("" if purpose == "prescription_code" else PRESCRIPTION["page_url"])
    assert "TOKEN" not in filled.text
    assert (PRESCRIPTION["reference"] in filled.text) == (purpose != "prescription_page")
    assert "2027年5月20日" in filled.text


def test_a_page_that_is_missing_is_a_problem() -> None:
    template = shipped_templates().find(TemplateContent("prescription_page", "en", {}))
    assert template is not None
    problems = template.fill({**PRESCRIPTION, "page_url": ""}).problems
    assert [problem.field for problem in problems] == ["prescription_page.url"]
