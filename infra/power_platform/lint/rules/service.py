"""Where the service is, and how large its definition may be."""

import re
from collections.abc import Iterator

from infra.power_platform.lint.json_places import DEFINITION, at, listing, text
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import hosts_not_for_production, limit

HOST = at(DEFINITION, "host")
# A host name with an optional port, or a value that the platform fills in from an environment variable.
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:\d{1,5})?")
_FROM_ENVIRONMENT = re.compile(r'@environmentVariables\("\w+"\)')
_SCHEMES = ("http", "https")


def version_two(view: ConnectorView) -> Iterator[Fault]:
    if view.definition.get("swagger") != "2.0":
        yield Fault(at(DEFINITION, "swagger"), 'Custom connectors are written in "swagger": "2.0".')


def host_name(view: ConnectorView) -> Iterator[Fault]:
    host = text(view.definition.get("host"))
    if _HOST.fullmatch(host) is None and _FROM_ENVIRONMENT.fullmatch(host) is None:
        yield Fault(HOST, "Write the host's name alone, without scheme and path.")


def production_host(view: ConnectorView) -> Iterator[Fault]:
    host = text(view.definition.get("host")).lower()
    if _HOST.fullmatch(host) is None:
        return
    unfit = hosts_not_for_production() & set(re.split(r"[.:-]", host))
    if unfit:
        yield Fault(HOST, f"{sorted(unfit)[0]!r} says that this host is not the one for production.")


def base_path(view: ConnectorView) -> Iterator[Fault]:
    path = view.definition.get("basePath")
    if path is not None and not text(path).startswith("/"):
        yield Fault(at(DEFINITION, "basePath"), "basePath must start with '/'.")


def some_scheme(view: ConnectorView) -> Iterator[Fault]:
    if not listing(view.definition.get("schemes")):
        yield Fault(at(DEFINITION, "schemes"), "Name the schemes: https.")


def known_schemes(view: ConnectorView) -> Iterator[Fault]:
    for number, scheme in enumerate(listing(view.definition.get("schemes"))):
        if scheme not in _SCHEMES:
            yield Fault(at(DEFINITION, "schemes", number), f"{scheme!r} is not among http and https.")


def secure_scheme(view: ConnectorView) -> Iterator[Fault]:
    schemes = listing(view.definition.get("schemes"))
    if schemes and "https" not in schemes:
        yield Fault(at(DEFINITION, "schemes"), "https must be among the schemes.")


def size(view: ConnectorView) -> Iterator[Fault]:
    written, most = len(view.files.written.encode()), limit("definitionBytes")
    if written >= most:
        yield Fault(DEFINITION, f"The file has {written:,} bytes; it must stay under {most:,}.")


RULES = (
    error("SpecificationVersionIncorrect", version_two),
    error("HostNameNotValid", host_name),
    error("HostNotForProduction", production_host),
    error("BasePathNotValid", base_path),
    error("SchemesArrayEmpty", some_scheme),
    error("SchemeNotValid", known_schemes),
    error("SchemesWithoutHttps", secure_scheme),
    error("DefinitionTooLarge", size),
)
