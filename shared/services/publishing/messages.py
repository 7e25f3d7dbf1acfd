"""Messages whose events are published: put in by the wiring, so that no service has to think of it."""

from shared.domain.message import Event
from shared.services.over import OverMessages
from shared.services.publishing.publish import Publish
from shared.storage.contract import Messages


class PublishingMessages(OverMessages):
    """Whatever is about to be written goes in line first, for those who want to be told."""

    def __init__(self, inner: Messages, publish: Publish) -> None:
        super().__init__(inner)
        self._publish = publish

    async def claim(self, event: Event) -> bool:
        await self._publish.event(event, self._inner)
        return await super().claim(event)

    async def append(self, event: Event) -> bool:
        await self._publish.event(event, self._inner)
        return await super().append(event)
