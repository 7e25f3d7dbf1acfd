"""Telemetry keeps no URL: every transformation is tried on rows that name one, in each column that may."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.azure.bicep import BicepFile, at, everywhere, resources
from infra.azure.expression import written
from infra.azure.finding import Finding
from infra.azure.source import MAIN, Files
from infra.azure.transformation import UnknownKql, transformed

# Table -> its columns that may hold a URL or the name of one (learn.microsoft.com, Azure Monitor Logs reference).
WITH_URLS = {
    "AppRequests": ("Url", "Name", "OperationName", "Properties"),
    "AppDependencies": ("Data", "Name", "OperationName", "Properties"),
    "AppTraces": ("Message", "OperationName", "Properties"),
    "AppExceptions": ("Message", "OuterMessage", "InnermostMessage", "Details", "OperationName", "Properties"),
    "FunctionAppLogs": ("Message", "ExceptionMessage", "ExceptionDetails"),
}
ALSO_READ = ("DependencyType",)  # other columns that a transformation may read
ALWAYS_EMPTY = {"AppRequests": "Url", "AppDependencies": "Data"}
OBJECTS = {"Properties", "Details"}
NAMES = {"Name", "OperationName"}  # of a request: method and route, never a query alone
SAID = ("POST https://wechat.example/cgi", "GET /api/webhooks/wechat", "signature=0&openid=o-fictional")
GIVEN_AWAY = ("://", "/api/", "openid")


def urls(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    flows = transformations(parsed)
    for one in resources(parsed, "Microsoft.Insights/dataCollectionRules"):
        yield from _destination(one.place, one.body)
    for table in WITH_URLS:
        place, query = flows.get(table, ("infra/azure", "source"))
        try:
            yield from _tried(place, table, query)
        except UnknownKql as error:
            yield Finding(place, "urls", f"{table}: transformations are not documented to know {error}")
    yield from _attached(parsed)


def transformations(parsed: Mapping[str, BicepFile]) -> Mapping[str, tuple[str, str]]:
    """By table: the file that has it, and its query."""
    return {
        str(stream).removeprefix("Microsoft-Table-"): (
            one.place,
            str(parsed[one.place].value(flow.get("transformKql"))),
        )
        for one in resources(parsed, "Microsoft.Insights/dataCollectionRules")
        for flow in at(one.body, "properties", "dataFlows") or ()
        for stream in flow.get("streams") or ()
    }


def _tried(place: str, table: str, query: str) -> Iterator[Finding]:
    quiet = {column: _cell(column, f"quiet {column}") for column in (*WITH_URLS[table], *ALSO_READ)}
    for column in WITH_URLS[table]:
        for said in SAID[:2] if column in NAMES else SAID:
            if _stored(query, {**quiet, column: _cell(column, said)}):
                yield Finding(place, "urls", f"{table}.{column} is stored as it comes, with URLs in it")
    for said in SAID[:2]:  # one column may be filled from another
        if _stored(query, {**quiet, **{column: _cell(column, said) for column in WITH_URLS[table]}}):
            yield Finding(place, "urls", f"{table}: a URL goes from one column into another")
    emptied = {ALWAYS_EMPTY[table]: ""} if table in ALWAYS_EMPTY else {}
    if transformed(query, quiet) != {**quiet, **emptied}:
        yield Finding(place, "urls", f"{table}: what names no URL is lost, or a column that is always one is kept")


def _stored(query: str, row: Mapping[str, Any]) -> bool:
    """Whether anything of a URL is left."""
    left = transformed(query, row) or {}
    return any(part in written(value) for value in left.values() for part in GIVEN_AWAY)


def _cell(column: str, text: str) -> Any:
    return {"key": text} if column in OBJECTS else text


def _destination(place: str, body: Mapping[str, Any]) -> Iterator[Finding]:
    """A transformation of a workspace has one destination: that workspace."""
    named = everywhere(body, "properties.destinations.logAnalytics.name")
    if len(named) != 1 or any(one != named for one in everywhere(body, "properties.dataFlows.destinations")):
        yield Finding(place, "urls", "a flow does not lead to the one workspace")


def _attached(parsed: Mapping[str, BicepFile]) -> Iterator[Finding]:
    """The workspace that telemetry goes to is the one that has the rules; an earlier deployment's stay meanwhile."""
    rules = [
        (file.place, written(module.params.get("rulesId")), module.symbol)
        for file in parsed.values()
        for module in file.modules
        if module.path.endswith("/workspace.bicep")
    ]
    given = sorted(value for _, value, _ in rules)
    after = [symbol for _, value, symbol in rules if value == "rules.id"]
    if given != ["rules.id", "rulesId"]:
        yield Finding("infra/azure", "urls", "the workspace is not made before and after its rules")
    for one in resources(parsed, "Microsoft.Insights/components"):
        if [written(at(one.body, "properties", "WorkspaceResourceId"))] != [f"{name}.outputs.id" for name in after]:
            yield Finding(one.place, "urls", "telemetry begins before the workspace has its rules")
    for one in resources(parsed, "Microsoft.OperationalInsights/workspaces"):
        attached = written(at(one.body, "properties", "defaultDataCollectionRuleResourceId"))
        if attached != "empty(rulesId) ? null : rulesId":
            yield Finding(one.place, "urls", "the rules are not attached to the workspace")
    kept = [written(module.params.get("rulesId")) for module in parsed[MAIN].modules if module.symbol == "monitoring"]
    if kept != ["workspaceRulesId"]:
        yield Finding(MAIN, "urls", "a second deployment would detach the rules for a moment")
