"""The worklists of the sample's clinics, as the local run needs them: how much is open, and who is on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from infra.local.sample.loading import CLINICS
from shared.domain.identity import MessageId
from shared.storage.contract import WorkItem, WorkKind, Worklist

_PAGE = 1000


class Work:
    """`look` reads it all, open and resolved: a person may have resolved an item between two runs."""

    def __init__(self, worklist: Worklist) -> None:
        self._worklist = worklist
        self._items: Sequence[WorkItem] = ()

    async def look(self) -> None:
        self._items = [item for clinic in CLINICS for item in await self._of_clinic(clinic.id)]

    def open_by_kind(self, clinic_id: str) -> Mapping[str, int]:
        """How many items of each kind wait for a person."""
        return Counter(str(item.kind) for item in self._items if item.clinic_id == clinic_id and not item.resolved_at)

    def has_not_sent(self, message_id: MessageId | None) -> bool:
        """Whether a person was told that this message did not arrive."""
        return any(item.kind is WorkKind.NOT_SENT and item.message_id == message_id for item in self._items)

    def has_no_way(self, clinic_id: str, appointment_id: str) -> bool:
        """Whether a person was told that this appointment's patient cannot be written to."""
        found = (item for item in self._items if item.clinic_id == clinic_id and item.kind is WorkKind.NO_WAY)
        return any(item.appointment_id == appointment_id for item in found)

    async def _of_clinic(self, clinic_id: str) -> Sequence[WorkItem]:
        items: list[WorkItem] = []
        cursor = ""
        while True:
            page = await self._worklist.open_items(clinic_id, frozenset(), _PAGE, cursor)
            items += page.items
            if not (cursor := page.next_cursor):
                break
        while True:
            page = await self._worklist.resolved_items(clinic_id, _PAGE, cursor)
            items += page.items
            if not (cursor := page.next_cursor):
                return items
