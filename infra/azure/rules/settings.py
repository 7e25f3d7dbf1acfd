"""Settings: the code, the deployment, the README and the example know the same ones."""

import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields
from typing import Any

from infra.azure.bicep import BicepFile, at, resources
from infra.azure.finding import Finding
from infra.azure.source import EXAMPLE, MAIN, README, Files
from shared.settings import Settings
from shared.storage.places import CONTAINERS, TABLES

# What the platform reads, not the app.
OF_THE_PLATFORM = {
    "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__tableServiceUri",
    "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
}  # fmt: skip
MAY_BE_ABSENT = {"PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"}  # a rule of its own says when
NEVER_IN_AZURE = {
    "PATIENT_STORAGE_CONNECTION": "the account has no shared keys",
    "LOCAL_API_KEY": "it is refused outside the development host",
    "AZURE_FUNCTIONS_ENVIRONMENT": "the host sets it",
}
SECRETS = {
    "ENCRYPTION_KEYS", "INDEX_KEY", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_WEBHOOK_SECRET",
    "WECHAT_APP_SECRET", "WECHAT_TOKEN", "WECHAT_ENCODING_AES_KEY",
}  # fmt: skip
OF_THE_EXAMPLE = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}
README_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \|", re.MULTILINE)


def app_settings(parsed: Mapping[str, BicepFile]) -> dict[tuple[str, str], Any]:
    """(file, name) -> value of every app setting of the deployment."""
    found: dict[tuple[str, str], Any] = {}
    for one in resources(parsed, "Microsoft.Web/sites/config"):
        properties = one.body.get("properties", {})
        union = at(properties, "function", "parameters")
        for part in union.values() if union else [properties]:
            if isinstance(part, Mapping):
                found |= {(one.place, name): value for name, value in part.items()}
    return found


def settings(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    known = {field.metadata["name"]: field.metadata["default"] for field in fields(Settings)}
    given = {name: value for (_, name), value in app_settings(parsed).items()}
    wanted = (set(known) - set(NEVER_IN_AZURE)) | OF_THE_PLATFORM
    yield from _compared("the deployment", wanted - MAY_BE_ABSENT, set(given), also=MAY_BE_ABSENT)
    yield from _compared(EXAMPLE, set(known) | OF_THE_EXAMPLE, set(json.loads(files[EXAMPLE])["Values"]))
    yield from _compared(README, set(known), set(README_ROW.findall(_part(files[README], "## Settings"))))
    for name in sorted(SECRETS & set(given)):
        if not _is_reference(given[name]):
            yield Finding("the deployment", "settings", f"{name} is not a reference to the vault")
    for name, value in given.items():
        if _is_literal(parsed, value) and name in known and value != known[name]:
            yield Finding("the deployment", "settings", f"{name} is {value!r}, the code's default {known[name]!r}")


def _compared(place: str, wanted: Set[str], given: Set[str], also: Set[str] = frozenset()) -> Iterator[Finding]:
    for name in sorted(wanted - given):
        yield Finding(place, "settings", f"{name} is missing")
    for name in sorted(given - wanted - also):
        yield Finding(place, "settings", f"{name}: {NEVER_IN_AZURE.get(name, 'nothing reads it')}")


def _is_reference(value: Any) -> bool:
    """A reference, or one where the channel is used and nothing where it is not."""
    choice = at(value, "operator", "operands")
    if choice:
        return choice.get("false_value") == "" and _is_reference(choice.get("true_value"))
    return isinstance(value, str) and value.startswith("${secrets}/")


def _is_literal(parsed: Mapping[str, BicepFile], value: Any) -> bool:
    names = {name for file in parsed.values() for name in (*file.parameters, *file.variables)}
    return isinstance(value, str) and "${" not in value and value not in names


def _part(text: str, heading: str) -> str:
    return text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def places(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    """Queues, tables and containers: those of the code, no other."""
    main = parsed[MAIN]
    by_symbol = {module.symbol: module.params for module in main.modules}
    queues = {str(field.metadata["default"]) for field in fields(Settings) if field.metadata["name"].endswith("_QUEUE")}
    expected = (
        ("hostStorage", "queues", queues),
        ("hostStorage", "containers", {"packages"}),
        ("patientStorage", "tables", set(TABLES)),
        ("patientStorage", "containers", set(CONTAINERS)),
    )
    for module, kind, names in expected:
        given = set(main.value(by_symbol.get(module, {}).get(kind, ())))
        for name in sorted(names ^ given):
            which = "is not made" if name in names else "is made, and nothing uses it"
            yield Finding(MAIN, "places", f"{module}: {name} of {kind} {which}")
