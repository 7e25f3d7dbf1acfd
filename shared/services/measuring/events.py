"""Events of messages are told as they are recorded: each once, by whoever recorded it first."""

from dataclasses import dataclass

from shared.domain.inbound import Receipt
from shared.domain.message import Event, EventName, Message
from shared.services.receipts import Receipts
from shared.services.record import Recorder
from shared.storage.contract import Joined
from shared.telemetry.contract import MessageStep, Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRecorder(Recorder):
    """A recorder that tells."""

    telemetry: Telemetry

    async def record(self, message: Message, event: Event) -> bool:
        new = await Recorder.record(self, message, event)
        if new:
            taken = event.name is EventName.ACCEPTED
            self.telemetry.tell(
                MessageStep(
                    event.message_id,
                    event.name,
                    message.channel,
                    message.account,
                    message.kind,
                    event.attempt,
                    event.detail,
                    waited=event.at - message.scheduled_for if taken else None,
                )
            )
        return new


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredReceipts(Receipts):
    """Receipts are told as they are applied. Of the message they know the id alone."""

    telemetry: Telemetry

    async def apply(self, joined: Joined, receipt: Receipt) -> bool:
        new = await Receipts.apply(self, joined, receipt)
        if new:
            step = MessageStep(joined.message_id, receipt.state, receipt.channel, receipt.account, code=receipt.code)
            self.telemetry.tell(step)
        return new
