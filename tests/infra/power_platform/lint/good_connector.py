"""A small connector that nothing can be said against: what the product's own ones look like, in a few operations."""

from typing import Any

from infra.power_platform.lint import ConnectorFiles, Publisher
from tests.infra.power_platform.lint.good_files import BRAND, README, icon, properties
from tests.infra.power_platform.lint.good_operations import (
    drop_down,
    get_message,
    insights,
    insights_v2,
    internal,
    list_messages,
    ref,
    send_reminder,
    send_template,
    shared,
    when_a_patient_replies,
)


def good_connector(publisher: Publisher = Publisher.VERIFIED, variant: str = "") -> ConnectorFiles:
    """A new copy at each call, so that a test may change it."""
    independent = publisher is Publisher.INDEPENDENT
    return ConnectorFiles(
        definition=definition(),
        properties=properties("#da3b01" if independent else BRAND, by_key=variant == "apiKey"),
        readme=README,
        icon=None if independent else icon(),
        publisher=publisher,
        variant=variant,
    )


def definition() -> dict[str, Any]:
    return {
        "swagger": "2.0",
        "info": {
            "title": "Clinic Messages",
            "description": "Reminds the patients of a clinic of their appointments, and tells what became of it.",
            "version": "1.0",
            "contact": {"name": "Help desk", "url": "https://example.org/help", "email": "help@example.org"},
        },
        "host": "messages.example.org",
        "basePath": "/api/whatsapp",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": paths(),
        "parameters": shared_parameters(),
        "definitions": definitions(),
        "securityDefinitions": {
            "oauth2": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": "https://login.microsoftonline.com/common/oauth2/authorize",
                "tokenUrl": "https://login.microsoftonline.com/common/oauth2/token",
                "scopes": {"user_impersonation": "Act for the person who signed in."},
            },
            "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        },
        "security": [{"oauth2": ["user_impersonation"]}, {"api_key": []}],
        "x-ms-capabilities": {"testConnection": {"operationId": "TestConnection"}},
        "x-ms-connector-metadata": [
            {"propertyName": "Website", "propertyValue": "https://example.org"},
            {"propertyName": "Privacy policy", "propertyValue": "https://example.org/privacy"},
            {"propertyName": "Categories", "propertyValue": "Communication;Productivity"},
        ],
    }


def paths() -> dict[str, Any]:
    return {
        "/v1/reminders": {"post": send_reminder()},
        "/v1/templated": {"post": send_template()},
        "/v1/messages": {"get": list_messages()},
        "/v1/messages/{messageId}": {"get": get_message()},
        "/v1/insights": {"get": insights()},
        "/v2/insights": {"get": insights_v2()},
        "/v1/clinics": {"get": internal("ListClinics", "List clinics", answer=ref("ClinicPage"))},
        "/v1/templates": {
            "get": internal("ListTemplates", "List templates", [shared("clinicId")], answer=ref("TemplatePage"))
        },
        "/v1/templates/{templateName}/schema": {
            "get": internal("GetTemplateSchema", "Get a schema", [shared("templateName")], answer=ref("TemplateSchema"))
        },
        "/v1/triggers/patient-reply/subscriptions": {
            "x-ms-notification-content": {"description": "A patient replied.", "schema": ref("ReplyEvent")},
            "post": when_a_patient_replies(),
        },
        "/v1/subscriptions/{subscriptionId}/{token}": {
            "delete": internal("DeleteSubscription", "End a subscription", [shared("subscriptionId"), shared("token")])
        },
        "/v1/diagnostics/testconnection": {
            "get": internal("TestConnection", "Test the connection", answer=ref("Message"))
        },
    }


def shared_parameters() -> dict[str, Any]:
    def one(name: str, where: str, title: str, **more: Any) -> dict[str, Any]:
        described = {"x-ms-summary": title, "description": f"Which one is meant: {title}."}
        return {"name": name, "in": where, "required": where == "path", "type": "string"} | described | more

    path = {"x-ms-url-encoding": "single"}
    return {
        "clinicId": one(
            "clinicId", "query", "Clinic", required=True, **{"x-ms-dynamic-values": drop_down("ListClinics")}
        ),
        "top": one("top", "query", "Top", type="integer", default=50),
        "cursor": one("cursor", "query", "Cursor"),
        "templateName": one("templateName", "path", "Template", **path),
        "subscriptionId": one("subscriptionId", "path", "Subscription", **path),
        "token": one("token", "path", "Token", **path),
    }


def definitions() -> dict[str, Any]:
    def page(item: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"value": {"type": "array", "items": item}, "nextCursor": {"type": "string"}},
        }

    named = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    return {
        "Message": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "state": {"type": "string", "enum": ["sent", "failed"]}},
        },
        "MessagePage": page(ref("Message")),
        "Clinic": named,
        "ClinicPage": page(ref("Clinic")),
        "TemplatePage": page(named),
        "TemplateSchema": {"type": "object", "properties": {"schema": {"type": "object"}}},
        "ReplyEvent": {"type": "object", "properties": {"eventId": {"type": "string"}, "words": {"type": "string"}}},
        "Subscription": {"type": "object", "properties": {"id": {"type": "string"}}},
    }
