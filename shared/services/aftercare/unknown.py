"""Resolve what may or may not have arrived: by its receipt, by the provider's own idempotency, else by a person.

    the call            30 s, 1, 2, 4 min                          ten minutes
    UNKNOWN ──────────▶ the same key again, where the provider ──▶ on the worklist, in time to phone: a person decides
                        tells repeats apart (at most 8 min           (leave it, or send it again)
                        after the first call)

A receipt that comes meanwhile, or later, says what happened: no step here stands in its way. A provider that cannot
tell a repeat is never called again by itself (promise 1).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.message import Event, EventName, Message, Status
from shared.domain.outcome import Accepted, Rejected, SendOutcome, Throttled, Unknown
from shared.errors import ConfigurationError, NotFound
from shared.services.aftercare.tell import Tell
from shared.services.ports import OpenChannel
from shared.services.record import Recorder
from shared.services.sending.gate import Gate
from shared.services.sending.hand_over import LEASE, Called, HandOver
from shared.services.sending.wire import Busy
from shared.storage.contract import MessageLog, WorkKind

TELL_AFTER = timedelta(minutes=10)  # receipts come within seconds; a person needs time to phone
FIRST_REPEAT = timedelta(seconds=30)
TAKEN_BEFORE = "taken_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveUnknown:
    """One look at a message whose outcome is unknown."""

    open_channel: OpenChannel
    gate: Gate
    hand_over: HandOver
    recorder: Recorder
    tell: Tell
    clock: Clock

    async def __call__(
        self, clinic: Clinic, whole: MessageLog, status: Status, now: datetime, due_key: str
    ) -> datetime | None:
        """When to look again; None: as the caller thinks fit."""
        first_call = _first_call(whole)
        repeat_until = first_call + await self._repeats_for(whole.message)
        if now < repeat_until and await self.gate(clinic, whole.message, now) is None:
            called = await self.hand_over(whole.message, due_key, status.attempt + 1)
            match called:
                case None:
                    return now + LEASE  # another worker is at it
                case Busy(until=until):
                    return until
                case Called() if await self._repeated(whole.message, due_key, status.attempt + 1, called):
                    return None
        if now >= first_call + TELL_AFTER:
            # A person who had it sent again was told before, and waits for the outcome.
            kind = WorkKind.NOT_SENT if _was_resumed(whole) else WorkKind.UNKNOWN_OUTCOME
            if not whole.message.is_acknowledgement:  # a word of thanks is not worth a call
                await self.tell(clinic, whole, kind, status.reason, now)
            return None
        waited = max(FIRST_REPEAT, now - first_call)
        return min(now + waited, first_call + TELL_AFTER) if now < repeat_until else first_call + TELL_AFTER

    async def _repeats_for(self, message: Message) -> timedelta:
        try:
            return (await self.open_channel(message.channel, message.account)).repeats_for
        except (ConfigurationError, NotFound):  # its account went away: a person is told all the same
            return timedelta(0)

    async def _repeated(self, message: Message, due_key: str, attempt: int, called: Called) -> bool:
        """True: now it is known that the provider has it. What is not accepted says nothing of the first call."""
        took = _took(called.outcome)
        if took is not None:
            await self.hand_over.accepted(message, due_key, attempt, called.channel, took)
            return True
        why = _why(called.outcome)
        await self.recorder.record(message, Event(message.id, EventName.UNKNOWN, self.clock.now(), attempt, why))
        return False


def _took(outcome: SendOutcome) -> Accepted | None:
    if isinstance(outcome, Accepted):
        return outcome
    if isinstance(outcome, Unknown) and outcome.taken_before:
        return Accepted("", held=TAKEN_BEFORE)
    return None


def _why(outcome: SendOutcome) -> str:
    match outcome:
        case Unknown(why=why):
            return why
        case Rejected(code=code) | Throttled(code=code):
            return code
        case Accepted(held=held):
            return held


def _was_resumed(whole: MessageLog) -> bool:
    return any(event.name is EventName.RESUMED for event in whole.events)


def _first_call(whole: MessageLog) -> datetime:
    """When the provider was first called of the attempts that nobody knows the end of."""
    refused = max((e.attempt for e in whole.events if e.name is EventName.REJECTED), default=0)
    resumed = max((e.attempt for e in whole.events if e.name is EventName.RESUMED), default=0)
    claims = [e.at for e in whole.events if e.name is EventName.CLAIMED and e.attempt > max(refused, resumed)]
    return min(claims, default=whole.message.scheduled_for)
