"""Prescription references, their life, and the patient's pages that show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.prescription.life import Prescription, PrescriptionEvent
from shared.storage.contract.page import Page


@dataclass(frozen=True, slots=True)
class PrescriptionLog:
    """A prescription and all that happened to it."""

    prescription: Prescription
    events: tuple[PrescriptionEvent, ...]


@dataclass(frozen=True, slots=True)
class PatientPage:
    """Where a page's token leads, and how often its question was answered wrongly. `key`: keyed digest of the token,
    which itself is stored nowhere but sealed in its message. `message_id`: of the message that carries it."""

    key: str
    clinic_id: str
    prescription_id: str
    message_id: str
    until: datetime
    wrong: int = 0  # answers since the last lock
    locks: int = 0
    locked_until: datetime | None = None
    etag: str = ""


class Prescriptions(Protocol):
    async def put(self, prescription: Prescription) -> None:
        """Facts, and the line by which lists find them. Repeatable."""
        ...

    async def whole(self, clinic_id: str, prescription_id: str) -> PrescriptionLog | None:
        """Facts and events, in one request."""
        ...

    async def append(self, clinic_id: str, prescription_id: str, event: PrescriptionEvent) -> bool:
        """One insert under a key that the event determines: sent, viewed, revoked once, resent once per message. False:
        it was there already."""
        ...

    async def newest(self, clinic_id: str, top: int, cursor: str) -> Page[PrescriptionLog]:
        """Newest first. Raises InvalidCursor."""
        ...

    async def open_page(self, page: PatientPage) -> None: ...

    async def page(self, key: str) -> PatientPage | None: ...

    async def save_page(self, page: PatientPage) -> PatientPage | None:
        """Counts and lock, and its new version. None: somebody else saved it meanwhile; then nothing is changed."""
        ...
