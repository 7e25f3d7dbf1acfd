"""What belongs into environment variables or nowhere: addresses, keys, numbers, sites."""

import re
from collections.abc import Iterator

from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.view import View

_PAGES = ("https://make.powerautomate.com/",)
"""Pages of the platform itself, the same for everybody."""
_FOUND = {
    "a mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "a web address": re.compile(r"https?://[^\s\"'<>]+"),
    "a phone number": re.compile(r"\+\d[\d ]{7,}\d"),
    "an id of this or that environment": re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    "something like a key": re.compile(r"\b(?:[A-Za-z0-9+/_-]{40,}={0,2}|sig=[^&\s]+|Bearer\s+\S+)"),
}


def literals(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for said in view.said(flow):
            if said.key in ("apiId", "connectionName", "operationId"):
                continue
            for name, text in _found(said.text):
                yield Fault(said.place, f"It holds {name}: {text}")


def defaults(view: View) -> Iterator[Fault]:
    """Also what flows and variables begin with."""
    texts = [(one.file, one.default) for one in view.variables]
    texts += [(flow.file, str(one.get("defaultValue", ""))) for flow in view.flows for one in flow.parameters.values()]
    for place, text in texts:
        for name, found in _found(text):
            yield Fault(place, f"A default holds {name}: {found}")


def settings(view: View) -> Iterator[Fault]:
    """The sample names every variable, and has the value of none but what the variable itself begins with."""
    defaults_of = {one.schema_name: one.default for one in view.variables}
    for one in view.settings.get("EnvironmentVariables", ()):
        if one.get("Value", "") != defaults_of.get(one["SchemaName"], one.get("Value", "")):
            yield Fault("deploymentSettings.json", f"{one['SchemaName']}: each environment has its own value.")
    for one in view.settings.get("ConnectionReferences", ()):
        if one.get("ConnectionId"):
            yield Fault("deploymentSettings.json", f"{one['LogicalName']}: each environment has its own connection.")


def _found(text: str) -> Iterator[tuple[str, str]]:
    for name, pattern in _FOUND.items():
        for match in pattern.finditer(text):
            if not match[0].startswith(_PAGES):
                yield name, match[0]


RULES = (
    Rule("LiteralInFlow", literals),
    Rule("LiteralInDefault", defaults),
    Rule("LiteralInSettings", settings),
)
