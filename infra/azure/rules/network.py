"""The network, where it is wanted: one fixed address for what the app calls, and every store behind an endpoint."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.azure.bicep import BicepFile, at, resources
from infra.azure.finding import Finding
from infra.azure.source import BICEP, Files

NETWORK = BICEP + "modules/network.bicep"
ENDPOINTS = BICEP + "modules/endpoints.bicep"
# Every service of an account that anybody uses; one left out would be unreachable once the account is shut.
BEHIND_ENDPOINTS = {
    ("hostStorageId", "blob"), ("hostStorageId", "queue"), ("hostStorageId", "table"),
    ("patientStorageId", "blob"), ("patientStorageId", "table"), ("vaultId", "vault"),
}  # fmt: skip
SHUT = {"publicNetworkAccess": "Disabled", "networkAcls.defaultAction": "Deny"}


def network(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    subnets = [
        subnet
        for net in resources(parsed, "Microsoft.Network/virtualNetworks")
        for subnet in at(net.body, "properties", "subnets") or ()
    ]
    app: Any = next((at(one, "properties") for one in subnets if one.get("name") == "app"), {})
    if not at(app, "natGateway", "id"):
        yield Finding(NETWORK, "network", "what the app calls leaves by no fixed address: WeChat gives it no token")
    if [at(one, "properties", "serviceName") for one in app.get("delegations", ())] != ["Microsoft.App/environments"]:
        yield Finding(NETWORK, "network", "the app's subnet is not delegated to Microsoft.App/environments")
    targets = parsed[ENDPOINTS].variables.get("targets", ()) if ENDPOINTS in parsed else ()
    for where, part in sorted(BEHIND_ENDPOINTS ^ {(one.get("id"), one.get("part")) for one in targets}):
        yield Finding(ENDPOINTS, "network", f"{part} of {where}: no endpoint, or one that nobody needs")
    yield from _shut(parsed)


def _shut(parsed: Mapping[str, BicepFile]) -> Iterator[Finding]:
    """Where endpoints are wanted, the public door is shut."""
    for kind in ("Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults"):
        for one in resources(parsed, kind):
            for name, value in SHUT.items():
                choice = at(one.body, "properties", *name.split("."), "operator", "operands")
                if at(choice, "condition") != "open" or at(choice, "false_value") != value:
                    yield Finding(one.place, "network", f"{one.symbol}: {name} is not {value} where it is not open")
