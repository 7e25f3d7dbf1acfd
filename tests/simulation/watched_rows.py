"""Tables in memory that remember which messages were touched, and what stands to be done next."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from shared.domain.identity import MessageId
from shared.storage.instants import to_instant
from shared.storage.memory import MemoryRows
from shared.storage.message_rows import digest_of, id_of
from shared.storage.places import DUE, MESSAGES, WORKLIST
from shared.storage.rows import Change, Row, Verb
from tests.storage.wrappers import PassingRows


class WatchedRows(PassingRows):
    """`touched`: messages with a row written since somebody last looked. `by_digest`: where each message lives."""

    def __init__(self) -> None:
        super().__init__(MemoryRows())
        self.touched: set[MessageId] = set()
        self.by_digest: dict[str, MessageId] = {}
        self.listed: set[str] = set()  # ids of messages that are, or were, on the worklist
        self.due_changed = asyncio.Event()
        self._due: defaultdict[str, set[str]] = defaultdict(set)  # message id -> keys of its due rows
        self._coming: list[tuple[datetime, str]] = []  # a heap; what is not in _due any more is passed over

    async def write(self, table: str, change: Change) -> str:
        etag = await super().write(table, change)
        self._note(table, change)
        return etag

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        etags = await super().apply(table, changes)
        for change in changes:
            self._note(table, change)
        return etags

    def has_due_row(self, message_id: MessageId) -> bool:
        return bool(self._due.get(str(message_id)))

    @property
    def next_due_at(self) -> datetime | None:
        while self._coming and self._coming[0][1] not in self._due[_of(self._coming[0][1])]:
            heapq.heappop(self._coming)
        return self._coming[0][0] if self._coming else None

    def _note(self, table: str, change: Change) -> None:
        if table == MESSAGES and _is_of_message(change.row):
            message_id = id_of(change.row)
            self.by_digest[digest_of(change.row.key)] = message_id
            self.touched.add(message_id)
        elif table == WORKLIST and (message := change.row.columns.get("message")):
            self.listed.add(str(message))
        elif table == DUE:
            self._note_due(change)

    def _note_due(self, change: Change) -> None:
        key, message_id = change.row.key, _of(change.row.key)
        if change.verb is Verb.DELETE:
            self._due[message_id].discard(key)
        else:
            self._due[message_id].add(key)
            heapq.heappush(self._coming, (to_instant(str(change.row.columns["at"])), key))
            self.due_changed.set()
        self.touched.add(MessageId.parse(message_id))


def _of(due_key: str) -> str:
    return due_key.partition("_")[2]


def _is_of_message(row: Row) -> bool:
    return row.key.startswith("m_")
