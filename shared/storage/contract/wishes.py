"""What a clinic's patients want, as a whole: to be copied elsewhere, and taken back from there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.objection import Objection
from shared.storage.contract.people import ConsentMethod, Hold, OptIn


@dataclass(frozen=True, slots=True)
class StandingObjection:
    """One address of one channel, whose holder wants no messages, or wanted none until it was taken back."""

    channel: str
    address_key: str
    objection: Objection


@dataclass(frozen=True, slots=True)
class StandingHold:
    """One hold. `lifted_at`: None where it counts."""

    hold: Hold
    code: str
    at: datetime
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A `ConsentRecord` whose note and whoever wrote it stay sealed, bound to the record's own place."""

    patient_key: str
    channel: str
    opted_in: bool
    at: datetime
    method: ConsentMethod
    sealed: bytes


type PatientsWish = StandingObjection | StandingHold | SealedRecord | OptIn


class Wishes(Protocol):
    """Names nobody: patients and addresses by their keyed hashes."""

    def all(self, clinic_id: str) -> AsyncIterator[PatientsWish]:
        """Objections and holds first, then records, yeses last: whoever is taking them back and is stopped in between
        has what forbids before what allows."""
        ...

    def records(self, clinic_id: str) -> AsyncIterator[SealedRecord]:
        """Only what staff recorded."""
        ...

    async def restore(self, clinic_id: str, wish: PatientsWish, *, keep: bool = True) -> bool:
        """Takes one back. False: nothing had to change. What forbids is never weakened: an objection or hold that
        counts goes on counting, whatever the copy says; an objection that is newer than what stands there is put back.
        `keep` False: only says whether it would be. Raises Conflict where others change it all the time."""
        ...

    def opens(self, clinic_id: str, record: SealedRecord) -> bool:
        """Whether its note can be read with the keys that there are."""
        ...
