from __future__ import annotations

from typing import Any

import pytest

from shared.channels.wechat.raw import NO_COLOUR, NOT_SHOWN, read_raw_message
from shared.channels.wechat.templates import shipped_templates
from tests.channels.wechat.samples import proposal_body

TEMPLATES = shipped_templates()


def read(body: dict[str, Any]) -> Any:
    return read_raw_message(body, TEMPLATES)


def mapped_body(**values: str) -> dict[str, Any]:
    """The proposal's body for a template that the template file maps."""
    given = {
        "first": "Hello",
        "keyword1": "REF-0001",
        "keyword2": "2026-11-27 10:30",
        "keyword3": "示例醫院",
        "remark": "李醫生",
    } | values
    data = {key: {"value": value, "color": "#173177"} for key, value in given.items()}
    return proposal_body(template_id="APPOINTMENT_NOTICE", data=data)


def test_the_proposals_body_passes_unchanged_with_two_warnings() -> None:
    raw = read(proposal_body())
    assert raw.problems == ()
    assert raw.body == proposal_body()
    assert raw.warnings[:2] == (NOT_SHOWN, NO_COLOUR)
    assert (raw.to, raw.client_msg_id) == ("OPENID", "MSG_000001")


def test_a_patient_reads_neither_first_nor_remark() -> None:
    assert read(proposal_body()).text == "appintmentID_or_referenceID\ndate_and_time\nhospital_name"


def test_keywords_of_a_mapped_template_become_typed_fields() -> None:
    raw = read(mapped_body())
    assert raw.problems == ()
    values = {key: entry["value"] for key, entry in raw.body["data"].items()}
    assert values == {
        "first": "Hello",
        "character_string1": "REF-0001",
        "time2": "2026年11月27日 10:30",
        "thing3": "示例醫院",
        "thing4": "李醫生",
    }
    assert raw.text == "預約通知\n預約編號：REF-0001\n就診時間：2026年11月27日 10:30\n醫院：示例醫院\n醫生：李醫生"


def test_colours_are_passed_on_with_the_rewritten_fields() -> None:
    assert read(mapped_body()).body["data"]["time2"]["color"] == "#173177"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"keyword1": "編號一"}, "data.keyword1.value"),
        ({"keyword2": "next Friday"}, "data.keyword2.value"),
        ({"keyword3": "x" * 21}, "data.keyword3.value"),
        ({"remark": ""}, "data.remark.value"),
    ],
)
def test_a_value_that_does_not_fit_is_named_as_the_caller_wrote_it(values: dict[str, str], field: str) -> None:
    assert [problem.field for problem in read(mapped_body(**values)).problems] == [field]


def test_a_field_that_the_template_needs_is_missed() -> None:
    body = mapped_body()
    del body["data"]["keyword3"]
    assert [problem.field for problem in read(body).problems] == ["data.keyword3.value"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("date3", "15:01"),
        ("time2", "2026-11-27"),
        ("keyword1", "half a letter \ud83d"),
        ("thing3", "x" * 21),
        ("time2", "soon"),
        ("character_string1", "編號"),
        ("thing3", ""),
        ("keyword1", "a\nb"),
    ],
)
def test_typed_fields_are_checked_whatever_the_template(key: str, value: str) -> None:
    raw = read(proposal_body(data={key: {"value": value}}))
    assert [problem.field for problem in raw.problems] == [f"data.{key}.value"]


@pytest.mark.parametrize(
    ("key", "value", "warned"),
    [
        ("thing3", "Hello 😀", "emoji"),
        ("keyword1", "x" * 21, "longer than 20"),
        ("time2", "2026-11-27 10:30", "own form"),
    ],
)
def test_what_a_patient_would_see_badly_is_warned_of(key: str, value: str, warned: str) -> None:
    raw = read(proposal_body(data={key: {"value": value}}))
    assert raw.problems == ()
    assert [warned in warning for warning in raw.warnings] == [True]
    assert raw.body["data"] == {key: {"value": value}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"touser": "not an openid"}, "touser"),
        ({"touser": ""}, "touser"),
        ({"touser": 7}, "touser"),
        ({"touser": "+85255500000"}, "touser"),
        ({"template_id": ""}, "template_id"),
        ({"template_id": None}, "template_id"),
        ({"client_msg_id": "x" * 129}, "client_msg_id"),
        ({"client_msg_id": "two words"}, "client_msg_id"),
        ({"client_msg_id": 1}, "client_msg_id"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://[broken"}, "url"),
        ({"url": "https://" + "x" * 2048}, "url"),
        ({"miniprogram": "wx1"}, "miniprogram"),
        ({"miniprogram": {"pagepath": "index"}}, "miniprogram"),
        ({"miniprogram": {"appid": "wx1", "extra": "x"}}, "miniprogram"),
        ({"miniprogram": {"appid": "wx1", "pagepath": "\ud800"}}, "miniprogram"),
        ({"topcolor": "\ud800"}, "topcolor"),
        ({"data": {}}, "data"),
        ({"data": None}, "data"),
        ({"data": ["thing1"]}, "data"),
        ({"data": {"thing 1": {"value": "a"}}}, "data"),
        ({"data": {"thing1": "a"}}, "data.thing1.value"),
        ({"data": {"thing1": {"value": 7}}}, "data.thing1.value"),
        ({"data": {"thing1": {"value": "a", "bold": True}}}, "data.thing1"),
        ({"data": {"thing1": {"value": "a", "color": "blue"}}}, "data.thing1.color"),
        ({"client_msgid": "MSG_000001"}, "client_msgid"),
    ],
)
def test_a_wrong_body_names_its_field(changes: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in read(proposal_body(**changes)).problems] == [field]


def test_an_empty_body_names_what_is_needed() -> None:
    assert {problem.field for problem in read({}).problems} == {"touser", "template_id", "data"}


@pytest.mark.parametrize(
    "changes",
    [
        {"url": ""},
        {"miniprogram": {"appid": "wx1", "pagepath": "index?foo=bar"}},
        {"topcolor": "#FF0000"},
        {"data": {"keyword1": {"value": "a", "color": ""}}},
    ],
)
def test_what_wechats_own_body_may_hold_passes(changes: dict[str, Any]) -> None:
    assert read(proposal_body(**changes)).problems == ()


def test_no_problem_repeats_what_was_written() -> None:
    body = proposal_body(touser="secret person", data={"thing1": {"value": "secret" * 5}}, secret_field=1)
    assert all("secret" not in problem.message for problem in read(body).problems)
