"""Telemetry keeps no URL, and alerts listen to what the app really says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.azure.bicep import BicepFile, at, resources
from infra.azure.finding import Finding
from infra.azure.source import CODE, Files

# Table -> columns that hold URLs or what is named after them; each must be judged by the table's transformation.
WITH_URLS = {
    "AppRequests": ("Url", "Name", "OperationName", "Properties"),
    "AppDependencies": ("Data", "Name", "OperationName", "Properties"),
    "AppTraces": ("Message", "OperationName", "Properties"),
    "AppExceptions": ("OuterMessage", "Details", "OperationName", "Properties"),
    "FunctionAppLogs": ("Message",),
}
ALWAYS_EMPTY = {"AppRequests": "Url", "AppDependencies": "Data"}
# What a transformation may use, of what learn.microsoft.com lists (data-collection-transformations-kql).
OPERATORS = {"source", "where", "extend", "project-away"}
FUNCTIONS = {"iif", "tostring", "parse_json"}
CATEGORIES = {
    "FunctionAppLogs", "AuditEvent", "StorageRead", "StorageWrite", "StorageDelete", "Transaction", "AllMetrics",
}  # fmt: skip
_SAID = re.compile(r'Message startswith "(\w+)(?: (\w+)=(\w*))?')
_RAN = re.compile(r'Name == "(\w+)"')


def logs(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    yield from _transformations(parsed)
    yield from _diagnostics(parsed)
    yield from _alerts(parsed, "\n".join(text for path, text in files.items() if path.startswith(CODE)))


def _transformations(parsed: Mapping[str, BicepFile]) -> Iterator[Finding]:
    flows: dict[str, tuple[str, str]] = {}
    for one in resources(parsed, "Microsoft.Insights/dataCollectionRules"):
        for flow in at(one.body, "properties", "dataFlows") or ():
            query = str(parsed[one.place].value(flow.get("transformKql", "")))
            flows |= {str(stream).removeprefix("Microsoft-Table-"): (one.place, query) for stream in flow["streams"]}
    for table, columns in WITH_URLS.items():
        place, query = flows.get(table, ("infra/azure", ""))
        for column in columns:
            if not re.search(rf"\b{column}\b", query):
                yield Finding(place, "urls", f"{table}.{column} is stored as it comes, with URLs in it")
        if (empty := ALWAYS_EMPTY.get(table)) and f"extend {empty} = ''" not in query:
            yield Finding(place, "urls", f"{table}.{empty} is not emptied")
        for word in _unknown(query):
            yield Finding(place, "urls", f"{table}: transformations are not documented to know {word}")


def _unknown(query: str) -> Iterator[str]:
    for step in (step.strip() for step in query.split("|") if step.strip()):
        if step.split()[0] not in OPERATORS:
            yield step.split()[0]
    yield from sorted(set(re.findall(r"(\w+)\(", query)) - FUNCTIONS)


def _diagnostics(parsed: Mapping[str, BicepFile]) -> Iterator[Finding]:
    found = list(resources(parsed, "Microsoft.Insights/diagnosticSettings"))
    for kind in ("app", "vault", "blobService", "tableService", "queueService"):
        if kind not in [one.body.get("scope") for one in found]:
            yield Finding("infra/azure", "diagnostics", f"nothing is kept of what {kind} logs")
    for one in found:
        properties = one.body.get("properties", {})
        for entry in [*properties.get("logs", ()), *properties.get("metrics", ())]:
            if entry.get("category") not in CATEGORIES:
                text = f"{one.symbol}: {entry.get('category') or entry} may hold URLs, or is not known"
                yield Finding(one.place, "diagnostics", text)


def _alerts(parsed: Mapping[str, BicepFile], code: str) -> Iterator[Finding]:
    for place, alert in _defined(parsed):
        query = str(alert.get("query", ""))
        table = query.partition(" ")[0]
        if table not in WITH_URLS:
            yield Finding(place, "alerts", f"{alert.get('name')}: {table} is not a table of telemetry")
        for word, key, value in _SAID.findall(query):
            if f'"{word} {key}=' not in code and (key or f'"{word}' not in code):
                yield Finding(place, "alerts", f"{alert.get('name')}: the app never logs {word} {key}".rstrip())
            if not re.search(rf"\b{value}\b", code):
                yield Finding(place, "alerts", f"{alert.get('name')}: the app has no word {value}")
        for function in _RAN.findall(query):
            if f"async def {function}(" not in code:
                yield Finding(place, "alerts", f"{alert.get('name')}: there is no function {function}")


def _defined(parsed: Mapping[str, BicepFile]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    rules = list(resources(parsed, "Microsoft.Insights/scheduledQueryRules"))
    if not rules:
        yield "infra/azure", {"name": "alerts", "query": "none"}
    for one in rules:
        yield from ((one.place, alert) for alert in parsed[one.place].variables.get("alerts", ()))
