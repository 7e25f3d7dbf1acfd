"""The proposal's body, and every other kind that Meta takes, as raw bodies."""

from typing import Any

import pytest

from shared.channels.whatsapp.client import WhatsAppChannel
from shared.channels.whatsapp.raw import wire
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS
from shared.domain.content import RawContent
from shared.errors import InvalidInput
from tests.channels.whatsapp.conftest import PATIENT

CHANNEL = WhatsAppChannel(SAMPLE_CREDENTIALS, http=None)  # type: ignore[arg-type]
PROPOSAL: dict[str, Any] = {
    "preview_url": False,
    "recipient_type": "individual",
    "to": PATIENT,
    "type": "text",
    "text": {"body": "Your prescription is ready"},
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PROPOSAL.items() if key != name}


def of(kind: str, part: Any) -> dict[str, Any]:
    return {"to": PATIENT, "type": kind, kind: part}


def interactive(kind: str, action: Any, **more: Any) -> dict[str, Any]:
    return of("interactive", {"type": kind, "body": {"text": "Choose"}, "action": action, **more})


def template(*values: Any, name: str = "own_template", code: str = "en_GB") -> dict[str, Any]:
    parameters = [{"type": "text", "text": value} for value in values]
    components = [{"type": "body", "parameters": parameters}]
    return of("template", {"name": name, "language": {"code": code}, "components": components})


def buttons(*titles: str) -> dict[str, Any]:
    return {"buttons": [{"type": "reply", "reply": {"id": title, "title": title}} for title in titles]}


def rows(count: int) -> list[dict[str, str]]:
    return [{"id": str(n), "title": f"Slot {n}"} for n in range(count)]


