"""Clinics, their patients, and who may call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.domain.clinic import AddressKind
from shared.domain.identity import MessageId
from shared.domain.name_words import name_words
from shared.domain.number_forms import number_forms
from shared.domain.permission import EVERYTHING, Permission
from shared.domain.register import PatientRecord, Register
from shared.domain.reply import WhyAPerson
from shared.storage.contract.page import Page


@dataclass(frozen=True, slots=True)
class OptIn:
    """A patient's yes to one channel (WhatsApp policy asks for time and method)."""

    patient_key: str
    channel: str
    at: datetime
    method: str  # "clinic file", "form", "qr"


class TermKind(StrEnum):
    """By what a patient is found."""

    WORD = "word"  # of a name: see `shared.domain.name_words`
    NUMBER = "number"  # a telephone, E.164


@dataclass(frozen=True, slots=True)
class Term:
    """One word or number. Holds patient data: never log one."""

    kind: TermKind
    text: str


@dataclass(frozen=True, slots=True)
class ContactRow:
    """What a source told us of a patient's contact; replaced when its fingerprint changes. Sealed: names, addresses.

    `names`: every form of the name that the record has. `numbers`: its telephone numbers as they are written there, for
    somebody who phones: a landline is among them, to which no message goes. `replaces`: another one of this patient
    stands there; not kept.
    """

    patient_key: str
    patient_id: str
    name: str
    addresses: Mapping[str, str]  # AddressKind value -> address in send form
    language: str
    fingerprint: str
    birth_on: date | None = None
    names: str = ""
    numbers: str = ""
    replaces: bool = field(default=False, compare=False)
    stops: Mapping[str, str] = field(default_factory=dict)
    """SkipReasons against writing to them: under "" whatever the channel, under an AddressKind to that address"""

    def terms(self) -> tuple[Term, ...]:
        """By what this patient is found."""
        words = name_words(f"{self.name} {self.names}")
        numbers = number_forms(self.phone) if self.phone else ()
        return (*(Term(TermKind.WORD, w) for w in words), *(Term(TermKind.NUMBER, n) for n in numbers))

    @property
    def phone(self) -> str:
        """The number that messages go to."""
        return self.addresses.get(AddressKind.PHONE, "")

    @property
    def to_phone(self) -> str:
        """What somebody who phones dials."""
        return self.phone or self.numbers


@dataclass(frozen=True, slots=True)
class AddressStanding:
    """What stands against an address on a channel. `unreachable`: the code of a provider's mark that counts; empty:
    none. `held`: why a person must look first, a code for each hold that counts. And for it, `wrote_at`: when whoever
    has the address last wrote to us; None: never."""

    opted_out: bool = False
    unreachable: str = ""
    held: frozenset[str] = frozenset()
    wrote_at: datetime | None = None

    @property
    def may_be_reached(self) -> bool:
        """Whether nothing at all stands against it."""
        return not (self.opted_out or self.unreachable or self.held)

    @property
    def paused(self) -> bool:
        """Whether they seem to want no more messages, and nobody has looked yet: then not even a caller's own go."""
        return WhyAPerson.STOP_REVIEW in self.held


