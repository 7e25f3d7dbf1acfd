"""Release: what is due goes to the queue as references; what was fed and stayed silent is looked after.

    due row          when it comes up             becomes
    SEND             its time has come            CHECK in two minutes, and a job on the queue
    CHECK            no such message, or final    deleted
                     never claimed                CHECK in two minutes, and the job again
                     claimed, lease running       CHECK when the lease ends
                     claimed, lease over          event UNKNOWN (never a second send), CHECK later
                     accepted, sent, unknown      CHECK later, ever more seldom, until a week after expiry: then deleted
                     cannot be read               CHECK later: one bad message must not stop the others

The move comes before the job, so a crash in between repeats the job two minutes later; the claim makes that harmless.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.message import Event, EventName, State, Status, fold
from shared.errors import ConfigurationError, NotFound, Unsealable
from shared.services.abreast import abreast
from shared.services.jobs import SendJob
from shared.services.record import Recorder
from shared.storage.contract import Due, DueAction, DueRow, MessageLog, Messages

FEED_AGAIN = timedelta(minutes=2)  # a claim's lease is as long: see send.py
LOOK_AGAIN = timedelta(hours=1)  # at first; then when as much time again has passed
RECEIPTS_COME_FOR = timedelta(days=7)  # Meta retries webhooks for up to 7 days (Cloud API, Webhooks)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Next:
    """What a due row becomes: moved (None: deleted), and perhaps fed to the queue."""

    row: DueRow | None
    feed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDue:
    """One sweep over everything whose time has come."""

    due: Due
    messages: Messages
    recorder: Recorder
    clock: Clock
    limit: int = 2000

    async def __call__(self) -> Sequence[SendJob]:
        """The jobs to put on the queue, most urgent first."""
        now = self.clock.now()
        rows = sorted(await self.due.take(now, self.limit), key=lambda row: (row.priority, row.at, row.key))

        async def next_of(row: DueRow) -> _Next:
            return await self._next(row, now)

        steps = list(zip(rows, await abreast(next_of, rows), strict=True))
        await self.due.move([(row, step.row) for row, step in steps if step.row is not None])
        done = [row for row, step in steps if step.row is None]
        await abreast(lambda row: self.due.delete(row.message_id, row.key), done)
        return [SendJob(step.row) for _, step in steps if step.feed and step.row is not None]

    async def _next(self, row: DueRow, now: datetime) -> _Next:
        if row.action is DueAction.SEND:
            return _Next(replace(row, at=now + FEED_AGAIN, action=DueAction.CHECK), feed=True)
        try:
            whole = await self.messages.whole(row.message_id)
            return _Next(None) if whole is None else await self._look_after(row, whole, now)
        except (Unsealable, NotFound, ConfigurationError) as error:
            log.error("due_row_stuck clinic=%s code=%s", row.message_id.clinic_id, error.code)
            return _Next(replace(row, at=now + LOOK_AGAIN))

    async def _look_after(self, row: DueRow, whole: MessageLog, now: datetime) -> _Next:
        status = fold(whole.events, whole.message.scheduled_for)
        if status.final or now > whole.message.expires_at + RECEIPTS_COME_FOR:
            return _Next(None)
        if status.state is State.SCHEDULED:
            return _Next(replace(row, at=now + FEED_AGAIN, attempt=status.attempt + 1), feed=True)
        if status.state is State.SENDING:
            return await self._after_claim(row, whole, status, now)
        return _Next(replace(row, at=now + max(LOOK_AGAIN, now - status.at)))

    async def _after_claim(self, row: DueRow, whole: MessageLog, status: Status, now: datetime) -> _Next:
        if status.lease_until is not None and status.lease_until > now:
            return _Next(replace(row, at=status.lease_until))
        lost = Event(row.message_id, EventName.UNKNOWN, now, status.attempt, "worker_lost")
        await self.recorder.record(whole.message, lost)
        return _Next(replace(row, at=now + LOOK_AGAIN))
