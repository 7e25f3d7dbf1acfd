"""A message that was taken and of which nothing more is heard: the provider's record is asked, another channel goes.

ACCEPTED, SENT ──▶ after an hour, and ever more seldom: the provider's record (where it keeps one) ─▶ receipts
              └──▶ after the clinic's `fallback_after`, with the appointment still ahead: another channel, once
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.clinic import Clinic
from shared.domain.inbound import ReceiptState
from shared.domain.message import Event, EventName, Status
from shared.errors import ConfigurationError, NotFound
from shared.services.aftercare.reroute import NotNeeded, Reroute, Rerouted
from shared.services.aftercare.tell import Tell
from shared.services.ports import OpenChannel
from shared.services.receipts import Receipts
from shared.services.record import Recorder
from shared.services.work_items import WorkReason
from shared.storage.contract import Joined, MessageLog, WorkKind

ASK_AFTER = timedelta(hours=1)
NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One look at a message that was accepted."""

    open_channel: OpenChannel
    receipts: Receipts
    recorder: Recorder
    reroute: Reroute
    tell: Tell

    async def __call__(
        self, clinic: Clinic, whole: MessageLog, status: Status, now: datetime, due_key: str
    ) -> datetime | None:
        """When to look again; None: as the caller thinks fit."""
        accepted_at = max((e.at for e in whole.events if e.name is EventName.ACCEPTED), default=status.at)
        if now < accepted_at + ASK_AFTER:
            return min(accepted_at + ASK_AFTER, _turns_at(clinic, accepted_at) or accepted_at + ASK_AFTER)
        if await self._recorded(whole, status, now, due_key):
            return now  # what the record says is looked at as a receipt would be
        turns_at = _turns_at(clinic, accepted_at)
        if turns_at is None or not self.reroute.possible(whole, now):
            return None
        if now < turns_at:
            return min(turns_at, now + max(ASK_AFTER, now - status.at))
        return await self._another_way(clinic, whole, now)

    async def _recorded(self, whole: MessageLog, status: Status, now: datetime, due_key: str) -> bool:
        """Asks the provider's own record. True: it said something that ends the work."""
        if not status.provider_id:
            return False
        message = whole.message
        try:
            channel = await self.open_channel(message.channel, message.account)
        except (ConfigurationError, NotFound):
            return False
        found = await channel.history(status.provider_id)
        if found is None:
            return False
        asked = sum(e.name is EventName.ASKED for e in whole.events) + 1
        said = max((receipt.state for receipt in found), key=list(ReceiptState).index, default=NOTHING)
        await self.recorder.record(message, Event(message.id, EventName.ASKED, now, asked, str(said)))
        for receipt in found:
            await self.receipts.apply(Joined(message.id, due_key), receipt)
        return any(receipt.state is not ReceiptState.SENT for receipt in found)

    async def _another_way(self, clinic: Clinic, whole: MessageLog, now: datetime) -> datetime | None:
        went = await self.reroute(clinic, whole, now)
        if isinstance(went, Rerouted | NotNeeded):
            return None
        if went.again_at is not None:
            return went.again_at
        await self.tell(clinic, whole, WorkKind.NOT_SENT, WorkReason.NOT_DELIVERED, now)
        return None


def _turns_at(clinic: Clinic, accepted_at: datetime) -> datetime | None:
    return accepted_at + clinic.fallback_after if clinic.fallback_after else None
