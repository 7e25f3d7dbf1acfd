"""Send one message: look, re-check, claim, call, record.

    queue ─ job ─▶ facts and events (one read) ─▶ may it still go? ──no──▶ DROPPED with the reason (competes)
                                                        │ yes
                                                        ▼
                              CLAIMED: one insert; who loses it stops quietly
                                                        ▼
                              the provider ─▶ Accepted │ Rejected │ Throttled │ Unknown ─▶ event, due row

A crash between claim and record leaves a claim without outcome: the sweeper (release.py) calls it unknown when the
lease of two minutes is over. Nothing here sends a second time. Where it is proven that the provider did not take it,
and it may later, it is tried again, ever more seldom, until it expires: an outage of hours is no failure (promise 10).
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zlib import crc32

from shared.channels.contract import Channel, Outbound
from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.local_time import next_allowed
from shared.domain.message import Event, EventName, Kind, Message, State, fold
from shared.domain.outcome import Accepted, Rejected, SendOutcome, Throttled, Unknown
from shared.services.clinics import ClinicBook
from shared.services.jobs import SendJob
from shared.services.ports import NewId, OpenChannel
from shared.services.receipts import Receipts
from shared.services.record import Recorder
from shared.services.reference import write_reference
from shared.storage.contract import Due, DueAction, Joined, Messages, ProviderIds

LEASE = timedelta(minutes=2)
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=10)
DOUBLINGS = 8  # from FIRST_RETRY to beyond LONGEST_RETRY

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """One job of the send queue."""

    messages: Messages
    due: Due
    provider_ids: ProviderIds
    recorder: Recorder
    receipts: Receipts
    clinics: ClinicBook
    open_channel: OpenChannel
    clock: Clock
    new_id: NewId

    async def __call__(self, job: SendJob) -> None:
        whole = await self.messages.whole(job.message_id)
        if whole is None:
            return  # planning writes the due row first: the sweeper comes again, or finds that nothing followed
        status = fold(whole.events, whole.message.scheduled_for)
        if status.state is not State.SCHEDULED or status.attempt >= job.attempt:
            return  # a redelivery: somebody has it, or it is done
        message, now = whole.message, self.clock.now()
        clinic = await self.clinics.get(job.message_id.clinic_id)
        if reason := _no_longer(message, now):
            await self._drop(job, message, reason, now)
        elif hold := _held_until(message, clinic, now):
            await self.due.move([(job.due, replace(job.due, at=hold, action=DueAction.SEND))])
        else:
            await self._send(job, message, now)

    async def _drop(self, job: SendJob, message: Message, reason: str, now: datetime) -> None:
        dropped = Event(message.id, EventName.DROPPED, now, job.attempt, reason)
        if await self.recorder.record(message, dropped):  # else another delivery has it, and needs the due row
            await self.due.delete(message.id, job.due.key)

    async def _send(self, job: SendJob, message: Message, now: datetime) -> None:
        channel = await self.open_channel(message.channel, message.account)
        claim = Event(message.id, EventName.CLAIMED, now, job.attempt, owner=self.new_id(), lease_until=now + LEASE)
        if not await self.recorder.record(message, claim):
            return
        joined = Joined(message.id, job.due.key)
        outcome = await channel.send(
            Outbound(message.to, message.content, write_reference(joined), message.id.digest, message.expires_at)
        )
        await self._record(job, message, channel, outcome)

    async def _record(self, job: SendJob, message: Message, channel: Channel, outcome: SendOutcome) -> None:
        now = self.clock.now()
        log.info("send outcome=%s channel=%s attempt=%d", type(outcome).__name__, message.channel, job.attempt)
        match outcome:
            case Accepted(provider_id=provider_id, held=held):
                if not channel.echoes_reference:  # first, so that a crash in between leaves receipts a way
                    await self._join(channel, provider_id, Joined(message.id, job.due.key))
                event = Event(message.id, EventName.ACCEPTED, now, job.attempt, held, provider_id)
                await self.recorder.record(message, event)
            case Unknown(why=why):
                await self.recorder.record(message, Event(message.id, EventName.UNKNOWN, now, job.attempt, why))
            case Rejected(retryable=True) | Throttled():
                await self._again(job, message, outcome, now)
            case Rejected(code=code, error_class=error_class):
                failed = Event(message.id, EventName.FAILED, now, job.attempt, code, error_class=error_class)
                await self.recorder.record(message, failed)
                await self.due.delete(message.id, job.due.key)

    async def _join(self, channel: Channel, provider_id: str, joined: Joined) -> None:
        for receipt in await self.provider_ids.join(channel.name, channel.account, provider_id, joined):
            await self.receipts.apply(joined, receipt)

    async def _again(self, job: SendJob, message: Message, outcome: Rejected | Throttled, now: datetime) -> None:
        refused = Event(message.id, EventName.REJECTED, now, job.attempt, outcome.code, error_class=outcome.error_class)
        await self.recorder.record(message, refused)
        # not after its expiry: then it is dropped, with that reason
        at = max(now, min(now + _delay(message, job.attempt, outcome.retry_after_s), message.expires_at))
        following = replace(job.due, at=at, action=DueAction.SEND, attempt=job.attempt + 1)
        await self.due.move([(job.due, following)])


def _no_longer(message: Message, now: datetime) -> str:
    """Why a message must not go any more; empty: it may (promise 2)."""
    if message.starts_at is not None and now >= message.starts_at:
        return "appointment_started"
    if now >= message.expires_at:
        return "expired"
    return ""


def _held_until(message: Message, clinic: Clinic, now: datetime) -> datetime | None:
    """Its time, if a later run moved it on, or the end of the clinic's quiet hours."""
    if message.kind is Kind.RAW:
        return None
    allowed = next_allowed(max(now, message.scheduled_for), clinic.quiet_hours, clinic.zone)
    return allowed if allowed > now else None


def _delay(message: Message, attempt: int, wait_s: float | None) -> timedelta:
    """The provider's own word, else doubling from five seconds to ten minutes; and up to a fifth more, so that what was
    refused together does not come back together."""
    own = min(FIRST_RETRY * (1 << min(attempt - 1, DOUBLINGS)), LONGEST_RETRY)
    waited = own if wait_s is None else timedelta(seconds=max(0.0, wait_s))
    spread = crc32(f"{message.id.digest}{attempt}".encode()) % 1000 / 5000  # the same for every worker
    return waited * (1 + spread)
