"""A provider's word on one message becomes one event: no read, no conflict, the same end state in any order."""

from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.inbound import Receipt, ReceiptState
from shared.domain.message import Event, EventName
from shared.storage.contract import Due, DueAction, DueRow, Joined, Messages

_EVENT = {
    ReceiptState.SENT: EventName.SENT,
    ReceiptState.DELIVERED: EventName.DELIVERED,
    ReceiptState.READ: EventName.READ,
    ReceiptState.FAILED: EventName.FAILED,
}

UNSPECIFIED = "unspecified"  # a failure whose provider gives no code: a reason all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """Applies receipts whose message is known."""

    messages: Messages
    due: Due
    clock: Clock

    async def apply(self, joined: Joined, receipt: Receipt) -> bool:
        """False: a repeat. The due row goes after the event, so that a crash in between leaves it to the sweeper.

        `delivered` ends the work. `failed` begins some: its row is looked at next. `read` deletes nothing: `delivered`
        did, and where a provider skips it the message is found final.
        """
        new = await self.messages.append(
            Event(
                joined.message_id,
                _EVENT[receipt.state],
                receipt.at,
                detail=receipt.code or (UNSPECIFIED if receipt.state is ReceiptState.FAILED else ""),
                provider_id=receipt.provider_id,
                error_class=receipt.error_class,
            )
        )
        if new and receipt.state is ReceiptState.DELIVERED and joined.due_key:
            await self.due.delete(joined.message_id, joined.due_key)
        elif new and receipt.state is ReceiptState.FAILED:
            await self._look_now(joined)
        return new

    async def _look_now(self, joined: Joined) -> None:
        now = DueRow(joined.message_id, self.clock.now(), DueAction.CHECK)
        if joined.due_key:
            await self.due.move([(DueRow.keyed(joined.due_key), now)])
        else:
            await self.due.put([now])
