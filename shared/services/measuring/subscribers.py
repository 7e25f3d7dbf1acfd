"""Other systems are told of events, and that is told as well."""

from dataclasses import dataclass

from shared.subscribers.contract import Answered, NotPosted, Subscribers
from shared.telemetry.contract import SubscriberTold, Telemetry


@dataclass(frozen=True, slots=True)
class MeasuredSubscribers:
    """Implements `subscribers.contract.Subscribers` on another one."""

    inner: Subscribers
    telemetry: Telemetry

    async def check(self, callback_url: str) -> None:
        await self.inner.check(callback_url)

    async def post(self, callback_url: str, body: bytes) -> Answered | NotPosted:
        answer = await self.inner.post(callback_url, body)
        self.telemetry.tell(SubscriberTold(str(answer.status) if isinstance(answer, Answered) else str(answer)))
        return answer
