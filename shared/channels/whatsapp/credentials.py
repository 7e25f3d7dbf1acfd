"""What one WhatsApp account needs: its number, its token, and the secrets of its callbacks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.errors import ConfigurationError, FieldProblem

DEFAULT_GRAPH_URL = "https://graph.facebook.com"
DEFAULT_GRAPH_VERSION = "v25.0"

_SETTING = "WHATSAPP_"  # what an operator knows them by (api.md)
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")
_META_ID = re.compile(r"\d{1,32}")
_UNRESOLVED = "@Microsoft.KeyVault("  # an app setting that Azure could not resolve keeps this text
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class WhatsAppCredentials:
    """One provider account. Verify tokens and app secrets are plural so that they can rotate, the new one first."""

    phone_number_id: str
    business_account_id: str
    access_token: str = field(repr=False)
    verify_tokens: tuple[str, ...] = field(repr=False)
    app_secrets: tuple[str, ...] = field(repr=False)
    graph_url: str = DEFAULT_GRAPH_URL
    graph_version: str = DEFAULT_GRAPH_VERSION

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> "WhatsAppCredentials":
        """Reads phone_number_id, business_account_id, access_token, verify_token, webhook_secret (the app secret),
        graph_url and graph_version; the last two may be missing.

        `verify_token` and `webhook_secret` may each hold two values with a comma between. Raises ConfigurationError
        that names every setting which is missing or wrong, never its value.
        """
        reading = _Reading(mapping)
        credentials = cls(
            phone_number_id=reading.meta_id("phone_number_id"),
            business_account_id=reading.meta_id("business_account_id"),
            access_token=reading.secret("access_token"),
            verify_tokens=reading.secrets("verify_token"),
            app_secrets=reading.secrets("webhook_secret"),
            graph_url=reading.url("graph_url", DEFAULT_GRAPH_URL),
            graph_version=reading.version("graph_version", DEFAULT_GRAPH_VERSION),
        )
        if reading.problems:
            names = ", ".join(dict.fromkeys(problem.field for problem in reading.problems))
            raise ConfigurationError(f"The WhatsApp account is not set up: check {names}.", reading.problems)
        return credentials


class _Reading:
    """Reads settings one by one and remembers what is wrong with them."""

    def __init__(self, mapping: Mapping[str, object]) -> None:
        self._mapping = mapping
        self.problems: list[FieldProblem] = []

    def _wrong(self, name: str, message: str) -> str:
        self.problems.append(FieldProblem(_SETTING + name.upper(), message))
        return ""

    def _text(self, name: str) -> str:
        return str(self._mapping.get(name) or "").strip()

    def secrets(self, name: str) -> tuple[str, ...]:
        given = [part.strip() for part in self._text(name).split(",") if part.strip()]
        if not given:
            self._wrong(name, "is missing")
        return tuple(value for value in (self._checked(name, value) for value in given) if value)

    def secret(self, name: str) -> str:
        return self._checked(name, self._text(name)) if self._text(name) else self._wrong(name, "is missing")

    def _checked(self, name: str, value: str) -> str:
        if value.startswith(_UNRESOLVED):
            return self._wrong(name, "is a Key Vault reference that was not resolved")
        if not (value.isascii() and value.isprintable() and " " not in value):
            return self._wrong(name, "holds characters that it cannot have")
        return value

    def meta_id(self, name: str) -> str:
        value = self.secret(name)
        return value if not value or _META_ID.fullmatch(value) else self._wrong(name, "must be Meta's id, digits only")

    def version(self, name: str, default: str) -> str:
        value = self._text(name) or default
        return value if _VERSION.fullmatch(value) else self._wrong(name, "must look like v25.0")

    def url(self, name: str, default: str) -> str:
        value = (self._text(name) or default).rstrip("/")
        try:
            parts = urlsplit(value)
            host = parts.hostname
        except ValueError:
            return self._wrong(name, "is not a URL")
        if not host or parts.query or parts.fragment or parts.username:
            return self._wrong(name, "must be a plain URL with a host")
        # The token travels with every call: plain http only to this machine.
        if parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK):
            return value
        return self._wrong(name, "must begin with https://")
