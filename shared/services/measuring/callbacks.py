"""Who calls the webhook: providers, and others who say so."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.channels.contract import CallbackAnswer
from shared.errors import PatientMessagingError
from shared.services.jobs import CallbackJob
from shared.services.receiving.receive import AcceptCallback
from shared.telemetry.contract import STORED, CallbackSeen, Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredAccept(AcceptCallback):
    """The webhook's half of receiving. What is refused is told by its code; nothing of it is kept."""

    telemetry: Telemetry

    async def __call__(
        self, channel: str, account: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> tuple[CallbackAnswer, CallbackJob]:
        outcome = "failed"
        try:
            taken = await AcceptCallback.__call__(self, channel, account, query, headers, body)
            outcome = STORED
        except PatientMessagingError as error:
            outcome = error.code
            raise
        finally:
            self.telemetry.tell(CallbackSeen(channel, outcome))
        return taken
