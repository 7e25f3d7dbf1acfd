"""What an Entra ID access token says, once its signature holds: is it for us, does it count now, whose is it.

Claims: learn.microsoft.com, entra/identity-platform/access-token-claims-reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeIs

from shared.domain.plain_text import one_line, shortened
from shared.identity.authority import Authority, is_guid
from shared.identity.contract import Refusal, TokenHolder

LEEWAY = timedelta(seconds=60)  # clocks differ; Microsoft's own libraries allow five minutes
LONGEST_NAME = 100
_FARTHEST = 1e11  # seconds since 1970: the year 5138

type Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EntraClaims:
    """Judges claims. `audiences`: what tokens for this app call it (its client id, `api://<client id>`, …)."""

    authority: Authority
    audiences: frozenset[str]

    def judge(self, claims: Claims, now: datetime) -> TokenHolder | Refusal:
        return self._of_somebody_else(claims) or _not_now(claims, now) or _holder(claims)

    def _of_somebody_else(self, claims: Claims) -> Refusal | None:
        version, audience = claims.get("ver"), claims.get("aud")
        if not isinstance(version, str) or not isinstance(audience, str) or not is_guid(claims.get("tid")):
            return Refusal.CLAIMS
        if claims.get("iss") != self.authority.issuers.get(version, ""):
            return Refusal.ISSUER
        if claims["tid"] != self.authority.tenant_id:
            return Refusal.TENANT
        return None if audience in self.audiences else Refusal.AUDIENCE


def _not_now(claims: Claims, now: datetime) -> Refusal | None:
    ends, begins = claims.get("exp"), claims.get("nbf")
    if not _is_instant(ends) or not _is_instant(begins):
        return Refusal.CLAIMS
    if now.timestamp() >= ends + LEEWAY.total_seconds():
        return Refusal.EXPIRED
    return Refusal.NOT_YET_VALID if now.timestamp() < begins - LEEWAY.total_seconds() else None


def _holder(claims: Claims) -> TokenHolder | Refusal:
    oid, roles, scopes = claims.get("oid"), claims.get("roles", []), claims.get("scp")
    words = isinstance(roles, list) and all(isinstance(role, str) for role in roles)
    if not is_guid(oid) or not words or not isinstance(scopes, str | None):
        return Refusal.CLAIMS
    if scopes is None and not _is_an_apps_own(claims):
        return Refusal.NO_ACCESS_TOKEN
    granted = None if scopes is None else frozenset(scopes.split())
    return TokenHolder(f"entra:{oid}", _name(claims, granted is None), frozenset(roles), granted)


def _is_an_apps_own(claims: Claims) -> bool:
    """Whether an app calls for itself. An ID token has roles and our audience too, and must not pass for it: it has no
    `scp` either, but a `sub` of its own, where an app's is its `oid` (access-token-claims-reference, `idtyp`)."""
    kind = claims.get("idtyp", "app")
    return kind == "app" and claims.get("sub") == claims.get("oid") and "nonce" not in claims


def _name(claims: Claims, is_app: bool) -> str:
    """What stands in the log as the sender: the person's name, or the app's."""
    app = claims.get("azp") or claims.get("appid")
    known = ("app_displayname",) if is_app else ("name", "preferred_username", "unique_name", "upn")
    named = (one_line(claims[claim]) for claim in known if isinstance(claims.get(claim), str))
    found = next((name for name in named if name), "")
    unnamed = f"app {app}" if is_app and is_guid(app) else str(claims["oid"])
    return shortened(found or unnamed, LONGEST_NAME)


def _is_instant(value: object) -> TypeIs[int | float]:
    """Seconds since 1970. Neither true, which Python counts as 1, nor an infinity, which would never end."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _FARTHEST
