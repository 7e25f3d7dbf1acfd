"""Look after one message whose due row says CHECK: what became of it, and what follows from that.

    no such message                  its row goes
    scheduled: fed, never claimed    fed again
    sending, lease running           looked at when the lease ends
    sending, lease over              event UNKNOWN, never a second send
    unknown                          unknown.py: asked again where repeats are told apart; then a person is told
    accepted, sent                   silence.py: the provider's own record; another channel where nothing arrives
    failed, dropped                  after_failure.py: marks, another channel, the worklist
    delivered, read, cancelled       what was told of it is settled, its row goes

The row goes last, when everything that follows stands in storage: so a crash in between repeats it.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.message import Event, EventName, State, Status, fold
from shared.errors import ConfigurationError, NotFound, Unsealable
from shared.services.aftercare.after_failure import AfterFailure
from shared.services.aftercare.silence import Silence
from shared.services.aftercare.tell import Tell
from shared.services.aftercare.unknown import ResolveUnknown
from shared.services.clinics import ClinicBook
from shared.services.jobs import CheckJob
from shared.services.record import Recorder
from shared.services.work_items import WorkReason
from shared.storage.contract import Due, DueAction, DueRow, MessageLog, Messages

LOOK_AGAIN = timedelta(hours=1)  # at first; then when as much time again has passed
RECEIPTS_COME_FOR = timedelta(days=7)  # Meta retries webhooks for up to 7 days (Cloud API, Webhooks)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAfter:
    """One job of the check queue. Repeatable."""

    due: Due
    messages: Messages
    clinics: ClinicBook
    recorder: Recorder
    tell: Tell
    unknown: ResolveUnknown
    silence: Silence
    after_failure: AfterFailure
    clock: Clock

    async def __call__(self, job: CheckJob) -> None:
        now = self.clock.now()
        try:
            whole = await self.messages.whole(job.message_id)
            following = None if whole is None else await self._following(job.due, whole, now)
        except (Unsealable, NotFound, ConfigurationError) as error:
            log.error("due_row_stuck clinic=%s code=%s", job.message_id.clinic_id, error.code)
            following = replace(job.due, at=now + LOOK_AGAIN, action=DueAction.CHECK)
        if following is None:
            await self.due.delete(job.message_id, job.due.key)
        else:
            await self.due.move([(job.due, following)])

    async def _following(self, row: DueRow, whole: MessageLog, now: datetime) -> DueRow | None:
        """The due row that takes this one's place; None: nothing more is to be done."""
        clinic = await self.clinics.get(row.message_id.clinic_id)
        status = fold(whole.events, whole.message.scheduled_for)
        if status.state is State.SCHEDULED:
            return self.fed_again(row, whole, status, now)
        if status.state is State.SENDING and (running := _lease(status, now)):
            return replace(row, at=running, action=DueAction.CHECK)
        if status.state is State.SENDING:
            whole, status = await self._lost(whole, status, now)
        at = await self._next_look(clinic, whole, status, now, row.key)
        return None if at is None else replace(row, at=at, action=DueAction.CHECK)

    def fed_again(self, row: DueRow, whole: MessageLog, status: Status, now: datetime) -> DueRow:
        """It was fed and never claimed."""
        again = DueRow.of(whole.message, now, DueAction.SEND, status.attempt + 1)
        return replace(again, counted_at=row.counted_at)

    async def _next_look(
        self, clinic: Clinic, whole: MessageLog, status: Status, now: datetime, due_key: str
    ) -> datetime | None:
        if status.answer:  # whoever answers it has it
            await self.tell.settled(whole, status, now)
            return None
        match status.state:
            case State.UNKNOWN:
                asked = await self.unknown(clinic, whole, status, now, due_key)
            case State.ACCEPTED | State.SENT:
                asked = await self.silence(clinic, whole, status, now, due_key)
            case State.FAILED | State.DROPPED:
                asked = await self.after_failure(clinic, whole, status, now)
                if asked is None:
                    await self.tell.settled(whole, status, now)
                return asked
            case _:
                await self.tell.settled(whole, status, now)
                return None
        if now > whole.message.expires_at + RECEIPTS_COME_FOR:
            return None
        return asked or now + max(LOOK_AGAIN, now - status.at)

    async def _lost(self, whole: MessageLog, status: Status, now: datetime) -> tuple[MessageLog, Status]:
        lost = Event(whole.message.id, EventName.UNKNOWN, now, status.attempt, WorkReason.WORKER_LOST)
        await self.recorder.record(whole.message, lost)
        events = (*whole.events, lost)
        return MessageLog(whole.message, events), fold(events, whole.message.scheduled_for)


def _lease(status: Status, now: datetime) -> datetime | None:
    """Until when a claim's lease runs; None: it is over."""
    return status.lease_until if status.lease_until is not None and status.lease_until > now else None
