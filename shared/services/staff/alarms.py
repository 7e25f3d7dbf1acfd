"""An alarm when many messages of a clinic fail at once: a template that was paused, an account in trouble, a bad list.

Failures are noted one by one as they happen, and they are few. What was handed over is not counted as it happens: every
claim has written a line in the log by day already. So a look costs one read where nothing failed; where something did,
lines are read only until they suffice to say that the share is small, at most five for each failure.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.domain.message import State
from shared.errors import PatientMessagingError
from shared.services.clinics import ClinicBook
from shared.services.work_items import work_id
from shared.storage.contract import FailureNotes, Log, WorkItem, WorkKind, Worklist

SPAN = timedelta(minutes=60)
FEWEST = 5  # failures below which a share says nothing
SHARE = 0.20  # of what was handed over: more is an alarm
_LINES = 1_000
_MOST_PAGES = 50  # of lines: 50,000 claims in an hour, with failures among them in the thousands

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFailures:
    """Behind a timer."""

    failures: FailureNotes
    daylog: Log
    worklist: Worklist
    clinics: ClinicBook
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(self) -> None:
        """Looks at every clinic; one that cannot be looked at does not keep the others from it."""
        for clinic in (await self.clinics.all()).values():
            try:
                await self._look_at(clinic)
            except PatientMessagingError as error:
                log.error("failures_not_counted clinic=%s code=%s", clinic.id, error.code)

    async def _look_at(self, clinic: Clinic) -> None:
        now = self.clock.now()
        found = await self.failures.since(clinic.id, now - SPAN, now)
        by_channel: dict[str, set[str]] = {}
        for failure in found:
            by_channel.setdefault(failure.lane.partition(":")[0], set()).add(failure.message_digest)
        for channel, failed in by_channel.items():
            if len(failed) >= FEWEST:
                await self._weigh(clinic, channel, failed, now)

    async def _weigh(self, clinic: Clinic, channel: str, failed: Collection[str], now: datetime) -> None:
        count = await self._handed(clinic, channel, failed, now)
        if len(failed) <= count * SHARE:
            return
        log.error("failures_high clinic=%s channel=%s failed=%d count=%d", clinic.id, channel, len(failed), count)
        hour = now.replace(minute=0, second=0, microsecond=0)
        item = WorkItem(
            id=work_id(self.pseudonyms, clinic.id, WorkKind.FAILURES_HIGH, channel, str(int(hour.timestamp()))),
            clinic_id=clinic.id,
            kind=WorkKind.FAILURES_HIGH,
            opened_at=now,
            act_by=now,
            reason=f"{len(failed)}/{count}",
            channel=channel,
        )
        await self.worklist.open([item])

    async def _handed(self, clinic: Clinic, channel: str, failed: Collection[str], now: datetime) -> int:
        """How many messages were handed to the provider in the span, those that failed among them; no more than
        suffices for a small share."""
        handed, enough = set(failed), len(failed) / SHARE
        first, last = clinic.local_day(now - SPAN), clinic.local_day(now)
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = await self.daylog.page(clinic.id, first, last, _LINES, cursor)
            for line in page.items:
                if line.at <= now - SPAN:
                    return len(handed)  # newest first: the rest is older
                if line.state is State.SENDING and line.channel == channel:
                    handed.add(line.message_id.digest)
            if len(handed) >= enough or not (cursor := page.next_cursor):
                break
        return len(handed)
