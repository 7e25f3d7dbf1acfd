"""How many unknown outcomes wait for a person, told of each clinic that has some; and whether somebody must look now.

Staff see each of them on their worklist. This is for whoever runs the app: it tells when a list is not being worked.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.errors import PatientMessagingError
from shared.services.clinics import ClinicBook
from shared.storage.contract import WorkItem, WorkKind, Worklist

AN_HOUR = timedelta(hours=1)  # so long the clinic's own staff have
A_DAY = timedelta(days=1)  # before the appointment there is time to phone; long after it nobody can phone in time
MOST = 200  # of one clinic: more is trouble whatever their times
_KINDS = frozenset({WorkKind.UNKNOWN_OUTCOME})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellUnknownWaiting:
    """Behind a timer. Reads one page of one kind of each clinic's open lines."""

    worklist: Worklist
    clinics: ClinicBook
    clock: Clock

    async def __call__(self) -> None:
        """One clinic whose list cannot be read does not keep the others from theirs."""
        for clinic in (await self.clinics.all()).values():
            try:
                await self._of_clinic(clinic)
            except PatientMessagingError as error:
                log.error("unknown_not_counted clinic=%s code=%s", clinic.id, error.code)

    async def _of_clinic(self, clinic: Clinic) -> None:
        now = self.clock.now()
        items = (await self.worklist.open_items(clinic.id, _KINDS, MOST, "")).items
        if not items:
            return
        level, state = (logging.WARNING, "pressing") if pressing(items, now) else (logging.INFO, "open")
        oldest = max(now - item.opened_at for item in items)
        log.log(
            level,
            "unknown_waiting state=%s clinic=%s count=%d delay_s=%d",
            state,
            clinic.id,
            len(items),
            oldest.total_seconds(),
        )


def pressing(items: Sequence[WorkItem], now: datetime) -> bool:
    """Whether one has waited for an hour while its appointment is near, or there are more than are read."""
    near = (item for item in items if abs(item.act_by - now) <= A_DAY)
    return len(items) >= MOST or any(now - item.opened_at >= AN_HOUR for item in near)
