"""Withdraw messages planned for what no longer holds: moved, cancelled, gone from a complete list. And the way back."""

from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import Event, EventName, State, fold
from shared.services.record import Recorder
from shared.storage.contract import Messages, PlanEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """A message that waits becomes DROPPED with its reason, unless a claim is faster; its due row finds it final."""

    messages: Messages
    recorder: Recorder
    clock: Clock

    async def __call__(self, message_id: MessageId, reason: SkipReason) -> bool:
        """False: there is no such message, or it left, or it was stopped before."""
        whole = await self.messages.whole(message_id)
        if whole is None:
            return False
        status = fold(whole.events, whole.message.scheduled_for)
        if status.state is not State.SCHEDULED:
            return False
        event = Event(message_id, EventName.DROPPED, self.clock.now(), status.attempt + 1, reason)
        return await self.recorder.record(whole.message, event)

    async def undo(self, entry: PlanEntry) -> None:
        """After an entry whose message was dropped has been written: it may be sent again. Repeatable."""
        if entry.message is not None and entry.attempt > 1:
            restored = Event(entry.message.id, EventName.RESTORED, self.clock.now(), entry.attempt - 1)
            await self.recorder.record(entry.message, restored)
