"""The network, where it is wanted: one fixed address for what the app calls, and every store behind an endpoint."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.azure.bicep import BicepFile, Module, at, resources
from infra.azure.expression import written
from infra.azure.finding import Finding
from infra.azure.source import BICEP, MAIN, Files

NETWORK = BICEP + "modules/network.bicep"
ENDPOINTS = BICEP + "modules/endpoints.bicep"
# Every service of an account that anybody uses; one left out would be unreachable once the account is shut.
BEHIND_ENDPOINTS = {
    ("hostStorageId", "blob"), ("hostStorageId", "queue"), ("hostStorageId", "table"),
    ("patientStorageId", "blob"), ("patientStorageId", "table"), ("vaultId", "vault"),
}  # fmt: skip
SHUT = {"publicNetworkAccess": "open ? Enabled : Disabled", "networkAcls.defaultAction": "open ? Allow : Deny"}
# Module of main.bicep -> parameter -> what it gets: the app calls from its own subnet, endpoints stand in theirs.
SUBNETS = {
    ("app", "subnetId"): "inNetwork ? net.outputs.appSubnetId : ",
    ("endpoints", "subnetId"): "inNetwork ? net.outputs.endpointSubnetId : ",
    ("endpoints", "networkId"): "inNetwork ? net.outputs.networkId : ",
}
CONDITIONS = {"net": "inNetwork", "endpoints": "privateEndpoints"}
SUBNET = re.compile(r"cidrSubnet\(addressSpace, 2[4-7], (\d)\)")  # Flex Consumption wants a /27 at least


NOTHING = Module("", "", "", {}, {})


def network(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    yield from _subnets(parsed)
    yield from _endpoints(parsed)
    yield from _shut(parsed)
    yield from _chosen(parsed[MAIN])


def _subnets(parsed: Mapping[str, BicepFile]) -> Iterator[Finding]:
    subnets: dict[str, Any] = {
        subnet.get("name"): at(subnet, "properties") or {}
        for net in resources(parsed, "Microsoft.Network/virtualNetworks")
        for subnet in at(net.body, "properties", "subnets") or ()
    }
    app = subnets.get("app", {})
    if written(at(app, "natGateway", "id")) != "gateway.id":
        yield Finding(NETWORK, "network", "what the app calls leaves by no fixed address: WeChat gives it no token")
    delegated = [at(one, "properties", "serviceName") for one in app.get("delegations", ()) if one.get("name")]
    if delegated != ["Microsoft.App/environments"]:
        yield Finding(NETWORK, "network", "the app's subnet is not delegated to Microsoft.App/environments")
    ranges = [SUBNET.fullmatch(written(at(one, "addressPrefix"))) for one in subnets.values()]
    if len({found[1] for found in ranges if found}) != len(ranges):
        yield Finding(NETWORK, "network", "subnets overlap, or are too small")
    for name, output in (("app", "appSubnetId"), ("endpoints", "endpointSubnetId")):
        led = at(parsed[NETWORK].outputs, output, "value") if NETWORK in parsed else None
        if name not in subnets or led != f"${{net.id}}/subnets/{name}":
            yield Finding(NETWORK, "network", f"{output} does not lead to the subnet {name}")


def _endpoints(parsed: Mapping[str, BicepFile]) -> Iterator[Finding]:
    variables = parsed[ENDPOINTS].variables if ENDPOINTS in parsed else {}
    targets, zones = variables.get("targets", ()), variables.get("zones", ())
    for where, part in sorted(BEHIND_ENDPOINTS ^ {(one.get("id"), one.get("part")) for one in targets}):
        yield Finding(ENDPOINTS, "network", f"{part} of {where}: no endpoint, or one that nobody needs")
    if len({one["name"] for one in targets if "name" in one}) != len(targets):
        yield Finding(ENDPOINTS, "network", "two endpoints have one name, or one has none")
    for one in targets:
        wanted = "vaultZone" if one.get("part") == "vault" else f"privatelink.{one.get('part')}.${{storageDomain}}"
        place = one.get("zone", len(zones))
        if zones[place : place + 1] != [wanted]:
            yield Finding(ENDPOINTS, "network", f"{one.get('name')} is not known as {wanted} inside the network")


def _shut(parsed: Mapping[str, BicepFile]) -> Iterator[Finding]:
    """Where endpoints are wanted, the public door is shut; else it is open."""
    for kind in ("Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults"):
        for one in resources(parsed, kind):
            for name, wanted in SHUT.items():
                if written(at(one.body, "properties", *name.split("."))) != wanted:
                    text = f"{one.symbol}: {name} is not {wanted.split()[-1]} where it is not open"
                    yield Finding(one.place, "network", text)


def _chosen(main: BicepFile) -> Iterator[Finding]:
    """The choice of a network, or of endpoints, reaches everything that it concerns."""
    modules = {module.symbol: module for module in main.modules}
    if written(main.variables.get("inNetwork")) != "network || privateEndpoints":
        yield Finding(MAIN, "network", "endpoints do not bring the network along")
    for symbol, condition in CONDITIONS.items():
        if modules.get(symbol, NOTHING).condition != condition:
            yield Finding(MAIN, "network", f"{symbol} is not made where {condition}")
    first = set(at(modules.get("app", NOTHING).body, "dependsOn") or ())
    for symbol in sorted({"roles", "endpoints"} - first):
        yield Finding(MAIN, "network", f"the app may start before its {symbol}")
    yield from _handed_on(main)


def _handed_on(main: BicepFile) -> Iterator[Finding]:
    params = {(module.symbol, name): written(value) for module in main.modules for name, value in module.params.items()}
    for (symbol, name), wanted in SUBNETS.items():
        if params.get((symbol, name)) != wanted:
            yield Finding(MAIN, "network", f"{symbol}.{name} is not {wanted}")
    for (symbol, name), value in params.items():
        if name == "open" and value != "!privateEndpoints":
            yield Finding(MAIN, "network", f"{symbol} stays open, or is shut without endpoints")
