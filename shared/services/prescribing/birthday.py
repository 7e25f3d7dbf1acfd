"""The question of the patient's page: day and month of birth. Who holds the wrong phone must not guess it.

Each answer is counted before it is looked at, so that answers sent at once count like answers one after the other: five
wrong ones lock the page for an hour and tell staff, fifteen close it. There are 366 days to guess from.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.prescription.life import Prescription
from shared.errors import TooManyRequests
from shared.services.work_items import WorkReason, phone_of, work_id
from shared.storage.contract import PatientPage, Patients, Prescriptions, WorkItem, WorkKind, Worklist

MOST_WRONG = 5
MOST_LOCKS = 3
LOCKED_FOR = timedelta(hours=1)
_TRIES = 8  # each lost try means that another answer was counted


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


def is_closed(page: PatientPage) -> bool:
    """For good: the patient gets another message, with another page."""
    return page.locks >= MOST_LOCKS


def is_locked(page: PatientPage, now: datetime) -> bool:
    return is_closed(page) or (page.locked_until is not None and now < page.locked_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBirthday:
    """Judges one answer."""

    prescriptions: Prescriptions
    patients: Patients
    worklist: Worklist
    pseudonyms: Pseudonyms

    async def __call__(self, page: PatientPage, one: Prescription, day: int, month: int, now: datetime) -> Verdict:
        """Raises TooManyRequests where so many answer at once that none can be counted."""
        counted = await self._counted(page, one, now)
        if counted is None:
            return Verdict.LOCKED
        expected = f"{one.birth_on:%d-%m}" if one.birth_on else ""
        if hmac.compare_digest(f"{day:02d}-{month:02d}".encode(), expected.encode()):
            await self.prescriptions.save_page(replace(counted, wrong=0))
            return Verdict.RIGHT
        if counted.wrong < MOST_WRONG:
            return Verdict.WRONG
        await self._lock(counted, one, now)
        return Verdict.LOCKED

    async def _counted(self, page: PatientPage, one: Prescription, now: datetime) -> PatientPage | None:
        """The page with this answer counted as wrong, for now; None: it is locked."""
        found: PatientPage | None = page
        for _ in range(_TRIES):
            if found is None or is_locked(found, now):
                return None
            if found.wrong >= MOST_WRONG:  # the answer that filled the count is about to lock it, or died before
                await self._lock(found, one, now)
                return None
            saved = await self.prescriptions.save_page(replace(found, wrong=found.wrong + 1))
            if saved is not None:
                return saved
            found = await self.prescriptions.page(page.key)
        raise TooManyRequests("Please try again in a moment.")

    async def _lock(self, page: PatientPage, one: Prescription, now: datetime) -> None:
        locked = replace(page, wrong=0, locks=page.locks + 1, locked_until=now + LOCKED_FOR)
        await self._tell(locked, one, now)  # first: a crash in between tells again, and the count stays full
        await self.prescriptions.save_page(locked)

    async def _tell(self, page: PatientPage, one: Prescription, now: datetime) -> None:
        """Once for each lock."""
        kind, why = WorkKind.NEEDS_A_PERSON, WorkReason.PAGE_CLOSED if is_closed(page) else WorkReason.PAGE_LOCKED
        item = WorkItem(
            id=work_id(self.pseudonyms, one.clinic_id, kind, "page", page.key, str(page.locks)),
            clinic_id=one.clinic_id,
            kind=kind,
            opened_at=now,
            act_by=now + LOCKED_FOR,
            reason=why,
            message_id=MessageId.parse(page.message_id),
            patient_key=one.patient_key,
            patient_name=one.patient_name,
            contact=await phone_of(self.patients, one.clinic_id, one.patient_key),
        )
        await self.worklist.open([item])
