"""Messages whose events are published: put in by the wiring, so that no service has to think of it."""

from dataclasses import dataclass
from datetime import date

from shared.domain.identity import MessageId
from shared.domain.message import Event, Message
from shared.services.publishing.publish import Publish
from shared.storage.contract import MessageLog, Messages, Page


@dataclass(frozen=True, slots=True)
class PublishingMessages:
    """Implements `storage.contract.Messages` on another one."""

    inner: Messages
    publish: Publish

    async def put(self, message: Message) -> None:
        await self.inner.put(message)

    async def read(self, message_id: MessageId) -> Message | None:
        return await self.inner.read(message_id)

    async def whole(self, message_id: MessageId) -> MessageLog | None:
        return await self.inner.whole(message_id)

    async def events(self, message_id: MessageId) -> tuple[Event, ...]:
        return await self.inner.events(message_id)

    async def claim(self, event: Event) -> bool:
        await self.publish.event(event, self.inner)
        return await self.inner.claim(event)

    async def append(self, event: Event) -> bool:
        await self.publish.event(event, self.inner)
        return await self.inner.append(event)

    async def unfinished(self, clinic_id: str, first: date, last: date, top: int, cursor: str) -> Page[MessageLog]:
        return await self.inner.unfinished(clinic_id, first, last, top, cursor)

    async def history(self, clinic_id: str, key: str, top: int, cursor: str) -> Page[MessageId]:
        return await self.inner.history(clinic_id, key, top, cursor)
