"""What the services may ask of a directory that signs tokens."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Refusal(StrEnum):
    """Why a token counts for nothing. For the log: callers learn only that it was refused."""

    NOT_CONFIGURED = "token_not_configured"  # this app has no directory
    MALFORMED = "token_malformed"  # no signed token by its form, or oversize
    ALGORITHM = "token_algorithm"  # another algorithm than RS256, or demands that we do not know
    UNKNOWN_KEY = "token_unknown_key"
    SIGNATURE = "token_signature"
    CLAIMS = "token_claims"  # a claim that every token has is missing, or of another form
    ISSUER = "token_issuer"
    TENANT = "token_tenant"
    AUDIENCE = "token_audience"  # made for another app
    EXPIRED = "token_expired"
    NOT_YET_VALID = "token_not_yet_valid"
    NO_ACCESS_TOKEN = "token_no_access_token"  # noqa: S105 - an ID token: says who somebody is, not that they may call


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whom a valid token stands for. `id` is the same in every token of that person or app."""

    id: str
    name: str
    roles: frozenset[str]
    scopes: frozenset[str] | None  # what a person let the calling app do; None: an app that calls for itself


class Tokens(Protocol):
    async def judge(self, token: str) -> TokenHolder | Refusal:
        """Raises DirectoryUnavailable where no signing key has been read yet and none can be read."""
        ...


class NoTokens:
    """Where no directory is configured, no token is valid."""

    async def judge(self, token: str) -> TokenHolder | Refusal:  # noqa: ARG002 - the contract's
        return Refusal.NOT_CONFIGURED
