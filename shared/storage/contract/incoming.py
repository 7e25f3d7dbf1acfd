"""What providers send us, as it came and as it was understood."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.inbound import ContactEvent, InboundMessage


@dataclass(frozen=True, slots=True)
class StoredCallback:
    """A callback as it came. Holds patient data; stored sealed, as one blob."""

    channel: str
    account: str
    received_at: datetime
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class KeptCallback:
    """What the reference of a stored callback tells. No patient data. `received_at`: to the second; `account`: as far
    as a name can hold it."""

    reference: str
    received_at: datetime
    channel: str
    account: str


class Callbacks(Protocol):
    async def store(self, callback: StoredCallback) -> str:
        """Durable when this returns. The answer is an opaque reference without patient data, fit for a queue."""
        ...

    async def read(self, reference: str) -> StoredCallback | None: ...

    def between(self, first: datetime, until: datetime, *, newest_first: bool = False) -> AsyncIterator[KeptCallback]:
        """Those that came from `first` to before `until`, in order. Opens none of them."""
        ...


class Inbound(Protocol):
    async def add(self, clinic_id: str, item: InboundMessage | ContactEvent, received_at: datetime) -> bool:
        """Keeps what a patient wrote or did, sealed, once per provider event id. False: it was there already."""
        ...

    def reference(self, clinic_id: str, item: InboundMessage | ContactEvent) -> str:
        """Where it stands, or will. No patient data."""
        ...

    async def read(self, reference: str) -> InboundMessage | ContactEvent | None: ...
