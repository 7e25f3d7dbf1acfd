"""Send one message: look, check again, take wire time, claim, call, record.

    queue ─ job ─▶ facts and events (one read) ─▶ gate: may it still go? ──no──▶ DROPPED (competes), or its row waits
                                                        │ yes
                                                        ▼
                              wire time of its account ─▶ hand_over: CLAIMED, the provider
                                                        ▼
                              Accepted │ Rejected │ Throttled │ Unknown ─▶ event, due row

Where it is proven that the provider did not take it, and it may later, it is tried again, ever more seldom, until it
expires: an outage of hours is no failure (promise 10). What is refused for good, or dropped, stays due at once: what
follows from it (another channel, the worklist) is look_after.py's, so that a crash here forgets none of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zlib import crc32

from shared.channels.contract import Channel
from shared.clock import Clock
from shared.domain.message import Event, EventName, Message, State, fold
from shared.domain.outcome import Accepted, ErrorClass, Rejected, Throttled, Unknown
from shared.services.clinics import ClinicBook
from shared.services.jobs import SendJob
from shared.services.record import Recorder
from shared.services.sending.circuits import STOPS_THE_LANE, Circuits
from shared.services.sending.gate import Gate, Stop, Wait
from shared.services.sending.hand_over import Called, HandOver
from shared.services.sending.wire import Busy
from shared.storage.contract import Due, DueAction, DueRow, MessageLog, Messages

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=10)
DOUBLINGS = 8  # from FIRST_RETRY to beyond LONGEST_RETRY
FIRST_REPEAT = timedelta(seconds=30)  # of an unknown outcome, where the provider tells repeats apart


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """One job of the send queue."""

    messages: Messages
    due: Due
    recorder: Recorder
    clinics: ClinicBook
    gate: Gate
    circuits: Circuits
    hand_over: HandOver
    clock: Clock

    async def __call__(self, job: SendJob) -> None:
        whole = await self.messages.whole(job.message_id)
        if whole is None:
            return  # planning writes the due row first: the sweeper comes again, or finds that nothing followed
        status = fold(whole.events, whole.message.scheduled_for)
        if status.state is not State.SCHEDULED or status.attempt >= job.attempt:
            return  # a redelivery: somebody has it, or it is done
        message, now = whole.message, self.clock.now()
        clinic = await self.clinics.get(job.message_id.clinic_id)
        match await self.gate(clinic, message, now):
            case Stop() as stop:
                await self._drop(job, message, stop, now)
            case Wait() as wait:
                await self._hold(job, message, wait, now)
            case None:
                await self._send(job, whole)

    async def _drop(self, job: SendJob, message: Message, stop: Stop, now: datetime) -> None:
        dropped = Event(message.id, EventName.DROPPED, now, job.attempt, stop.reason)
        if await self.recorder.record(message, dropped):  # else another delivery has it, and needs the due row
            await self._look_now(job.due, now)

    async def _hold(self, job: SendJob, message: Message, wait: Wait, now: datetime) -> None:
        if wait.reason:
            held = Event(message.id, EventName.HELD, now, job.attempt - 1, wait.reason)
            await self.recorder.record(message, held)
        at = max(now, min(wait.until, message.expires_at))  # not after its expiry: then it is dropped, with that reason
        await self.due.move([(job.due, replace(job.due, at=at, action=DueAction.SEND))])

    async def _send(self, job: SendJob, whole: MessageLog) -> None:
        called = await self.hand_over(whole.message, job.due.key, job.attempt)
        if isinstance(called, Busy):
            await self.due.move([(job.due, replace(job.due, at=called.until, action=DueAction.SEND))])
        elif called is not None:
            await self._record(job, whole, called)

    async def _record(self, job: SendJob, whole: MessageLog, called: Called) -> None:
        message, now = whole.message, self.clock.now()
        match called.outcome:
            case Accepted() as took:
                await self.hand_over.accepted(message, job.due.key, job.attempt, called.channel, took)
                await self.circuits.accepted(message.lane, called.channel.template_of(message.content))
            case Unknown(why=why):
                await self.recorder.record(message, Event(message.id, EventName.UNKNOWN, now, job.attempt, why))
                if called.channel.repeats_for:
                    await self.due.move([(job.due, replace(job.due, at=now + FIRST_REPEAT, action=DueAction.CHECK))])
            case Rejected() | Throttled() as refused:
                stops = await self._stops_others(message, called.channel, refused)
                await self._refused(job, whole, refused, now, final=_is_final(refused) and not stops)

    async def _refused(
        self, job: SendJob, whole: MessageLog, refused: Rejected | Throttled, now: datetime, *, final: bool
    ) -> None:
        message = whole.message
        name = _final_event(whole) if final else EventName.REJECTED
        event = Event(message.id, name, now, job.attempt, refused.code, error_class=refused.error_class)
        await self.recorder.record(message, event)
        if final:
            await self._look_now(job.due, now)
            return
        delay = _delay(message, job.attempt, refused)
        # not after its expiry: then it is dropped, with that reason
        at = max(now, min(now + delay, message.expires_at))
        following = replace(job.due, at=at, action=DueAction.SEND, attempt=job.attempt + 1)
        await self.due.move([(job.due, following)])

    async def _stops_others(self, message: Message, channel: Channel, refused: Rejected | Throttled) -> bool:
        """Whether the refusal speaks of the account or the template: then the message waits with all the others."""
        if refused.error_class in STOPS_THE_LANE:
            await self.circuits.open(message.lane, refused.code, refused.error_class, refused.retry_after_s)
            return True
        template = channel.template_of(message.content) if refused.error_class is ErrorClass.TEMPLATE else ""
        if template:
            await self.circuits.stop_template(message.lane, template, refused.code)
        return bool(template)

    async def _look_now(self, due: DueRow, now: datetime) -> None:
        await self.due.move([(due, replace(due, at=now, action=DueAction.CHECK))])


def _is_final(refused: Rejected | Throttled) -> bool:
    return isinstance(refused, Rejected) and not refused.retryable


def _final_event(whole: MessageLog) -> EventName:
    """A person had it sent again; that it was refused now says nothing of the attempt that may have arrived."""
    doubtful = any(event.name is EventName.UNKNOWN for event in whole.events)
    return EventName.UNKNOWN if doubtful else EventName.FAILED


def _delay(message: Message, attempt: int, refused: Rejected | Throttled) -> timedelta:
    """The provider's own word, else doubling from five seconds to ten minutes; and up to a fifth more, so that what was
    refused together does not come back together. Too many to one patient: 4^X seconds (Meta, Pair rate limits)."""
    if refused.retry_after_s is not None:
        waited = timedelta(seconds=max(0.0, refused.retry_after_s))
    elif refused.error_class is ErrorClass.PAIR_RATE:
        waited = min(timedelta(seconds=4 ** min(attempt, DOUBLINGS)), LONGEST_RETRY)
    else:
        waited = min(FIRST_RETRY * (1 << min(attempt - 1, DOUBLINGS)), LONGEST_RETRY)
    spread = crc32(f"{message.id.digest}{attempt}".encode()) % 1000 / 5000  # the same for every worker
    return waited * (1 + spread)
