"""A release is kept: what was made on it goes on working, and the comparison tells what would break it."""

import pytest

from infra.power_platform.lint import compare_with_release
from tests.infra.power_platform.lint.changes import Broken, both, drop, put
from tests.infra.power_platform.lint.good_connector import definition
from tests.infra.power_platform.lint.good_operations import internal, ref, text_property
from tests.infra.power_platform.lint.places import (
    CONTENT,
    GET,
    LIST,
    NEW,
    OLD,
    PERIOD,
    REMIND,
    REMIND_BODY,
    TEMPLATED,
    TRIGGER,
    defined,
    dropped,
    set_to,
)

REQUIRED = f"{REMIND}|parameters|0|schema|required"
STATE = "definitions|Message|properties|state"
AN_OPTIONAL_INPUT = text_property("Note", "For the log.")

BREAKING = [
    dropped("OperationRemoved", LIST),
    dropped("OperationRemoved", OLD),
    set_to("OperationRenamed", f"{LIST}|operationId", "ListMessages"),
    defined(
        "OperationRouteChanged",
        both(
            put("paths|/v2/reminders", {"post": definition()["paths"]["/v1/reminders"]["post"]}),
            drop("paths|/v1/reminders"),
        ),
        "paths|/v2/reminders|post",
    ),
    set_to("TriggerChanged", f"{TRIGGER}|x-ms-trigger", "batch"),
    defined("DeprecatedOperationNotMarked", put(f"{LIST}|deprecated", True), f"{LIST}|summary"),
    set_to("DeprecatedOperationNotMarked", f"{OLD}|summary", "Get the old insights"),
    dropped("SecurityChanged", "securityDefinitions"),
    dropped("InputRemoved", f"{REMIND_BODY}|patientPhone"),
    defined(
        "InputRemoved", put(f"{LIST}|parameters", []), "parameters|clinicId", "parameters|top", "parameters|cursor"
    ),
    defined("InputTypeChanged", put(f"{GET}|parameters|0|type", "integer"), f"{GET}|parameters|0"),
    defined("InputTypeChanged", put(f"{REMIND_BODY}|patientPhone|format", "uri"), f"{REMIND_BODY}|patientPhone"),
    defined("InputBecameRequired", put(f"{REQUIRED}|3", "template"), f"{REMIND_BODY}|template"),
    defined("InputBecameRequired", put("parameters|cursor|required", True), "parameters|cursor"),
    defined("InputBecameRequired", put(f"{PERIOD}|required", ["from"]), f"{PERIOD}|properties|from"),
    defined(
        "NewInputRequired",
        both(put(f"{PERIOD}|properties|until", AN_OPTIONAL_INPUT), put(f"{PERIOD}|required", ["until"])),
        f"{PERIOD}|properties|until",
    ),
    defined(
        "NewInputRequired",
        both(put(f"{REMIND_BODY}|note", AN_OPTIONAL_INPUT), put(f"{REQUIRED}|3", "note")),
        f"{REMIND_BODY}|note",
    ),
    set_to("EnumValueRemoved", f"{REMIND_BODY}|channel|enum", ["auto"]),
    set_to("EnumValueRemoved", f"{REMIND_BODY}|patientPhone|enum", ["+447700900123"]),
    set_to("EnumValueRemoved", f"{STATE}|enum", ["sent"]),
    dropped("OutputRemoved", STATE),
    dropped("OutputRemoved", "definitions|ReplyEvent|properties|words"),
    defined(
        "OutputRemoved",
        drop(CONTENT),
        "definitions|ReplyEvent",
        *(f"definitions|ReplyEvent|properties|{one}" for one in ("eventId", "words")),
    ),
    defined("OutputTypeChanged", put(STATE, {"type": "integer"}), STATE),
    defined(
        "OutputTypeChanged",
        put("definitions|ClinicPage|properties|nextCursor|type", "integer"),
        "definitions|ClinicPage|properties|nextCursor",
    ),
]

HARMLESS = {
    "a new operation": put("paths|/v1/news", {"get": internal("GetNews", "Get news", answer=ref("Message"))}),
    "a new optional object that requires something": put(
        f"{REMIND_BODY}|place",
        {"type": "object", "required": ["room"], "properties": {"room": text_property("Room", "With its floor.")}},
    ),
    "a new optional input": put(f"{REMIND_BODY}|note", AN_OPTIONAL_INPUT),
    "a new required input with a default": both(
        put(f"{REMIND_BODY}|note", AN_OPTIONAL_INPUT | {"default": "none"}), put(f"{REQUIRED}|3", "note")
    ),
    "a required input becomes optional": put(REQUIRED, ["clinicId", "source"]),
    "a new value to choose": put(f"{REMIND_BODY}|channel|enum|2", "sms"),
    "any value where a few were allowed": drop(f"{REMIND_BODY}|channel|enum"),
    "a new output": put("definitions|Message|properties|reason", {"type": "string"}),
    "other words": put(f"{TEMPLATED}|summary", "Send a message"),
    "deprecation that says so": both(
        put(f"{LIST}|deprecated", True), put(f"{LIST}|summary", "List sent messages (deprecated)")
    ),
    "a deprecated operation comes back": both(put(f"{OLD}|deprecated", False), put(f"{OLD}|summary", "Get insights")),
    "another host": put("host", "new.example.org"),
    "a further way to sign in": put("securityDefinitions|basic", {"type": "basic"}),
}


@pytest.mark.parametrize("broken", BREAKING, ids=lambda broken: broken.rule)
def test_a_breaking_change_is_told_at_its_place(broken: Broken) -> None:
    findings = compare_with_release(definition(), broken.connector().definition)
    assert {(finding.rule, finding.place) for finding in findings} == {(broken.rule, place) for place in broken.places}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_only_adds_or_loosens_breaks_nothing(change: object) -> None:
    assert callable(change)
    now = change(Broken("", lambda connector: connector, ()).connector()).definition
    assert compare_with_release(definition(), now) == []


def test_another_base_path_moves_every_operation() -> None:
    findings = compare_with_release(definition(), definition() | {"basePath": "/api/v2"})
    assert {finding.rule for finding in findings} == {"OperationRouteChanged"}
    assert len(findings) == 12


def test_the_next_revision_stands_beside_the_old_one() -> None:
    first = definition()
    del first["paths"][NEW.split("|")[1]]
    assert compare_with_release(first, definition()) == []
