"""What lies beside the definition of the good connector: readme, icon, properties."""

import io
from typing import Any

from PIL import Image, ImageDraw

BRAND = "#0b6e4f"

README = """# Clinic Messages
Reminds patients of their appointments, and tells what became of each message.

## Publisher: Example Hospital

## Prerequisites
A deployment of Patient Messaging, and a licence for custom connectors.

## Supported Operations
### Send an appointment reminder
Reminds a patient of an appointment.

## Obtaining Credentials
Ask the engineer who runs the deployment for an API key.

## Known Issues and Limitations
Lists give a page at a time.

## Deployment Instructions
Import the solution, then make a connection.
"""


def icon(
    side: tuple[int, int] = (230, 230), colour: str = BRAND, logo: int = 160, opacity: int = 255, kind: str = "PNG"
) -> bytes:
    image = Image.new("RGB", side, colour)
    left, top = (side[0] - logo) // 2, (side[1] - logo) // 2
    ImageDraw.Draw(image).ellipse((left, top, left + logo - 1, top + logo - 1), fill="white")
    if opacity < 255:
        image.putalpha(opacity)
    written = io.BytesIO()
    image.save(written, kind)
    return written.getvalue()


def properties(colour: str, *, by_key: bool) -> dict[str, Any]:
    host = {
        "type": "string",
        "uiDefinition": {"displayName": "Host", "description": "Of the clinic.", "constraints": {"required": "true"}},
    }
    sign_in = {
        "type": "oauthSetting",
        "oAuthSettings": {
            "identityProvider": "aad",
            "clientId": "<<your client id>>",
            "scopes": [],
            "redirectMode": "Global",
            "properties": {"IsFirstParty": "False"},
        },
    }
    key = {
        "type": "securestring",
        "uiDefinition": {
            "displayName": "API Key",
            "description": "Of the clinic.",
            "constraints": {"required": "true"},
        },
    }
    return {
        "properties": {
            "connectionParameters": {"host": host, **({"api_key": key} if by_key else {"token": sign_in})},
            "iconBrandColor": colour,
            "capabilities": ["actions", "triggers"],
            "publisher": "Example Hospital",
            "stackOwner": "Example Hospital",
            "policyTemplateInstances": [
                {
                    "templateId": "dynamichosturl",
                    "title": "Host of the clinic",
                    "parameters": {"x-ms-apimTemplateParameter.urlTemplate": "https://@connectionParameters('host')"},
                },
                {
                    "templateId": "setheader",
                    "title": "Who calls",
                    "parameters": {
                        "x-ms-apimTemplate-operationName": ["SendAppointmentReminder"],
                        "x-ms-apimTemplateParameter.name": "x-source",
                        "x-ms-apimTemplateParameter.value": "connector",
                        "x-ms-apimTemplate-policySection": "Request",
                    },
                },
            ],
        }
    }
