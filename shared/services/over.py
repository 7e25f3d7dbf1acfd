"""Records with something around them: whoever wraps one says only what is different, and passes the rest on."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.message import Event, Message
from shared.storage.contract import ContactRow, Messages, PlanEntry, Plans


class OverMessages:
    """Implements `contract.Messages` on another one."""

    def __init__(self, inner: Messages) -> None:
        self._inner = inner
        self.read = inner.read
        self.whole = inner.whole
        self.events = inner.events
        self.unfinished = inner.unfinished
        self.history = inner.history

    async def put(self, message: Message) -> None:
        await self._inner.put(message)

    async def claim(self, event: Event) -> bool:
        return await self._inner.claim(event)

    async def append(self, event: Event) -> bool:
        return await self._inner.append(event)


class OverPlans:
    """Implements `contract.Plans` on another one."""

    def __init__(self, inner: Plans) -> None:
        self._inner = inner
        self.known = inner.known
        self.of_appointment = inner.of_appointment
        self.appointments = inner.appointments
        self.decided = inner.decided

    async def write(
        self,
        clinic_id: str,
        entries: Sequence[PlanEntry],
        contacts: Sequence[ContactRow] = (),
        not_before: datetime | None = None,
    ) -> None:
        await self._inner.write(clinic_id, entries, contacts, not_before)
