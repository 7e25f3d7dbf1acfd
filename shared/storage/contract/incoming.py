"""What providers send us, as it came and as it was understood."""

from collections.abc import Mapping
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


class Callbacks(Protocol):
    async def store(self, callback: StoredCallback) -> str:
        """Durable when this returns. The answer is an opaque reference without patient data, fit for a queue."""
        ...

    async def read(self, reference: str) -> StoredCallback | None: ...


class Inbound(Protocol):
    async def add(self, clinic_id: str, item: InboundMessage | ContactEvent, received_at: datetime) -> bool:
        """Keeps what a patient wrote or did, sealed, once per provider event id. False: it was there already."""
        ...

    def reference(self, clinic_id: str, item: InboundMessage | ContactEvent) -> str:
        """Where it stands, or will. No patient data."""
        ...

    async def read(self, reference: str) -> InboundMessage | ContactEvent | None: ...