LINK = "https://example.org/a"
FLOW = {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Go"}
ACTION = "interactive.action"
GOOD: list[tuple[str, dict[str, Any], str]] = [
    ("the proposal's own", PROPOSAL, "Your prescription is ready"),
    ("preview inside", {**without("preview_url"), "text": {"body": "See", "preview_url": True}}, "See"),
    ("with messaging_product", {**PROPOSAL, "messaging_product": "whatsapp"}, "Your prescription is ready"),
    ("without recipient_type", without("recipient_type"), "Your prescription is ready"),
    ("a reply", {**PROPOSAL, "context": {"message_id": "wamid.1"}}, "Your prescription is ready"),
    ("to a user id", {**without("to"), "recipient": "GB.1000"}, "Your prescription is ready"),
    ("image", of("image", {"link": LINK, "caption": "Map"}), "[image] Map"),
    ("video", of("video", {"id": "1"}), "[video]"),
    ("audio", of("audio", {"id": "1", "voice": True}), "[audio]"),
    ("document", of("document", {"id": "1", "filename": "letter.pdf"}), "[document] letter.pdf"),
    ("sticker", of("sticker", {"id": "1"}), "[sticker]"),
    ("location", of("location", {"latitude": 51.5, "longitude": -0.1, "name": "Clinic"}), "[location] Clinic"),
    ("contacts", of("contacts", [{"name": {"formatted_name": "Ward 3"}, "phones": [{"phone": "1"}]}]), "[contacts]"),
    ("reaction", of("reaction", {"message_id": "wamid.1", "emoji": "👍"}), "👍"),
    ("reaction taken back", of("reaction", {"message_id": "wamid.1", "emoji": ""}), ""),
    ("buttons", interactive("button", buttons("Yes", "No"), footer={"text": "f"}), "Choose\n\nf\n\n[Yes]\n[No]"),
    ("header", interactive("button", buttons("Yes"), header={"type": "text", "text": "H"}), "H\n\nChoose\n\n[Yes]"),
    ("list", interactive("list", {"button": "See", "sections": [{"rows": rows(2)}]}), "Choose\n\n[Slot 0]\n[Slot 1]"),
    (
        "link button",
        interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": "Open", "url": LINK}}),
        "Choose\n\n[Open]",
    ),
    (
        "flow",
        interactive("flow", {"name": "flow", "parameters": FLOW}),
        "Choose\n\n[Go]",
    ),
    ("ask for the number", interactive("request_contact_info", {"name": "request_contact_info"}), "Choose"),
    ("ask for the place", interactive("location_request_message", {"name": "send_location"}), "Choose"),
    ("a clinic's template", template("Alex", "Friday"), "[own_template] | Alex | Friday"),
    ("a template without values", of("template", {"name": "hello", "language": {"code": "en"}}), "[hello]"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "shown"), [pytest.param(b, s, id=n) for n, b, s in GOOD])
def test_a_good_body_is_read_and_shown(body: dict[str, Any], shown: str) -> None:
    assert CHANNEL.read_raw(body).to == body.get("to", "GB.1000")
    assert CHANNEL.check(RawContent(body)).problems == ()
    assert CHANNEL.rendered(RawContent(body)) == shown


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "to"),
    (without("to"), "to"),
    ({**PROPOSAL, "to": "447700900123"}, "to"),
    ({**PROPOSAL, "to": "07700900123"}, "to"),
    ({**PROPOSAL, "to": "+44 7700 900123"}, "to"),
    ({**PROPOSAL, "to": "+0447700900123"}, "to"),
    ({**PROPOSAL, "to": "whatsapp-id"}, "to"),
    ({**PROPOSAL, "to": 447700900123}, "to"),
    ({**PROPOSAL, "to": "+४४७७००९००१२३"}, "to"),
    ({**without("to"), "recipient": "someone"}, "recipient"),
    ({**PROPOSAL, "recipient_type": "group"}, "recipient_type"),
    ({**PROPOSAL, "messaging_product": "messenger"}, "messaging_product"),
    ({**PROPOSAL, "preview_url": "false"}, "preview_url"),
    ({**PROPOSAL, "text": {"body": "x", "preview_url": True}}, "preview_url"),
    ({**PROPOSAL, "type": "telegram"}, "type"),
    ({**PROPOSAL, "type": 1}, "type"),
    (without("text"), "text"),
    ({**PROPOSAL, "text": "hello"}, "text"),
    ({**PROPOSAL, "text": {}}, "text.body"),
    ({**PROPOSAL, "text": {"body": "  "}}, "text.body"),
    ({**PROPOSAL, "text": {"body": 5}}, "text.body"),
    ({**PROPOSAL, "text": {"body": "x" * 4097}}, "text.body"),
    ({**PROPOSAL, "text": {"body": "\ud83d"}}, "text.body"),
    ({**PROPOSAL, "context": {}}, "context.message_id"),
    ({**PROPOSAL, "biz_opaque_callback_data": "x" * 513}, "biz_opaque_callback_data"),
    (of("image", {}), "image.id"),
    (of("image", {"id": "1", "link": LINK}), "image.id"),
    (of("image", {"link": "ftp://example.org"}), "image.link"),
    (of("image", {"id": "1", "caption": "x" * 1025}), "image.caption"),
    (of("audio", {"id": "1", "caption": "x"}), "audio.caption"),
    (of("location", {"latitude": 91, "longitude": 0}), "location.latitude"),
    (of("location", {"latitude": "51", "longitude": 0}), "location.latitude"),
    (of("location", {"latitude": True, "longitude": 0}), "location.latitude"),
    (of("contacts", []), "contacts"),
    (of("contacts", [{"name": {}}]), "contacts[0].name.formatted_name"),
    (of("contacts", ["x"]), "contacts[0]"),
    (of("reaction", {"emoji": "x"}), "reaction.message_id"),
    (of("interactive", {"type": "carousel", "body": {"text": "x"}, "action": {}}), "interactive.type"),
    (interactive("button", buttons("a", "b", "c", "d")), "interactive.action.buttons"),
    (interactive("button", buttons("x" * 21)), "interactive.action.buttons[0].reply.title"),
    (interactive("button", buttons("a"), footer={"text": "x" * 61}), "interactive.footer.text"),
    (interactive("list", {"button": "b", "sections": [{"rows": rows(6)}, {"rows": rows(5)}]}), f"{ACTION}.sections"),
    (interactive("list", {"button": "x" * 21, "sections": [{"rows": rows(1)}]}), "interactive.action.button"),
    (
        interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": "o", "url": "x"}}),
        "interactive.action.parameters.url",
    ),
    (of("template", {"name": "Bad Name", "language": {"code": "en"}}), "template.name"),
    (of("template", {"name": "x", "language": {"code": "english"}}), "template.language.code"),
    (of("template", {"name": "x"}), "template.language"),
    (template("a\nb"), "template.components[0].parameters[0].text"),
    (template(7), "template.components[0].parameters[0].text"),
    (template("one", name="appointment_reminder"), "template.components"),
    (
        of("template", {"name": "x", "language": {"code": "hi"}, "components": [{"type": "body", "parameters": 3}]}),
        "template.components[0].parameters",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field"), BAD)
def test_a_bad_body_names_the_field_and_tells_no_value(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        CHANNEL.read_raw(body)
    assert field in [problem.field for problem in raised.value.details]
    assert PATIENT not in str(raised.value)
    assert str(body.get("to", "~")) not in str(raised.value)


def test_several_faults_are_all_told_at_once() -> None:
    with pytest.raises(InvalidInput) as raised:
        CHANNEL.read_raw({"to": "x", "recipient_type": "group", "text": {"body": ""}})
    assert [p.field for p in raised.value.details] == ["recipient_type", "to", "text.body"]


def test_the_proposals_preview_goes_where_meta_wants_it() -> None:
    assert wire({**PROPOSAL, "preview_url": True}) == {
        "type": "text",
        "text": {"preview_url": True, "body": "Your prescription is ready"},
    }


def test_what_is_not_passed_on_is_said() -> None:
    warnings = CHANNEL.check(RawContent({**PROPOSAL, "biz_opaque_callback_data": "mine", "colour": "red"})).warnings
    assert len(warnings) == 2
    assert any("colour" in warning for warning in warnings)
    assert any("biz_opaque_callback_data" in warning for warning in warnings)


def test_a_body_that_cannot_be_sent_is_not_rendered() -> None:
    with pytest.raises(InvalidInput):
        CHANNEL.rendered(RawContent({**PROPOSAL, "text": None}))
