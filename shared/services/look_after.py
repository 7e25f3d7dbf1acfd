"""Look after one message that was fed or sent: what became of it decides what is next.

no such message, or final    due row deleted
never claimed                SEND now, so that release feeds it again
claimed, lease running       CHECK when the lease ends
claimed, lease over          event UNKNOWN (never a second send), CHECK later
accepted, sent, unknown      CHECK later, ever more seldom, until a week after expiry: then deleted
cannot be read               CHECK later: somebody must act first
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.message import Event, EventName, State, Status, fold
from shared.errors import ConfigurationError, NotFound, Unsealable
from shared.services.jobs import CheckJob
from shared.services.record import Recorder
from shared.storage.contract import Due, DueAction, DueRow, MessageLog, Messages

LOOK_AGAIN = timedelta(hours=1)  # at first; then when as much time again has passed
RECEIPTS_COME_FOR = timedelta(days=7)  # Meta retries webhooks for up to 7 days (Cloud API, Webhooks)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAfter:
    """One job of the check queue."""

    due: Due
    messages: Messages
    recorder: Recorder
    clock: Clock

    async def __call__(self, job: CheckJob) -> None:
        now = self.clock.now()
        try:
            whole = await self.messages.whole(job.message_id)
            following = None if whole is None else await self._look_after(job.due, whole, now)
        except (Unsealable, NotFound, ConfigurationError) as error:
            log.error("due_row_stuck clinic=%s code=%s", job.message_id.clinic_id, error.code)
            following = replace(job.due, at=now + LOOK_AGAIN)
        if following is None:
            await self.due.delete(job.message_id, job.due.key)
        else:
            await self.due.move([(job.due, following)])

    async def _look_after(self, row: DueRow, whole: MessageLog, now: datetime) -> DueRow | None:
        """What its due row becomes; None: nothing more is to be done."""
        status = fold(whole.events, whole.message.scheduled_for)
        if status.final or now > whole.message.expires_at + RECEIPTS_COME_FOR:
            return None
        if status.state is State.SCHEDULED:
            again = DueRow.of(whole.message, now, DueAction.SEND, status.attempt + 1)
            return replace(again, counted_at=row.counted_at)
        if status.state is State.SENDING:
            return await self._after_claim(row, whole, status, now)
        return replace(row, at=now + max(LOOK_AGAIN, now - status.at))

    async def _after_claim(self, row: DueRow, whole: MessageLog, status: Status, now: datetime) -> DueRow:
        if status.lease_until is not None and status.lease_until > now:
            return replace(row, at=status.lease_until)
        lost = Event(row.message_id, EventName.UNKNOWN, now, status.attempt, "worker_lost")
        await self.recorder.record(whole.message, lost)
        return replace(row, at=now + LOOK_AGAIN)
