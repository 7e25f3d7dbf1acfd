"""apiProperties.json: colour, owners, connection parameters and policies."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.power_platform.lint.connector_files import Publisher
from infra.power_platform.lint.json_places import at, listing, mapping, text
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import icon_rules, policy_templates

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PREFIX = "x-ms-apimTemplateParameter."
_OPERATIONS = "x-ms-apimTemplate-operationName"
_OF_EVERY_POLICY = {_OPERATIONS, "x-ms-apimTemplate-policySection"}
_CONNECTION_PARAMETER = re.compile(r"@connectionParameters\('([^']+)'")


def colour_form(view: ConnectorView) -> Iterator[Fault]:
    if _COLOUR.fullmatch(text(view.properties.get("iconBrandColor"))) is None:
        yield Fault(view.properties_place("iconBrandColor"), "Write the brand's colour as #rrggbb.")


def colour_not_reserved(view: ConnectorView) -> Iterator[Fault]:
    colour = text(view.properties.get("iconBrandColor")).lower()
    if colour in icon_rules()["reservedColours"]:
        yield Fault(view.properties_place("iconBrandColor"), f"{colour} is the platform's own; take the brand's.")


def colour_of_independents(view: ConnectorView) -> Iterator[Fault]:
    colour, theirs = text(view.properties.get("iconBrandColor")).lower(), icon_rules()["independentColour"]
    independent = view.files.publisher is Publisher.INDEPENDENT
    if independent and _COLOUR.fullmatch(colour) and colour not in (theirs, *icon_rules()["reservedColours"]):
        yield Fault(view.properties_place("iconBrandColor"), f"Independent publishers have {theirs}.")


def publisher(view: ConnectorView) -> Iterator[Fault]:
    if not text(view.properties.get("publisher")).strip():
        yield Fault(view.properties_place("publisher"), "Name who publishes the connector.")


def stack_owner(view: ConnectorView) -> Iterator[Fault]:
    if not text(view.properties.get("stackOwner")).strip():
        yield Fault(view.properties_place("stackOwner"), "Name who owns the service behind it.")


def _policies(view: ConnectorView) -> Iterator[tuple[Mapping[str, Any], str]]:
    for number, policy in enumerate(listing(view.properties.get("policyTemplateInstances"))):
        yield mapping(policy), view.properties_place("policyTemplateInstances", number)


def policy_known(view: ConnectorView) -> Iterator[Fault]:
    for policy, place in _policies(view):
        if text(policy.get("templateId")).lower() not in policy_templates():
            yield Fault(at(place, "templateId"), f"There is no policy template {policy.get('templateId')!r}.")


def policy_parameters(view: ConnectorView) -> Iterator[Fault]:
    for policy, place in _policies(view):
        template = policy_templates().get(text(policy.get("templateId")).lower())
        if template is None:
            continue
        given = mapping(policy.get("parameters"))
        allowed = {_PREFIX + name for name in (*template["required"], *template.get("optional", ()))}
        for name in set(given) - allowed - _OF_EVERY_POLICY:
            yield Fault(at(place, "parameters", name), f"{policy['templateId']} has no such parameter.")


def policy_complete(view: ConnectorView) -> Iterator[Fault]:
    for policy, place in _policies(view):
        template = policy_templates().get(text(policy.get("templateId")).lower(), {"required": ()})
        for name in template["required"]:
            if _PREFIX + name not in mapping(policy.get("parameters")):
                yield Fault(at(place, "parameters"), f"{policy['templateId']} needs {_PREFIX}{name}.")


def policy_operations(view: ConnectorView) -> Iterator[Fault]:
    for policy, place in _policies(view):
        named = mapping(policy.get("parameters")).get(_OPERATIONS)
        for number, operation_id in enumerate(listing(named)):
            if text(operation_id) not in view.by_id:
                yield Fault(at(place, "parameters", _OPERATIONS, number), f"There is no operation {operation_id!r}.")


def connection_parameters_exist(view: ConnectorView) -> Iterator[Fault]:
    known = set(mapping(view.properties.get("connectionParameters")))
    for policy, place in _policies(view):
        for name, value in mapping(policy.get("parameters")).items():
            for wanted in _CONNECTION_PARAMETER.findall(text(value)):
                if wanted not in known and "connectionParameterSets" not in view.properties:
                    yield Fault(at(place, "parameters", name), f"There is no connection parameter {wanted!r}.")


def constraints(view: ConnectorView) -> Iterator[Fault]:
    """The platform reads the word "true"; the value true is refused by its schema."""
    for name, parameter in mapping(view.properties.get("connectionParameters")).items():
        given = mapping(mapping(mapping(parameter).get("uiDefinition")).get("constraints"))
        for field in ("required", "hidden"):
            if field in given and given[field] not in ("true", "false"):
                place = view.properties_place("connectionParameters", name, "uiDefinition", "constraints", field)
                yield Fault(place, 'Write "true" or "false", in quotes.')


RULES = (
    error("IconBrandColorNotValid", colour_form),
    error("IconBrandColorReserved", colour_not_reserved),
    error("IconBrandColorOfIndependentPublisher", colour_of_independents),
    error("PublisherMissing", publisher),
    error("StackOwnerMissing", stack_owner),
    error("PolicyTemplateUnknown", policy_known),
    error("PolicyParameterUnknown", policy_parameters),
    error("PolicyParameterMissing", policy_complete),
    error("PolicyOperationNotFound", policy_operations),
    error("ConnectionParameterNotFound", connection_parameters_exist),
    error("ConstraintNotAString", constraints),
)
