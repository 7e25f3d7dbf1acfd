"""Callback URLs: read strictly, since two readers of a lax one need not agree on its host.

Only what a Power Platform callback is made of passes: https, a plain ASCII host name of an allowed domain, a port that
is allowed there, path and query byte for byte. No user, no IP literal in any spelling, no fragment, nothing invisible.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.errors import ConfigurationError, FieldProblem, InvalidInput

FIELD = "callbackUrl"
LONGEST = 16_384  # characters (Power Automate, Limits: request URL)
HTTPS_PORT = 443

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})+"
_URL = re.compile(rf"(?i:https)://(?P<host>(?i:{_NAME}))\.?(?::(?P<port>[0-9]{{1,5}}))?(?P<target>/[!-~]*)")
_NOT_IN_A_TARGET = re.compile(r"[#\\\"<>^`{|}]")
_DOMAIN = re.compile(rf"(?P<name>{_NAME})(?::(?P<port>[0-9]{{1,5}}))?")
_ONLY_FIGURES = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)")  # a last label by which some readers take a name for an address


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain whose hosts may be told, at that port."""

    name: str
    port: int

    def has(self, host: str, port: int) -> bool:
        return port == self.port and (host == self.name or host.endswith(f".{self.name}"))


@dataclass(frozen=True, slots=True, repr=False)
class CallbackUrl:
    """A URL that may be used. `host`: lower case, without a trailing dot. `target`: path and query as they were given;
    they hold the subscriber's secret, so none of it is ever shown."""

    host: str
    port: int
    target: bytes


def read_domains(text: str) -> Sequence[Domain]:
    """`logic.azure.com, contoso.example:8443`. Raises ConfigurationError."""
    found = []
    for part in filter(None, (part.strip().lower().rstrip(".") for part in text.split(","))):
        match = _DOMAIN.fullmatch(part)
        if match is None or _ONLY_FIGURES.fullmatch(match["name"].rpartition(".")[2]):
            raise ConfigurationError("SUBSCRIBER_HOSTS: write domains of two parts or more, with a comma between")
        found.append(Domain(match["name"], int(match["port"] or HTTPS_PORT)))
    return found


def read_callback_url(text: str, domains: Sequence[Domain]) -> CallbackUrl:
    """Raises InvalidInput, in the same words whatever is wrong with the host: nobody learns which hosts there are."""
    if len(text) > LONGEST:
        raise _refused(f"The callback URL may have at most {LONGEST} characters.")
    match = _URL.fullmatch(text)
    if match is None or _NOT_IN_A_TARGET.search(match["target"]):
        raise _refused("The callback URL must be a plain https address, as Power Automate makes it.")
    host, port = match["host"].lower(), int(match["port"] or HTTPS_PORT)
    figures = _ONLY_FIGURES.fullmatch(host.rpartition(".")[2])
    if figures or len(host) > 253 or not any(domain.has(host, port) for domain in domains):
        raise _refused("Events are only sent to Power Automate. Ask whoever runs this system to allow another host.")
    return CallbackUrl(host, port, match["target"].encode("ascii"))


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, [FieldProblem(FIELD, message)])
