"""Who calls. Every HTTP route but the callbacks, the patient's page and health passes here."""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.identity import Pseudonyms
from shared.errors import Forbidden, Unauthenticated
from shared.storage.contract import ApiKeys


class Permission(StrEnum):
    """What a route asks of its caller."""

    READ = "read"  # lists, messages and their words, insights, events
    SEND = "send"  # all that changes something: sending, cancelling, resolving, consent, runs


EVERYTHING = frozenset(Permission)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may call. `clinics` None: all of them (an operator, or the local key)."""

    id: str
    name: str
    clinics: frozenset[str] | None
    permissions: frozenset[Permission] = EVERYTHING

    def may_see(self, clinic_id: str) -> bool:
        return self.clinics is None or clinic_id in self.clinics

    def require(self, clinic_id: str) -> None:
        """Raises Forbidden in the same words whether or not the clinic exists."""
        if not self.may_see(clinic_id):
            raise Forbidden("You may not act for that clinic.")

    def needs(self, permission: Permission) -> None:
        """Raises Forbidden where the caller lacks it."""
        if permission not in self.permissions:
            raise Forbidden(f"You lack the permission to {permission} here. Ask whoever manages access.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Tells callers by their API key. Only keyed hashes of keys are stored."""

    api_keys: ApiKeys
    pseudonyms: Pseudonyms
    local_key: str

    async def identify(self, presented: str | None) -> Caller:
        """Raises Unauthenticated without saying whether the key was missing, wrong or revoked."""
        if presented and self.local_key and hmac.compare_digest(presented.encode(), self.local_key.encode()):
            return Caller("local", "local development", None)
        key = await self.api_keys.find(self.pseudonyms.digest("api-key", presented)) if presented else None
        if key is None or key.revoked_at is not None:
            raise Unauthenticated("Send a valid API key in the header x-api-key.")
        return Caller(key.id, key.name, key.clinics or None)
