"""What was merged in 2023 as a WhatsApp connector, in its pattern: the bar that ours must stand above.

One action; the API's version and the authors' phone number id as defaults in the path; arrays in arrays, described by
their own names; no answer described; an empty path left over from an import.
"""

from typing import Any

from infra.power_platform.lint import ConnectorFiles, Publisher


def ucl_2023() -> ConnectorFiles:
    return ConnectorFiles(definition(), properties(), README, None, Publisher.INDEPENDENT)


README = """# Messages
Sends a template.

## Publisher: Somebody

## Prerequisites
A developer account.

## Supported Operations
### Send a Message
Sends a template.

## Obtaining Credentials
Copy the token.

## Known Issues and Limitations
Only in flows: nested arrays are not recognised elsewhere.
"""


def named(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "description": name} | more


def body() -> dict[str, Any]:
    parameter = {"type": "object", "properties": {"type": named("string", "type"), "text": named("string", "text")}}
    component = {
        "type": "object",
        "properties": {"type": named("string", "type"), "parameters": named("array", "parameters", items=parameter)},
    }
    template = {
        "type": "object",
        "properties": {"name": named("string", "name"), "components": named("array", "components", items=component)},
    }
    return {"type": "object", "properties": {"to": named("string", "to"), "template": template}}


def definition() -> dict[str, Any]:
    in_path = {"in": "path", "required": True, "x-ms-url-encoding": "single"}
    version = {"name": "Version", "type": "string", "default": "v15.0", "description": "Version of API"}
    account = {"name": "Number", "type": "integer", "default": 100000000000001, "description": "Number of the account"}
    send = {
        "summary": "Send a Message",
        "description": "Send a message of a specific template to a user.",
        "operationId": "SendMessage",
        "parameters": [
            in_path | version | {"x-ms-summary": "Version of the API being used."},
            in_path | account | {"x-ms-summary": "Use your number."},
            {"name": "body", "in": "body", "required": False, "schema": body()},
        ],
        "responses": {"default": {"description": "default", "schema": {}}},
    }
    return {
        "swagger": "2.0",
        "info": {
            "title": "Messages",
            "description": "This connector will allow you to send some message templates.",
            "version": "1.0.0",
            "contact": {"name": "Somebody", "url": "https://example.org", "email": "somebody@example.org"},
        },
        "host": "graph.example.org",
        "basePath": "/",
        "schemes": ["https"],
        "paths": {
            "/%7B%7BVersion%7D%7D/%7B%7BNumber%7D%7D/messages": {},
            "/{Version}/{Number}/messages": {"post": send},
        },
        "definitions": {},
        "securityDefinitions": {"API Key": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        "security": [{"API Key": []}],
        "x-ms-connector-metadata": [
            {"propertyName": "Website", "propertyValue": "https://example.org"},
            {"propertyName": "Privacy policy", "propertyValue": "https://example.org/privacy"},
            {"propertyName": "Categories", "propertyValue": "Social Media"},
        ],
    }


def properties() -> dict[str, Any]:
    return {
        "properties": {
            "connectionParameters": {"api_key": {"type": "securestring"}},
            "iconBrandColor": "#da3b01",
            "publisher": "Somebody",
            "stackOwner": "Example",
        }
    }