@dataclass(frozen=True, slots=True)
class Hold:
    """An address to which nothing goes until a person has looked. `cause`: 26 characters of what raised it, so that
    several stand beside each other and each is lifted on its own."""

    clinic_id: str
    channel: str
    address_key: str
    cause: str


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
        """An objection, kept as keyed hash only, for ever. One from before it was last taken back changes nothing, nor
        does one from before another."""
        ...

    async def lift_opt_out(self, clinic_id: str, channel: str, address_key: str, at: datetime) -> None:
        """A person has recorded that whoever objected wants messages again: the objection counted until then. No error
        without one."""
        ...

    async def withdraw_opt_in(self, clinic_id: str, patient_key: str, channel: str) -> None:
        """No error without one."""
        ...

    async def standing(self, clinic_id: str, channel: str, address_key: str, now: datetime) -> AddressStanding:
        """Objection and marks, in one request."""
        ...

    async def mark_unreachable(
        self, clinic_id: str, channel: str, address_key: str, at: datetime, code: str, until: datetime
    ) -> None:
        """Messages do not reach this address, says the provider with its `code`; it counts `until` then."""
        ...

    async def wrote(self, clinic_id: str, channel: str, address_key: str, at: datetime) -> None:
        """Whoever has this address wrote to us; of several instants the latest stays."""
        ...

    async def clear_unreachable(self, clinic_id: str, channel: str, address_key: str, at: datetime) -> None:
        """Who has this address has written to us: what a provider said until then counts no more. No error without a
        mark."""
        ...

    async def hold(self, hold: Hold, at: datetime, code: str) -> None:
        """Messages to this address may reach somebody else, or somebody who wants none. `code`: of the doubt. Once for
        ever: a repeat changes nothing, also of a hold that was lifted."""
        ...

    async def lift(self, hold: Hold, at: datetime) -> None:
        """A person has looked. Other holds of the address still count."""
        ...

    async def contact(self, clinic_id: str, patient_key: str) -> ContactRow | None: ...


class ConsentMethod(StrEnum):
    """How a patient told us their wish."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    FORM = "form"
    LETTER = "letter"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """A patient's wish about one channel, as a person recorded it. Sealed: by (who recorded it), note."""

    patient_key: str
    channel: str
    opted_in: bool
    at: datetime
    method: ConsentMethod
    by: str
    note: str = ""


class Consents(Protocol):
    async def add(self, clinic_id: str, record: ConsentRecord) -> None:
        """A line that is never changed. The same one again is one."""
        ...

    async def latest(self, clinic_id: str, patient_key: str, top: int) -> Sequence[ConsentRecord]:
        """Newest first."""
        ...


class PatientIndex(Protocol):
    """Finds patients of a clinic without a table that anybody could read names in."""

    async def find(self, clinic_id: str, terms: Sequence[Term], top: int, cursor: str) -> Page[str] | None:
        """Keys of patients who have all the terms, or did before; None: too many to list. A term that very many have
        counts only where it is the only one: the caller compares. Raises InvalidCursor."""
        ...


class Clinics(Protocol):
    """Validated clinic documents (JSON text), and the secrets of their own provider accounts (sealed)."""

    async def put(self, clinic_id: str, document: str, at: datetime) -> None: ...

    async def read(self, clinic_id: str) -> str | None: ...

    async def all(self) -> Mapping[str, str]: ...

    async def put_account(self, channel: str, account: str, secrets: Mapping[str, str], at: datetime) -> None: ...

    async def account(self, channel: str, account: str) -> Mapping[str, str] | None: ...

    async def accounts(self) -> Sequence[tuple[str, str]]:
        """Channel and name of every account of which secrets are kept."""
        ...

    async def remove_account(self, channel: str, account: str) -> None:
        """Its secrets are gone for good. No error without any."""
        ...


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What the first request under an idempotency key came to. `repeat`: this request is not the first."""

    message_id: MessageId
    repeat: bool


class Idempotency(Protocol):
    async def find(self, scope: str, key: str, body_hash: str, now: datetime) -> MessageId | None:
        """What stands under the key; writes nothing. Raises IdempotencyMismatch when the body differs."""
        ...

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
    permissions: frozenset[Permission] = EVERYTHING


class ApiKeys(Protocol):
    async def add(self, key_hash: str, key: ApiKey) -> None:
        """Raises RowExists where this hash is there already."""
        ...

    async def revoke(self, key_id: str, at: datetime) -> bool:
        """False: there is no such key. A key that is revoked already keeps its first instant."""
        ...

    async def all(self) -> Mapping[str, ApiKey]:
        """Every key by its hash, revoked ones too."""
        ...
