"""A whole apiDefinition.swagger.json and apiProperties.json of one connector, in one of its variants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from functions.interface.table import OPERATIONS
from infra.power_platform.generator.operations import path_item
from infra.power_platform.generator.repeats import shared_parameters
from infra.power_platform.generator.shapes import Shapes

VERSION = "1.0.0"
HOST = "patient-messaging.example.com"
YOUR_APP = "00000000-0000-0000-0000-000000000000"  # the app registration: whoever installs puts its id here
ENTRA = "https://login.microsoftonline.com/common/oauth2"


class Variant(StrEnum):
    """How a connection signs in."""

    ENTRA = "entra"  # OAuth 2.0 with Entra ID: the default
    API_KEY = "api_key"  # for trials


@dataclass(frozen=True)
class Channel:
    """What is a channel's own in its connector: connectors/<name>/connector.json."""

    name: str
    title: str
    description: str
    brand_colour: str
    letters: str  # on the icon
    raw_body: Mapping[str, Any]
    about: str  # for the readme
    limits: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path) -> Channel:
        written = json.loads((folder / "connector.json").read_text(encoding="utf-8"))
        return cls(
            name=folder.name,
            title=written["title"],
            description=written["description"],
            brand_colour=written["brandColour"],
            letters=written["letters"],
            raw_body=written["rawBody"],
            about=written["about"],
            limits=tuple(written["limits"]),
        )


def definition(channel: Channel, variant: Variant) -> Mapping[str, Any]:
    """The swagger of a connector."""
    shapes = Shapes()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS.values():
        if operation.connector:
            paths.setdefault(f"/v1/{operation.path}", {}).update(path_item(operation, shapes, channel.raw_body))
    parameters = shared_parameters(paths)
    return {
        "swagger": "2.0",
        "info": {
            "title": channel.title,
            "description": channel.description,
            "version": VERSION,
            "contact": {
                "name": "Patient Messaging",
                "url": f"https://{HOST}/support",
                "email": "support@example.com",
            },
        },
        "host": HOST,
        "basePath": f"/api/{channel.name}",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": paths,
        "definitions": dict(sorted(shapes.definitions.items())),
        "parameters": parameters,
        **_security(variant),
        "x-ms-capabilities": {"testConnection": {"operationId": "TestConnection"}},
        "x-ms-connector-metadata": [
            {"propertyName": "Website", "propertyValue": f"https://{HOST}"},
            {"propertyName": "Privacy policy", "propertyValue": f"https://{HOST}/privacy"},
            {"propertyName": "Categories", "propertyValue": "Communication"},
        ],
    }


def properties(channel: Channel, variant: Variant) -> Mapping[str, Any]:
    """The apiProperties of a connector: how a connection is made, and where its calls go."""
    return {
        "properties": {
            "connectionParameters": {**_HOST_PARAMETER, **_SIGN_IN[variant]},
            "iconBrandColor": channel.brand_colour,
            "capabilities": [],
            "policyTemplateInstances": [
                {
                    "templateId": "dynamichosturl",
                    "title": "Each clinic's own app",
                    "parameters": {"x-ms-apimTemplateParameter.urlTemplate": "https://@connectionParameters('host')"},
                }
            ],
            "publisher": "Patient Messaging",
            "stackOwner": "Patient Messaging",
        }
    }


def _security(variant: Variant) -> Mapping[str, Any]:
    if variant is Variant.API_KEY:
        return {
            "securityDefinitions": {"api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
            "security": [{"api_key": []}],
        }
    return {
        "securityDefinitions": {
            "entra_id": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": f"{ENTRA}/authorize",
                "tokenUrl": f"{ENTRA}/token",
                "scopes": {"user_impersonation": "Use Patient Messaging as yourself"},
            }
        },
        "security": [{"entra_id": ["user_impersonation"]}],
    }


_HOST_PARAMETER: Mapping[str, Any] = {
    "host": {
        "type": "string",
        "uiDefinition": {
            "displayName": "Host",
            "description": "The address of your clinic's app without https://, such as my-clinic.azurewebsites.net.",
            "tooltip": "The address of your clinic's app, without https://.",
            "constraints": {"tabIndex": 1, "clearText": True, "required": "true"},
        },
    }
}
_SIGN_IN: Mapping[Variant, Mapping[str, Any]] = {
    Variant.ENTRA: {
        "token": {
            "type": "oauthSetting",
            "oAuthSettings": {
                "identityProvider": "aad",
                "clientId": YOUR_APP,
                "scopes": [],
                "redirectMode": "Global",
                "redirectUrl": "https://global.consent.azure-apim.net/redirect",
                "properties": {
                    "IsFirstParty": "False",
                    "AzureActiveDirectoryResourceId": f"api://{YOUR_APP}",
                    "IsOnbehalfofLoginSupported": False,
                },
                "customParameters": {
                    "loginUri": {"value": "https://login.microsoftonline.com"},
                    "tenantId": {"value": "common"},
                    "resourceUri": {"value": f"api://{YOUR_APP}"},
                },
            },
        }
    },
    Variant.API_KEY: {
        "api_key": {
            "type": "securestring",
            "uiDefinition": {
                "displayName": "API key",
                "description": "A key of your clinic, made with: python3 dev.py ops keys make.",
                "tooltip": "A key of your clinic.",
                "constraints": {"tabIndex": 2, "clearText": False, "required": "true"},
            },
        }
    },
}
