"""The operations of the good connector, and the pieces that they are made of."""

from typing import Any


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def shared(name: str) -> dict[str, str]:
    return {"$ref": f"#/parameters/{name}"}


def answers(schema: dict[str, Any], *, code: str = "200", also: tuple[str, ...] = ()) -> dict[str, Any]:
    described = {
        code: {"description": "Done.", "schema": schema},
        "400": {"description": "Something is wrong with it."},
    }
    return described | {other: {"description": "Taken."} for other in also} | {"default": {"description": "Failed."}}


def internal(
    operation_id: str, summary: str, parameters: list[Any] | None = None, *, answer: dict[str, Any] | None = None
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id,
        "summary": summary,
        "description": f"For the platform itself, not for makers: {operation_id}.",
        "x-ms-visibility": "internal",
        "responses": answers(answer) if answer else {"204": {"description": "Done."}},
    }
    return operation | ({"parameters": parameters} if parameters else {})


def text_property(title: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": title, "description": description} | more


def drop_down(operation_id: str, **parameters: Any) -> dict[str, Any]:
    return {
        "operationId": operation_id,
        "value-collection": "value",
        "value-path": "id",
        "value-title": "name",
    } | ({"parameters": parameters} if parameters else {})


def template_property() -> dict[str, Any]:
    """Which templates there are depends on the clinic, which stands in the same body."""
    by_path = {
        "operationId": "ListTemplates",
        "itemsPath": "value",
        "itemValuePath": "id",
        "itemTitlePath": "name",
        "parameters": {"clinicId": {"parameterReference": "body/clinicId"}},
    }
    return text_property(
        "Template",
        "The wording of the message.",
        **{
            "x-ms-dynamic-values": drop_down("ListTemplates", clinicId={"parameter": "clinicId"}),
            "x-ms-dynamic-list": by_path,
        },
    )


def send_reminder() -> dict[str, Any]:
    channel = text_property(
        "Channel",
        "The way to the patient.",
        **{
            "enum": ["auto", "whatsapp"],
            "default": "auto",
            "x-ms-enum-values": [
                {"value": "auto", "displayName": "As the patient prefers"},
                {"value": "whatsapp", "displayName": "WhatsApp"},
            ],
        },
    )
    schema = {
        "type": "object",
        "required": ["clinicId", "patientPhone", "source"],
        "properties": {
            "clinicId": text_property("Clinic", "Who sends it.", **{"x-ms-dynamic-values": drop_down("ListClinics")}),
            "patientPhone": text_property(
                "Patient Phone", "With its country code.", **{"x-ms-test-value": "+447700900123"}
            ),
            "template": template_property(),
            "channel": channel,
            "period": {
                "type": "object",
                "title": "Period",
                "description": "When the patient may be reached.",
                "properties": {"from": text_property("From", "The first day.")},
            },
            "source": {"type": "string", "default": "flow", "x-ms-visibility": "internal"},
        },
    }
    return {
        "operationId": "SendAppointmentReminder",
        "summary": "Send an appointment reminder",
        "description": "Reminds a patient of an appointment on WhatsApp.",
        "x-ms-visibility": "important",
        "parameters": [{"name": "body", "in": "body", "required": True, "schema": schema}],
        "responses": answers(ref("Message"), also=("202",)),
    }


def send_template() -> dict[str, Any]:
    variables = {
        "type": "object",
        "title": "Variables",
        "description": "What the template's places are filled with.",
        "x-ms-dynamic-schema": {
            "operationId": "GetTemplateSchema",
            "parameters": {"templateName": {"parameter": "templateName"}},
            "value-path": "schema",
        },
        "x-ms-dynamic-properties": {
            "operationId": "GetTemplateSchema",
            "parameters": {"templateName": {"parameterReference": "templateName"}},
            "itemValuePath": "schema",
        },
    }
    name = {
        "name": "templateName",
        "in": "query",
        "required": True,
        "type": "string",
        "x-ms-summary": "Template",
        "description": "The wording of the message.",
    }
    schema = {"type": "object", "required": ["variables"], "properties": {"variables": variables}}
    return {
        "operationId": "SendTemplate",
        "summary": "Send a template",
        "description": "Sends a message whose places are filled in.",
        "x-ms-visibility": "advanced",
        "parameters": [name, {"name": "body", "in": "body", "required": True, "schema": schema}],
        "responses": answers(ref("Message")),
    }


def list_messages() -> dict[str, Any]:
    return {
        "operationId": "ListSentMessages",
        "summary": "List sent messages",
        "description": "Gives a page of the messages that have left.",
        "x-ms-visibility": "important",
        "parameters": [shared("clinicId"), shared("top"), shared("cursor")],
        "responses": answers(ref("MessagePage")),
    }


def get_message() -> dict[str, Any]:
    parameter = {
        "name": "messageId",
        "in": "path",
        "required": True,
        "type": "string",
        "x-ms-url-encoding": "single",
        "x-ms-summary": "Message",
        "description": "The id that sending it gave.",
    }
    return {
        "operationId": "GetMessage",
        "summary": "Get a message",
        "description": "Tells what became of one message.",
        "x-ms-visibility": "advanced",
        "parameters": [parameter],
        "responses": answers(ref("Message")),
    }


def insights() -> dict[str, Any]:
    return {
        "operationId": "GetInsights",
        "summary": "Get insights (deprecated)",
        "description": "Counts what was sent (deprecated).",
        "x-ms-visibility": "advanced",
        "deprecated": True,
        "x-ms-api-annotation": {"family": "GetInsights", "revision": 1},
        "responses": answers(ref("Message")),
    }


def insights_v2() -> dict[str, Any]:
    newer = {
        "operationId": "GetInsights_V2",
        "summary": "Get insights",
        "description": "Counts what was sent, by day.",
        "deprecated": False,
        "x-ms-api-annotation": {"family": "GetInsights", "revision": 2},
    }
    return insights() | newer


def when_a_patient_replies() -> dict[str, Any]:
    callback = {
        "type": "string",
        "title": "Callback URL",
        "description": "Set by the platform.",
        "x-ms-notification-url": True,
        "x-ms-visibility": "internal",
    }
    clinic = text_property(
        "Clinic", "Only messages of this clinic.", **{"x-ms-dynamic-values": drop_down("ListClinics")}
    )
    schema = {
        "type": "object",
        "required": ["callbackUrl"],
        "properties": {"callbackUrl": callback, "clinicId": clinic},
    }
    return {
        "operationId": "WhenAPatientReplies",
        "summary": "When a patient replies",
        "description": "This operation triggers when a patient answers a message.",
        "x-ms-trigger": "single",
        "x-ms-trigger-hint": "Reply to a test message from your phone.",
        "x-ms-visibility": "important",
        "parameters": [{"name": "body", "in": "body", "required": True, "schema": schema}],
        "responses": answers(ref("Subscription"), code="201"),
    }
