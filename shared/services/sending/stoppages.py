"""Where sending has stopped, the staff of every clinic concerned are told, once for each stop; and when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.domain.outcome import ErrorClass
from shared.domain.pace import lane_parts
from shared.services.clinics import ClinicBook
from shared.services.work_items import SYSTEM, Resolution, work_id
from shared.storage.contract import WorkItem, WorkKind, Worklist


class StopReason(StrEnum):
    """Why nothing is sent. The words that staff read stand in `shared/wording/reasons.json`."""

    AUTH = ErrorClass.AUTH.value
    ACCOUNT = ErrorClass.ACCOUNT.value
    QUOTA = ErrorClass.QUOTA.value
    TEMPLATE = ErrorClass.TEMPLATE.value
    DAILY_LIMIT = "daily_limit"
    PAUSED = "paused"  # by a person: see pauses.py


@dataclass(frozen=True, slots=True)
class Stoppage:
    """A lane, or one template of it, or (with `clinic_id`, on no lane) all of a clinic, that sends nothing since an
    instant, and why. `note`: a person's, for staff."""

    lane: str
    reason: StopReason
    since: datetime
    template: str = ""
    clinic_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppages:
    """One worklist item for each clinic that uses the account. Repeatable."""

    worklist: Worklist
    clinics: ClinicBook
    pseudonyms: Pseudonyms

    async def tell(self, stoppage: Stoppage) -> None:
        channel, _ = lane_parts(stoppage.lane)
        items = [
            WorkItem(
                id=self._id(clinic, stoppage),
                clinic_id=clinic.id,
                kind=WorkKind.SENDING_STOPPED,
                opened_at=stoppage.since,
                act_by=stoppage.since,
                reason=stoppage.reason,
                channel=channel,
                note=stoppage.note,
            )
            for clinic in await self._concerned(stoppage)
        ]
        await self.worklist.open(items)

    async def over(self, stoppage: Stoppage, at: datetime, by: str = SYSTEM) -> None:
        """It sends again: the items are resolved, unless somebody did so before."""
        for clinic in await self._concerned(stoppage):
            await self.worklist.resolve(clinic.id, self._id(clinic, stoppage), Resolution.SENDS_AGAIN, by, at)

    async def _concerned(self, stoppage: Stoppage) -> Sequence[Clinic]:
        if stoppage.clinic_id:
            return [await self.clinics.get(stoppage.clinic_id)]
        return await self.clinics.of_account(*lane_parts(stoppage.lane))

    def _id(self, clinic: Clinic, stoppage: Stoppage) -> str:
        s = stoppage
        about = (s.lane, s.template, s.reason, str(s.since.timestamp()))
        return work_id(self.pseudonyms, clinic.id, WorkKind.SENDING_STOPPED, *about)
