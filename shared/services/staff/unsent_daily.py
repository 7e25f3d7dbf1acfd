"""Every afternoon, in time to phone: how many of tomorrow's appointments have had no reminder, as one item a clinic."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.errors import PatientMessagingError
from shared.services.clinics import ClinicBook
from shared.services.staff.unsent import Unsent, UnsentOf
from shared.services.work_items import SYSTEM, Resolution, work_id
from shared.storage.contract import WorkItem, WorkKind, Worklist

_DAYS = 100  # items of past days that are looked at together

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUnsent:
    """Behind a timer. From a clinic's hour on, until there is an item for its next day: while the list is empty it is
    looked at again, since a message may still fail."""

    unsent: UnsentOf
    worklist: Worklist
    clinics: ClinicBook
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(self) -> None:
        """One clinic whose list cannot be made does not keep the others from theirs."""
        for clinic in (await self.clinics.all()).values():
            try:
                await self._of_clinic(clinic)
            except PatientMessagingError as error:
                log.error("unsent_list_failed clinic=%s code=%s", clinic.id, error.code)

    async def _of_clinic(self, clinic: Clinic) -> None:
        local = clinic.local(self.clock.now())
        if local.time() < clinic.unsent_at:
            return
        day = local.date() + timedelta(days=1)
        item_id = work_id(self.pseudonyms, clinic.id, WorkKind.UNSENT_LIST, day.isoformat())
        if await self.worklist.read(clinic.id, item_id) is not None:
            return
        found = await self.unsent.day(clinic, day)
        log.info("unsent_list clinic=%s count=%d", clinic.id, len(found))
        if found:
            await self._end_of_past_days(clinic)
            await self.worklist.open([self._item(clinic, item_id, found)])

    def _item(self, clinic: Clinic, item_id: str, found: Sequence[Unsent]) -> WorkItem:
        now = self.clock.now()
        starts = [one.decision.starts_at for one in found if one.decision.starts_at is not None]
        return WorkItem(
            id=item_id,
            clinic_id=clinic.id,
            kind=WorkKind.UNSENT_LIST,
            opened_at=now,
            act_by=min(starts, default=now),
            reason=str(len(found)),
            starts_at=min(starts, default=None),
        )

    async def _end_of_past_days(self, clinic: Clinic) -> None:
        """Items of days that are over: nobody can act on them any more."""
        now, kinds = self.clock.now(), frozenset({WorkKind.UNSENT_LIST})
        for item in (await self.worklist.open_items(clinic.id, kinds, _DAYS, "")).items:
            if clinic.local_day(item.act_by) < clinic.local_day(now):
                await self.worklist.resolve(clinic.id, item.id, Resolution.PAST, SYSTEM, now)
