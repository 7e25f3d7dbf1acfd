"""How callers prove who they are: what the operations require is defined, and makers can give it."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.power_platform.lint.json_places import DEFINITION, at, listing, mapping, text
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView

# Which connection parameters serve which scheme (paconn's apiProperties.json).
_SERVES = {"oauth2": {"oauthSetting"}, "apiKey": {"securestring", "string"}, "basic": {"securestring", "string"}}


def _schemes(view: ConnectorView) -> Mapping[str, Any]:
    return mapping(view.definition.get("securityDefinitions"))


def _requirements(view: ConnectorView) -> Iterator[tuple[str, object, str]]:
    """Name, value and place of each requirement, of the whole and of single operations."""
    holders = [(view.definition.get("security"), at(DEFINITION, "security"))]
    holders += [(operation.raw.get("security"), at(operation.place, "security")) for operation in view.operations]
    for requirements, place in holders:
        for number, requirement in enumerate(listing(requirements)):
            for name, value in mapping(requirement).items():
                yield name, value, at(place, number, name)


def defined(view: ConnectorView) -> Iterator[Fault]:
    for name, _, place in _requirements(view):
        if name not in _schemes(view):
            yield Fault(place, f"securityDefinitions has no {name}.")


def no_scopes_but_oauth(view: ConnectorView) -> Iterator[Fault]:
    for name, value, place in _requirements(view):
        kind = mapping(_schemes(view).get(name)).get("type")
        if kind in ("apiKey", "basic") and listing(value):
            yield Fault(place, f"{name} has no scopes: write [].")


def scopes_defined(view: ConnectorView) -> Iterator[Fault]:
    for name, value, place in _requirements(view):
        scheme = mapping(_schemes(view).get(name))
        if scheme.get("type") == "oauth2":
            for scope in listing(value):
                if text(scope) not in mapping(scheme.get("scopes")):
                    yield Fault(place, f"{name} does not define the scope {scope}.")


def served(view: ConnectorView) -> Iterator[Fault]:
    """A scheme without a parameter of the connection: nobody is ever asked for the key."""
    wanted = {text(mapping(_schemes(view).get(name)).get("type")) for name, *_ in _requirements(view)} & set(_SERVES)
    parameters = mapping(view.properties.get("connectionParameters"))
    given = {text(mapping(parameter).get("type")) for parameter in parameters.values()}
    if "connectionParameterSets" not in view.properties and wanted and not any(_SERVES[one] & given for one in wanted):
        said = f"No connection parameter serves the definition's security ({', '.join(sorted(wanted))})."
        yield Fault(view.properties_place("connectionParameters"), said)


RULES = (
    error("SecurityRequirementMustBeDefined", defined),
    error("SecurityRequirementMustHaveEmptyValue", no_scopes_but_oauth),
    error("OAuthSecurityRequirementValueMustBeScopeName", scopes_defined),
    error("SecurityNotServed", served),
)
