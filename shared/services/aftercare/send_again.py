"""A person's word that a message of unknown outcome goes once more, although it may have arrived.

    due row SEND (next attempt) ─▶ event RESUMED ─▶ the item is resolved, by the caller

A crash in between leaves a due row that meets a message of unknown outcome, which sends nothing; or an item that is
still open, whose second answer finds the message resumed. So it may be repeated at any point.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.clock import Clock
from shared.domain.identity import MessageId
from shared.domain.message import Event, EventName, Message, State, Status, fold
from shared.errors import Conflict
from shared.services.record import Recorder
from shared.storage.contract import Due, DueRow, MessageLog, Messages

BY_A_PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgain:
    """Puts one message back in line."""

    messages: Messages
    due: Due
    recorder: Recorder
    clock: Clock

    async def __call__(self, message_id: MessageId | None) -> None:
        """Raises Conflict, in words for a nurse, where it must not or need not go again."""
        whole = await self.look(message_id)
        if _is_resumed(whole):
            return  # an earlier answer got as far as that
        message, now = whole.message, self.clock.now()
        status = fold(whole.events, message.scheduled_for)
        await self.due.put([DueRow.ahead_of(message, now, status.attempt + 1)])
        resumed = Event(message.id, EventName.RESUMED, now, status.attempt, BY_A_PERSON)
        await self.recorder.record(message, resumed)

    async def look(self, message_id: MessageId | None) -> MessageLog:
        """The message, if it may go again or was put back in line already. Changes nothing; raises Conflict."""
        whole = await self.messages.whole(message_id) if message_id else None
        if whole is None:
            raise Conflict("The message of this item is not there any more. Please phone the patient.")
        if not _is_resumed(whole):
            _require_unknown(fold(whole.events, whole.message.scheduled_for))
            _require_in_time(whole.message, self.clock.now())
        return whole


def _is_resumed(whole: MessageLog) -> bool:
    """Whether somebody decided so after the last attempt that came to nothing known."""
    resumed = max((e.attempt for e in whole.events if e.name is EventName.RESUMED), default=0)
    unknown = max((e.attempt for e in whole.events if e.name is EventName.UNKNOWN), default=0)
    return resumed >= unknown > 0


def _require_unknown(status: Status) -> None:
    if status.state in (State.DELIVERED, State.READ):
        raise Conflict("This message has reached the patient meanwhile: it is not sent again. Choose `leave`.")
    if status.state is not State.UNKNOWN:
        raise Conflict("It is known by now what became of this message: it is not sent again. Choose `leave`.")


def _require_in_time(message: Message, now: datetime) -> None:
    if message.starts_at is not None and now >= message.starts_at:
        raise Conflict("The appointment has begun: the message is not sent again. Choose `leave`.")
    if now >= message.expires_at:
        raise Conflict("It is too late for this message. Please phone the patient, and choose `leave`.")
