"""What looks like a fault and is none."""

from dataclasses import replace
from typing import Any

import pytest

from infra.power_platform.lint import ConnectorFiles, lint_connector
from tests.infra.power_platform.lint.changes import Change, both, drop, files, put, put_property
from tests.infra.power_platform.lint.good_connector import definition, good_connector
from tests.infra.power_platform.lint.good_files import README
from tests.infra.power_platform.lint.good_operations import internal, ref, shared, text_property
from tests.infra.power_platform.lint.places import DELETE, GET, LIST, REMIND, REMIND_BODY, TRIGGER, VARIABLES

PHONE = f"{REMIND_BODY}|patientPhone|x-ms-test-value"
NESTED = text_property("Place", "Where it is.") | {
    "type": "object",
    "properties": {"room": text_property("Room", "With its floor.")},
}
GET_MESSAGE: dict[str, Any] = definition()["paths"]["/v1/messages/{messageId}"]["get"]
SHARED_BODY = {"name": "body", "in": "body", "required": True, "schema": ref("ReminderRequest")}

ALLOWED: dict[str, Change] = {
    "a host from the environment": put("host", '@environmentVariables("clinic_Host")'),
    "a host with a port": put("host", "messages.example.org:8443"),
    "a name that only begins like a restricted one": put("info|title", "Capital Connections"),
    "a name that holds the letters of a stage": put("host", "latest-devices.example.org"),
    "an operation without a schema that is internal": put("paths|/v1/a", {"post": internal("AddA", "Add")}),
    "two methods on one path": put("paths|/v1/clinics|post", internal("AddClinic", "Add a clinic")),
    "a fixed path beside a variable one, of another method": put(
        "paths|/v1/messages/search", {"post": internal("SearchMessages", "Search messages")}
    ),
    "a schema under 201 alone": both(
        put(f"{LIST}|responses|201", definition()["paths"]["/v1/messages"]["get"]["responses"]["200"]),
        drop(f"{LIST}|responses|200"),
    ),
    "a webhook whose 201 has no schema": drop(f"{TRIGGER}|responses|201|schema"),
    "a body that is a shared definition": both(
        put("definitions|ReminderRequest", definition()["paths"]["/v1/reminders"]["post"]["parameters"][0]["schema"]),
        put(f"{REMIND}|parameters|0", SHARED_BODY),
    ),
    "a body in parts": put(
        f"{REMIND}|parameters|0|schema|allOf", [{"type": "object", "properties": {"place": NESTED}}]
    ),
    "an object in a body": put(f"{REMIND_BODY}|place", NESTED),
    "one flat array in a body": put(
        f"{REMIND_BODY}|rows",
        text_property("Rows", "Of the table.") | {"type": "array", "items": {"type": "string"}},
    ),
    "properties named like keywords": put(
        "definitions|Message|properties",
        {name: {"type": "string"} for name in ("id", "required", "enum", "default", "type", "properties", "items")},
    ),
    "an answer whose schema is dynamic": put(
        f"{LIST}|responses|200|schema",
        {
            "type": "object",
            "x-ms-dynamic-schema": {"operationId": "ListClinics", "parameters": {}},
            "x-ms-dynamic-properties": {"operationId": "ListClinics", "parameters": {}},
        },
    ),
    "a schema whose path ends in its properties": put(f"{VARIABLES}|x-ms-dynamic-schema|value-path", "schema"),
    "a list of its own kind of call": put(
        f"{REMIND_BODY}|clinicId|x-ms-dynamic-values", {"builtInOperation": "AadGraph.GetUsers"}
    ),
    "a fixed value for a drop-down": put(
        f"{REMIND_BODY}|template|x-ms-dynamic-values|parameters|clinicId", "riverside"
    ),
    "parameters on the path": both(
        put("paths|/v1/messages/{messageId}|parameters", [shared("cursor")]),
        put("paths|/v1/insights|parameters", [shared("cursor")]),
    ),
    "a DELETE that makers see beside the internal one": both(
        put("parameters|messageId", GET_MESSAGE["parameters"][0]),
        put(f"{GET}|parameters", [shared("messageId")]),
        put(
            "paths|/v1/messages/{messageId}|delete",
            GET_MESSAGE
            | {"operationId": "CancelMessage", "summary": "Cancel a message", "parameters": [shared("messageId")]},
        ),
    ),
    "connection parameters in sets": both(
        put_property("connectionParameterSets", {"values": []}), put_property("connectionParameters", {})
    ),
    "a policy's id in other letters": put_property("policyTemplateInstances|1|templateId", "setHeader"),
    "a colour in capitals": put_property("iconBrandColor", "#0B6E4F"),
    "a placeholder for the client's secret": put_property(
        "connectionParameters|token|oAuthSettings|clientSecret", "<<your client secret>>"
    ),
    "a readme with code and further headings": files(
        readme=README.replace("Lists give", "```\n# no heading\n```\n### Paging\nLists give")
    ),
}
INVENTED = [
    "+44 7700 900123",
    "07700900456",
    "+12025550143",
    "2026-11-20",
    "2026-11-20T10:00:00+00:00",
    "20261120",
    "RX-0001-EXAMPLE",
    "patient@example.org",
    "nurse@ward.example",
    "oSimulatedPatient0001",
    "wx0000000000000001",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "https://flows.example.org/callback?clinic=riverside",
    50,
    True,
]


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_this_is_no_fault(change: Change) -> None:
    assert lint_connector(change(good_connector())) == []


@pytest.mark.parametrize("value", INVENTED, ids=str)
def test_an_invented_value_may_stand_there(value: Any) -> None:
    assert lint_connector(put(PHONE, value)(good_connector())) == []


def test_a_connector_without_triggers_needs_no_delete() -> None:
    connector: ConnectorFiles = drop("paths|/v1/triggers/patient-reply/subscriptions")(good_connector())
    assert lint_connector(drop(DELETE.removesuffix("|delete"))(connector)) == []


def test_what_an_editor_wrote_at_four_spaces_is_well_indented() -> None:
    good = good_connector()
    assert lint_connector(replace(good, definition_text=good.written + "\n")) == []
