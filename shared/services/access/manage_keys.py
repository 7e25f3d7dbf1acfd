"""API keys are made and revoked by an operator. A key is shown once; what is stored is its keyed hash."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from shared.clock import Clock
from shared.domain.api_key import SECRET_BYTES, api_key
from shared.domain.identity import Pseudonyms
from shared.domain.permission import EVERYTHING, Permission
from shared.domain.plain_text import one_line
from shared.errors import InvalidInput, NotFound
from shared.services.clinics import ClinicBook
from shared.storage.contract import ApiKey, ApiKeys

LONGEST_NAME = 80
_ID_BYTES = 5


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `text` is what the caller sends; nobody can show it again."""

    key: ApiKey
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageKeys:
    """What an operator's commands call."""

    api_keys: ApiKeys
    clinics: ClinicBook
    pseudonyms: Pseudonyms
    clock: Clock

    async def make(
        self, name: str, clinic_ids: Collection[str], permissions: Collection[Permission] = EVERYTHING
    ) -> NewKey:
        """A key for these clinics; for none: for all. Raises InvalidInput, and then nothing changes."""
        text, key = api_key(secrets.token_bytes(SECRET_BYTES)), await self.draft(name, clinic_ids, permissions)
        await self.api_keys.add(self.pseudonyms.digest("api-key", text), key)
        return NewKey(key, text)

    async def draft(self, name: str, clinic_ids: Collection[str], permissions: Collection[Permission]) -> ApiKey:
        """What `make` would keep. Raises as it does, changes nothing."""
        shown = one_line(name)
        if not 0 < len(shown) <= LONGEST_NAME:
            raise InvalidInput(
                f"Give the key a name of 1 to {LONGEST_NAME} characters: it stands in the log as sender."
            )
        known = await self.clinics.all()
        if unknown := sorted(set(clinic_ids) - known.keys()):
            there = ", ".join(sorted(known)) or "none yet; load a clinic's file first"
            raise InvalidInput(f"There is no clinic {', '.join(unknown)}. There are: {there}.")
        key_id, now = f"key-{secrets.token_hex(_ID_BYTES)}", self.clock.now()
        return ApiKey(key_id, shown, frozenset(clinic_ids), now, permissions=frozenset(permissions))

    async def all(self) -> Sequence[ApiKey]:
        """Every key, the newest last."""
        return sorted((await self.api_keys.all()).values(), key=lambda key: (key.created_at, key.id))

    async def get(self, key_id: str) -> ApiKey:
        """Raises NotFound."""
        found = next((key for key in await self.all() if key.id == key_id), None)
        if found is None:
            raise NotFound("There is no key with that id.")
        return found

    async def revoke(self, key_id: str) -> ApiKey:
        """The key as it is now; one that was revoked before keeps its instant. Raises NotFound."""
        key, now = await self.get(key_id), self.clock.now()
        await self.api_keys.revoke(key_id, now)
        return key if key.revoked_at else replace(key, revoked_at=now)
