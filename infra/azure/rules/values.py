"""Values of settings: the right store, the right identity, the right secret, only where the channel is used."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.azure.bicep import BicepFile, at
from infra.azure.expression import written
from infra.azure.finding import Finding
from infra.azure.rules.settings import SECRETS, app_settings
from infra.azure.source import BICEP, Files

APP = BICEP + "modules/app.bicep"
# Setting -> what it is, in Bicep's words.
EXACTLY = {
    "AzureWebJobsStorage__credential": "managedidentity",
    "AzureWebJobsStorage__clientId": "identityClientId",
    "AZURE_CLIENT_ID": "identityClientId",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "component.properties.ConnectionString",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "ClientId=${identityClientId};Authorization=AAD",
    "MOCK_MODE": "mockMode ? true : false",
    "PUBLIC_URL": "empty(publicUrl) ? https://${app.properties.defaultHostName} : publicUrl",
}
ACCOUNTS = {"AzureWebJobsStorage__": "hostStorage", "PATIENT_STORAGE_": "patientStorage"}
CHANNELS = {"WHATSAPP_": {"whatsApp"}, "WECHAT_": {"weChat", "weChatSealed"}}
VARIABLES = {
    "secrets": "@Microsoft.KeyVault(SecretUri=${vaultUri}secrets",
    "weChatSealed": "weChat && weChatCallbackMode != plain",
}
OF_SOURCES = "setting => '${secrets}/${replace(setting, '_', '-')})'"
_ENDPOINT = re.compile(r"(blob|queue|table)(?:ServiceUri|_ENDPOINT)$", re.IGNORECASE)


def values(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    for (place, name), value in app_settings(parsed).items():
        for text in _wrong(name, value):
            yield Finding(place, "values", f"{name} {text}")
    for name, wanted in VARIABLES.items():
        if APP in parsed and written(parsed[APP].variables.get(name)) != wanted:
            yield Finding(APP, "values", f"{name} is not {wanted}")
    if OF_SOURCES not in files.get(APP, ""):
        yield Finding(APP, "values", "secrets of sources are not found under their names with hyphens")


def _wrong(name: str, value: Any) -> Iterator[str]:
    text = written(value)
    if name in EXACTLY and text != EXACTLY[name]:
        yield f"is {text}, must be {EXACTLY[name]}"
    if service := _ENDPOINT.search(name):
        account = next((one for prefix, one in ACCOUNTS.items() if name.startswith(prefix)), "")
        if text != f"{account}.properties.primaryEndpoints.{service[1].lower()}":
            yield f"leads to {text}"
    if name in SECRETS and f"${{secrets}}/{name.replace('_', '-')})" not in text.split(" "):
        yield f"is not the vault's {name.replace('_', '-')}"
    used = at(value, "operator", "operands", "condition")
    for prefix, switches in CHANNELS.items():
        if name.startswith(prefix) and used is not None and written(used) not in switches:
            yield f"depends on {written(used)}"
    if text.startswith("http://"):
        yield "is an address without TLS"
