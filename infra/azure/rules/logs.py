"""Alerts listen to what the app really says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.azure.bicep import BicepFile, resources
from infra.azure.finding import Finding
from infra.azure.rules.urls import WITH_URLS
from infra.azure.source import CODE, Files

_SAID = re.compile(r'Message startswith "(\w+)(?: (\w+)=(\w*))?')
_RAN = re.compile(r'Name == "(\w+)"')


def logs(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    yield from _alerts(parsed, "\n".join(text for path, text in files.items() if path.startswith(CODE)))


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
