"""What Azure's own services log of themselves reaches the workspace, and no log that holds URLs of the app."""

from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile, Resource, resources
from infra.azure.finding import Finding
from infra.azure.rules.urls import transformations
from infra.azure.source import MAIN, Files
from infra.azure.transformation import UnknownKql, transformed

KIND = "Microsoft.Insights/diagnosticSettings"
_CHANGES = {"StorageRead", "StorageWrite", "StorageDelete"}
# Whose -> its logs, and its metrics (learn.microsoft.com, supported-logs and supported-metrics of each service).
WANTED: Mapping[str, tuple[set[str], str]] = {
    "app": ({"FunctionAppLogs"}, "AllMetrics"),  # never AppServiceHTTPLogs: paths and query strings
    "vault": ({"AuditEvent"}, "AllMetrics"),
    "blobService": (_CHANGES, "Transaction"),
    "tableService": (_CHANGES, "Transaction"),
    "queueService": ({"StorageDelete"}, "Transaction"),
}
ASKED = "readsAreLogged"  # the parameter of storage.bicep
APP = "${appPrincipalId}"  # as the query names it: the parameter of monitoring.bicep
COLUMNS = ("RequesterObjectId", "StatusCode")  # learn.microsoft.com, StorageTableLogs and StorageBlobLogs
REFUSED = {"401", "403"}


def diagnostics(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    found = {str(one.body.get("scope")): one for one in resources(parsed, KIND)}
    for scope in sorted(WANTED.keys() - found.keys()):
        yield Finding("infra/azure", "diagnostics", f"nothing is kept of what {scope} logs")
    for scope, one in found.items():
        yield from _kept(scope, one)
    patients = [module.params for module in parsed[MAIN].modules if module.symbol == "patientStorage"]
    if [params.get(ASKED) for params in patients] != [True]:
        yield Finding(MAIN, "diagnostics", "who reads the patients' storage is not logged")
    yield from _strangers(transformations(parsed))


def _strangers(flows: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
    """Of what storage logs, everything that somebody else did, and what was refused; not each read of the app's own."""
    rows = [(who, status) for who in (APP, "", "another") for status in ("200", "404", "401", "403")]
    kept = [(who, status) for who, status in rows if who != APP or status in REFUSED]
    for table in ("StorageTableLogs", "StorageBlobLogs"):
        place, query = flows.get(table, ("infra/azure", "source"))
        try:
            found = [row for row in rows if transformed(query, dict(zip(COLUMNS, row, strict=True)))]
        except UnknownKql as error:
            yield Finding(place, "diagnostics", f"{table}: transformations are not documented to know {error}")
            continue
        if lost := [row for row in kept if row not in found]:
            yield Finding(place, "diagnostics", f"{table}: what others do, or what is refused, is not kept: {lost}")
        if set(found) - set(kept):
            yield Finding(place, "diagnostics", f"{table}: every read of the app itself is kept")


def _kept(scope: str, one: Resource) -> Iterator[Finding]:
    properties = one.body.get("properties", {})
    logs, metrics = WANTED.get(scope, (set(), ""))
    if properties.get("workspaceId") != "workspaceId":
        yield Finding(one.place, "diagnostics", f"{one.symbol}: does not go to the workspace")
    kept = {entry.get("category"): entry.get("enabled") for entry in properties.get("logs", ())}
    counted = {entry.get("category"): entry.get("enabled") for entry in properties.get("metrics", ())}
    for category in sorted(map(str, (kept.keys() | counted.keys()) - logs - {metrics})):
        yield Finding(one.place, "diagnostics", f"{one.symbol}: {category} may hold URLs, or is not known of {scope}")
    for category in sorted(logs):
        if kept.get(category) not in (True, ASKED):
            yield Finding(one.place, "diagnostics", f"{one.symbol}: {category} of {scope} is not kept")
    if counted.get(metrics) is not True:
        yield Finding(one.place, "diagnostics", f"{one.symbol}: {metrics} of {scope} is not kept")
