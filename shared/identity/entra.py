"""Entra ID access tokens: signed by the tenant's own authority, for this app, for now.

    form ─▶ header: RS256 and a key id ─▶ the authority's key of that id ─▶ signature ─▶ claims ─▶ whose token it is

What a token says of its own key (`jku`, `jwk`, `x5u`, `x5c`) is never looked at: keys come from the authority alone.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.clock import Clock
from shared.identity.contract import Refusal, TokenHolder
from shared.identity.entra_claims import Claims, EntraClaims
from shared.identity.signing_keys import SigningKeys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from jwt.types import Options

LONGEST = 16 * 1024  # characters; a person with many roles has some 6,000
ALGORITHM = "RS256"  # the only one that Entra ID signs with, so any other is an attack
_COMPACT = re.compile(
    r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
)  # RFC 7515, 7.1; an encrypted one has five parts
_TYPES = ("JWT", "at+jwt")
_LONGEST_KEY_ID = 200
_OURS_TO_CHECK: "Options" = {  # claims are judged by our own clock, and in words of ours
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class EntraTokens:
    """Implements `contract.Tokens`."""

    def __init__(self, claims: EntraClaims, keys: SigningKeys, clock: Clock) -> None:
        self._claims = claims
        self._keys = keys
        self._clock = clock

    async def judge(self, token: str) -> TokenHolder | Refusal:
        """Raises DirectoryUnavailable where no signing key has been read yet and none can be read."""
        if len(token) > LONGEST or _COMPACT.fullmatch(token) is None:
            return Refusal.MALFORMED
        header = _header(token)
        if header is None:
            return Refusal.MALFORMED
        if header.get("alg") != ALGORITHM or "crit" in header or header.get("typ", "JWT") not in _TYPES:
            return Refusal.ALGORITHM
        key_id = header.get("kid")
        if not isinstance(key_id, str) or not 0 < len(key_id) <= _LONGEST_KEY_ID:
            return Refusal.UNKNOWN_KEY
        key = await self._keys.key(key_id)
        if key is None:
            return Refusal.UNKNOWN_KEY
        claims = _signed_claims(token, key)
        return claims if isinstance(claims, Refusal) else self._claims.judge(claims, self._clock.now())


def _header(token: str) -> Mapping[str, Any] | None:
    """What the token says of itself; None: not even that can be read. Nothing of it is believed yet."""
    import jwt  # not needed by callers with an API key

    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None


def _signed_claims(token: str, key: "RSAPublicKey") -> Claims | Refusal:
    import jwt

    try:
        claims: Claims = jwt.decode(token, key, algorithms=[ALGORITHM], options=_OURS_TO_CHECK)
    except jwt.InvalidSignatureError:
        return Refusal.SIGNATURE
    except (jwt.PyJWTError, ValueError, RecursionError):
        return Refusal.MALFORMED
    return claims
