"""Values that stand in the files: none may be a secret, an account's id, or somebody's number or address.

The merged WhatsApp connector of 2023 carries its authors' phone number id as a default: everyone who takes it begins
with somebody else's account.
"""

import re
from collections.abc import Iterator
from functools import cache

from infra.power_platform.lint.json_places import DEFINITION, at, listing, mapping, text, walk_json
from infra.power_platform.lint.registry import Check, Fault, error
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import sample_patterns

_SAMPLES = frozenset({"default", "example", "examples", "x-ms-test-value", "defaultValue"})
_DIGITS = re.compile(r"(?<![\w.])\+?\d[\d ()-]{7,18}\d(?![\w.])")
_DAY = re.compile(r"(19|20)\d\d(-?)(0[1-9]|1[0-2])\2[0-3]\d(?!\d)")
_VERSION = re.compile(r"v\d+(\.\d+)*")


def _values(view: ConnectorView) -> list[tuple[str, str]]:
    """Place and text of each value that is sent, shown or tried, of both files."""
    return view.once(("values",), lambda: list(_find_values(view)))


def _find_values(view: ConnectorView) -> Iterator[tuple[str, str]]:
    for key, place, node in walk_json(view.definition, DEFINITION):
        if key in _SAMPLES:
            for _, inner_place, inner in walk_json(node, place):
                if isinstance(inner, str | int) and not isinstance(inner, bool):
                    yield inner_place, str(inner)
    parameters = mapping(view.properties.get("connectionParameters"))
    for name, parameter in parameters.items():
        value = mapping(parameter).get("defaultValue")
        yield view.properties_place("connectionParameters", name, "defaultValue"), text(value)
    for number, policy in enumerate(listing(view.properties.get("policyTemplateInstances"))):
        for name, value in mapping(mapping(policy).get("parameters")).items():
            yield view.properties_place("policyTemplateInstances", number, "parameters", name), text(value)


@cache
def _patterns(kind: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((entry["what"], re.compile(entry["pattern"])) for entry in sample_patterns()[kind])


def _nothing_like(kind: str) -> Check:
    def check(view: ConnectorView) -> Iterator[Fault]:
        for place, value in _values(view):
            what = next((what for what, pattern in _patterns(kind) if pattern.search(value)), "")
            if what:  # the value itself is not repeated: findings stand in logs
                yield Fault(place, f"This looks like {what}. Write an invented value that says so.")

    return check


def no_client_secret(view: ConnectorView) -> Iterator[Fault]:
    for name, parameter in mapping(view.properties.get("connectionParameters")).items():
        secret = text(mapping(mapping(parameter).get("oAuthSettings")).get("clientSecret"))
        if secret.strip() and not secret.startswith("<"):
            place = view.properties_place("connectionParameters", name, "oAuthSettings", "clientSecret")
            yield Fault(place, "The client secret is entered in the environment, never written here.")


def no_real_number(view: ConnectorView) -> Iterator[Fault]:
    for place, value in _values(view):
        for found in _DIGITS.findall(value):
            digits = re.sub(r"\D", "", found)
            if 9 <= len(digits) <= 13 and not _DAY.match(found) and not _is_fictional(digits):
                yield Fault(place, "This may be somebody's number. Take one for drama, such as +44 7700 900123.")


def _is_fictional(digits: str) -> bool:
    return any(pattern.search(digits) for _, pattern in _patterns("fictionalNumbers"))


def no_version_as_default(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        for parameter in operation.parameters:
            if parameter.location == "path" and _VERSION.fullmatch(text(parameter.raw.get("default"))):
                said = "The version of an API is the connector's business, not the maker's: write it into the path."
                yield Fault(at(parameter.place, "default"), said)


RULES = (
    error("SecretInValue", _nothing_like("secrets")),
    error("AccountIdInValue", _nothing_like("accounts")),
    error("PersonalDataInValue", _nothing_like("people")),
    error("PhoneNumberInValue", no_real_number),
    error("ClientSecretWritten", no_client_secret),
    error("ApiVersionAsDefault", no_version_as_default),
)
