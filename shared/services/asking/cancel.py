"""Cancel a message that is still to be sent. It competes with the claim: what has left cannot be called back."""

from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.message import Event, EventName, State, Status, fold, in_order
from shared.errors import Conflict
from shared.services.callers import Caller
from shared.services.record import Recorder
from shared.services.staff.report import MessageView, message_for
from shared.storage.contract import MessageLog, Messages

BY_STAFF = "by_staff"
TRIES = 3  # each lost try means that somebody else took a turn

_CAN_BE = frozenset({State.SCHEDULED, State.DROPPED})  # what was dropped may be planned again: then it would go
_WHY_NOT = {
    State.SENDING: "It is being sent at this moment and can no longer be cancelled.",
    State.UNKNOWN: "It may already have reached the patient, so it cannot be cancelled. Please see the worklist.",
    State.FAILED: "It could not be delivered; there is nothing left to cancel.",
}
_LEFT = "It has already been sent and cannot be cancelled."


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMessage:
    """`DELETE /api/{channel}/v1/messages/{id}`."""

    messages: Messages
    recorder: Recorder
    clock: Clock

    async def __call__(self, caller: Caller, text: str) -> MessageView:
        """The cancelled message; the same for one that was cancelled before. Raises NotFound, also for another clinic's
        message, and Conflict for one that has left."""
        for _ in range(TRIES):
            whole = await message_for(caller, text, self.messages)
            status = fold(whole.events, whole.message.scheduled_for)
            if status.state is State.CANCELLED:
                return MessageView(whole.message, status, in_order(whole.events))
            if status.state not in _CAN_BE:
                raise Conflict(_WHY_NOT.get(status.state, _LEFT))
            await self.recorder.record(whole.message, self._event(caller, whole, status))
        raise Conflict("It is being worked on at this moment. Please look at it again and repeat if needed.")

    def _event(self, caller: Caller, whole: MessageLog, status: Status) -> Event:
        now = self.clock.now()
        return Event(whole.message.id, EventName.CANCELLED, now, status.attempt + 1, BY_STAFF, owner=caller.id)
