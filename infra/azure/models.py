"""What Microsoft's management libraries know of a resource type: the names of its properties and their values.

Two generations of generated code are read: today's, whose fields are annotations (`_attr_to_rest_field`), and the older
one with a table of paths (`_attribute_map`). Both tables are what those libraries serialise by.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import EnumType
from functools import cache
from typing import Any

# Resource type -> library below azure.mgmt, and the model of what is sent to make one.
MODELS = {
    "Microsoft.Authorization/roleAssignments": ("authorization.v2022_04_01", "RoleAssignmentCreateParameters"),
    "Microsoft.Consumption/budgets": ("consumption", "Budget"),
    "Microsoft.Insights/actionGroups": ("monitor", "ActionGroupResource"),
    "Microsoft.Insights/components": ("applicationinsights.v2020_02_02", "ApplicationInsightsComponent"),
    "Microsoft.Insights/dataCollectionRules": ("monitor", "DataCollectionRuleResource"),
    "Microsoft.Insights/scheduledQueryRules": ("monitor", "ScheduledQueryRuleResource"),
    "Microsoft.Insights/workbooks": ("applicationinsights.v2023_06_01", "Workbook"),
    "Microsoft.KeyVault/vaults": ("keyvault", "VaultCreateOrUpdateParameters"),
    "Microsoft.ManagedIdentity/userAssignedIdentities": ("msi.v2024_11_30", "Identity"),
    "Microsoft.Network/natGateways": ("network", "NatGateway"),
    "Microsoft.Network/privateDnsZones": ("privatedns", "PrivateZone"),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": ("privatedns", "VirtualNetworkLink"),
    "Microsoft.Network/privateEndpoints": ("network", "PrivateEndpoint"),
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": ("network", "PrivateDnsZoneGroup"),
    "Microsoft.Network/publicIPAddresses": ("network", "PublicIPAddress"),
    "Microsoft.Network/virtualNetworks": ("network", "VirtualNetwork"),
    "Microsoft.OperationalInsights/workspaces": ("loganalytics", "Workspace"),
    "Microsoft.Storage/storageAccounts": ("storage", "StorageAccountCreateParameters"),
    "Microsoft.Storage/storageAccounts/blobServices": ("storage", "BlobServiceProperties"),
    "Microsoft.Storage/storageAccounts/blobServices/containers": ("storage", "BlobContainer"),
    "Microsoft.Storage/storageAccounts/queueServices": ("storage", "QueueServiceProperties"),
    "Microsoft.Storage/storageAccounts/queueServices/queues": ("storage", "StorageQueue"),
    "Microsoft.Storage/storageAccounts/tableServices": ("storage", "TableServiceProperties"),
    "Microsoft.Storage/storageAccounts/tableServices/tables": ("storage", "Table"),
    "Microsoft.Web/serverfarms": ("web", "AppServicePlan"),
    "Microsoft.Web/sites": ("web", "Site"),
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": ("web", "CsmPublishingCredentialsPoliciesEntity"),
    "Microsoft.Web/sites/config": ("web", "StringDictionary"),
}
ANYTHING = None  # what the library does not describe
# The library for monitoring no longer has it (7.0.0): learn.microsoft.com, diagnosticSettings 2021-05-01-preview.
_OF_LOGS = dict.fromkeys(("category", "categoryGroup", "enabled", "retentionPolicy"), ANYTHING)
DIAGNOSTIC_SETTINGS: Mapping[str, Any] = {
    "properties": {
        **dict.fromkeys(("workspaceId", "storageAccountId", "serviceBusRuleId", "marketplacePartnerId"), ANYTHING),
        **dict.fromkeys(("eventHubName", "eventHubAuthorizationRuleId", "logAnalyticsDestinationType"), ANYTHING),
        "logs": _OF_LOGS,
        "metrics": dict.fromkeys(("category", "enabled", "timeGrain", "retentionPolicy"), ANYTHING),
    }
}


@dataclass(frozen=True, slots=True)
class Keyed:
    """A map with keys of the user's own; `value` describes each value."""

    value: Any


def model_of(kind: str) -> Any:
    """The model of a resource type, or None if none is known."""
    if kind == "Microsoft.Insights/diagnosticSettings":
        return DIAGNOSTIC_SETTINGS
    library, name = MODELS.get(kind, ("", ""))
    return getattr(importlib.import_module(f"azure.mgmt.{library}.models"), name) if library else None


@cache
def fields_of(model: Any) -> Mapping[str, Any]:
    """Name on the wire -> a model, an enumeration, `Keyed`, a mapping of further names, or ANYTHING."""
    return _from_paths(model) if hasattr(model, "_attribute_map") else _from_annotations(model)


def _from_annotations(model: Any) -> Mapping[str, Any]:
    model({})  # fills the table of fields
    annotations = {
        name: one for base in reversed(model.__mro__) for name, one in vars(base).get("__annotations__", {}).items()
    }
    module = sys.modules[model.__module__]
    wire = model._attr_to_rest_field  # noqa: SLF001 - the library's own table; there is no public one
    return {field._rest_name: _annotated(str(annotations.get(name, "")), module) for name, field in wire.items()}  # noqa: SLF001


def _annotated(text: str, module: Any) -> Any:
    named = re.search(r"_models\.(\w+)", text)
    found = getattr(module, named[1], ANYTHING) if named else ANYTHING
    if found is ANYTHING and (listed := re.search(r"(?:_\w*enums|_models)\.(\w+)", text)):
        package = sys.modules[module.__name__.rpartition(".")[0]]
        found = getattr(package, listed[1], ANYTHING)
    return Keyed(found) if re.search(r"\bdict\[", text, re.IGNORECASE) else found


def _from_paths(model: Any) -> Mapping[str, Any]:
    module = sys.modules[model.__module__]
    tree: dict[str, Any] = {}
    for field in model._attribute_map.values():  # noqa: SLF001 - as above
        *folders, name = re.split(r"(?<!\\)\.", field["key"])
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        kind = re.fullmatch(r"([\[{]?)(\w+)[\]}]?", field["type"])
        child = getattr(module, kind[2], ANYTHING) if kind else ANYTHING
        place[name.replace("\\.", ".")] = Keyed(child) if kind and kind[1] == "{" else child
    return tree


def is_enumeration(child: Any) -> bool:
    return isinstance(child, EnumType)
