"""Clinics, their patients, and who may call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from shared.domain.identity import MessageId
from shared.domain.register import PatientRecord, Register


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


@dataclass(frozen=True, slots=True)
class AddressStanding:
    """What stands against an address on a channel. `unreachable`: the code of a mark that counts; empty: none."""

    opted_out: bool = False
    unreachable: str = ""


class Patients(Protocol):
    async def register(self, clinic_id: str) -> Register: ...

    async def record(self, clinic_id: str, patient_key: str, channel: str) -> PatientRecord:
        """What the register says of one patient on one channel; as much as sending to them needs."""
        ...

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

    async def standing(self, clinic_id: str, channel: str, address_key: str, now: datetime) -> AddressStanding:
        """Objection and marks, in one request."""
        ...

    async def mark_unreachable(
        self, clinic_id: str, channel: str, address_key: str, at: datetime, code: str, until: datetime | None = None
    ) -> None:
        """Messages do not reach this address, or may reach somebody else. `code`: of the provider, or of the doubt.
        `until`: see `shared.domain.register.mark_ends`; without it a person lifts it. The two kinds stand beside each
        other: neither replaces the other."""
        ...

    async def clear_unreachable(
        self, clinic_id: str, channel: str, address_key: str, *, by_person: bool = False
    ) -> None:
        """A message has arrived: what a provider said counts no more. `by_person`: nor what a person has looked into.
        No error if there is no mark."""
        ...

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
