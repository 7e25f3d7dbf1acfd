"""Clinics, their patients, and who may call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from shared.domain.identity import MessageId
from shared.domain.register import Register


@dataclass(frozen=True, slots=True)
class OptIn:
    """A patient's yes to one channel (WhatsApp policy asks for time and method)."""

    patient_key: str
    channel: str
    at: datetime
    method: str  # "clinic file", "form", "qr"


@dataclass(frozen=True, slots=True)
class ContactRow:
    """What a source told us of a patient's contact; replaced when its fingerprint changes. Sealed: name, addresses."""

    patient_key: str
    patient_id: str
    name: str
    addresses: Mapping[str, str]  # AddressKind value -> address in send form
    language: str
    fingerprint: str
    birth_on: date | None = None


class Patients(Protocol):
    async def register(self, clinic_id: str) -> Register: ...

    async def opt_in(self, clinic_id: str, rows: Sequence[OptIn]) -> None:
        """Upserts, in batches."""
        ...

    async def bind(self, clinic_id: str, patient_key: str, channel: str, address: str, at: datetime) -> None:
        """This address (an openid) belongs to this patient. Sealed."""
        ...

    async def opt_out(self, clinic_id: str, channel: str, address_key: str, at: datetime, source: str) -> None:
        """An objection, kept as keyed hash only, for ever."""
        ...

    async def opted_out(self, clinic_id: str, channel: str, address_key: str) -> bool: ...

    async def contact(self, clinic_id: str, patient_key: str) -> ContactRow | None: ...


class Clinics(Protocol):
    """Validated clinic documents (JSON text), and the secrets of their own provider accounts (sealed)."""

    async def put(self, clinic_id: str, document: str, at: datetime) -> None: ...

    async def read(self, clinic_id: str) -> str | None: ...

    async def all(self) -> Mapping[str, str]: ...

    async def put_account(self, channel: str, account: str, secrets: Mapping[str, str], at: datetime) -> None: ...

    async def account(self, channel: str, account: str) -> Mapping[str, str] | None: ...


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What the first request under an idempotency key came to. `repeat`: this request is not the first."""

    message_id: MessageId
    repeat: bool


class Idempotency(Protocol):
    async def begin(
        self, scope: str, key: str, body_hash: str, message_id: MessageId, now: datetime, keep: timedelta
    ) -> FirstAnswer:
        """Inserts the key, or answers what stands there. `scope`: clinic, channel, operation. An entry older than its
        `keep` is replaced. Raises IdempotencyMismatch when the body differs."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A caller's key: only its hash is stored. `clinics` empty: every clinic (operators only)."""

    id: str
    name: str
    clinics: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None


class ApiKeys(Protocol):
    async def find(self, key_hash: str) -> ApiKey | None: ...

    async def add(self, key_hash: str, key: ApiKey) -> None: ...

    async def revoke(self, key_id: str, at: datetime) -> bool: ...

    async def all(self) -> Sequence[ApiKey]: ...
