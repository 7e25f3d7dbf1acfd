"""Messages and their events."""

from collections.abc import Sequence
from datetime import date

from shared.domain.identity import MessageId
from shared.domain.message import Event, Message, State, fold
from shared.errors import RowExists
from shared.storage import message_rows
from shared.storage.batches import for_each
from shared.storage.contract import MessageLog, Page
from shared.storage.cursors import Cursors
from shared.storage.history import history_rows, history_span, message_of
from shared.storage.insert_once import insert_once
from shared.storage.message_rows import MessageRows
from shared.storage.places import HISTORY, MESSAGES, WAITING
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.scan import one_page
from shared.storage.waiting import message_of as waiting_message
from shared.storage.waiting import waiting_row, waiting_span

_READS_IN_FLIGHT = 16
_MOST_ROUNDS = 4  # for one page, where most of what is in the index has just been sent
_TO_BE_SENT = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})


class TableMessages:
    """Implements `contract.Messages`."""

    def __init__(self, rows: Rows, codec: MessageRows, cursors: Cursors) -> None:
        self._rows = rows
        self._codec = codec
        self._cursors = cursors

    async def put(self, message: Message) -> None:
        for row in history_rows(message):  # first: a message that is there is in every list that it belongs to
            await self._rows.write(HISTORY, Change(Verb.UPSERT, row))
        await self._rows.write(WAITING, Change(Verb.UPSERT, waiting_row(message.id)))
        await self._rows.write(MESSAGES, Change(Verb.UPSERT, self._codec.of_message(message)))

    async def read(self, message_id: MessageId) -> Message | None:
        row = await self._rows.get(MESSAGES, message_id.partition, message_rows.facts_key(message_id))
        return None if row is None else self._codec.to_message(row)

    async def whole(self, message_id: MessageId) -> MessageLog | None:
        return self._log(await self._all(message_rows.whole_span(message_id)))

    async def events(self, message_id: MessageId) -> tuple[Event, ...]:
        return tuple(map(self._codec.to_event, await self._all(message_rows.events_span(message_id))))

    async def claim(self, event: Event) -> bool:
        row = self._codec.of_event(event)
        try:
            await self._rows.write(MESSAGES, Change(Verb.INSERT, row))
        except RowExists:
            # Ours, if our own request was repeated after a lost answer: then owner and instant are ours as well.
            there = await self._rows.get(MESSAGES, row.partition, row.key)
            return there is not None and self._codec.to_event(there) == event
        return True

    async def append(self, event: Event) -> bool:
        return await insert_once(self._rows, MESSAGES, self._codec.of_event(event))

    async def unfinished(self, clinic_id: str, first: date, last: date, top: int, cursor: str) -> Page[MessageLog]:
        bound_to = ("unfinished", clinic_id, first.isoformat(), last.isoformat())
        resume = self._cursors.read(cursor, *bound_to)
        span = waiting_span(clinic_id, first, last)
        found: list[MessageLog] = []
        for _ in range(_MOST_ROUNDS):
            page = await self._rows.query(WAITING, span, top=max(1, top - len(found)), resume=resume)
            found += filter(None, await self._to_be_sent([waiting_message(row) for row in page.rows]))
            if not (resume := page.resume) or len(found) >= top:
                break
        return Page(tuple(found), self._cursors.write(resume, *bound_to))

    async def history(self, clinic_id: str, key: str, top: int, cursor: str) -> Page[MessageId]:
        bound_to = ("history", clinic_id, key)
        resume = self._cursors.read(cursor, *bound_to)
        page = await one_page(self._rows, HISTORY, history_span(clinic_id, key), top, resume)
        # One message stands twice if a later run moved it to another hour.
        ids = dict.fromkeys(map(message_of, page.rows))
        return Page(tuple(ids), self._cursors.write(page.resume, *bound_to))

    async def _all(self, span: Span) -> Sequence[Row]:
        found: list[Row] = []
        resume = ""
        while True:
            page = await self._rows.query(MESSAGES, span, resume=resume)
            found.extend(page.rows)
            if not (resume := page.resume):
                return found

    async def _to_be_sent(self, message_ids: Sequence[MessageId]) -> Sequence[MessageLog | None]:
        """In their order; None for one that has ended."""
        found: dict[MessageId, MessageLog | None] = dict.fromkeys(message_ids)

        async def look(message_id: MessageId) -> None:
            log = await self.whole(message_id)
            if log is not None and fold(log.events, log.message.scheduled_for).state in _TO_BE_SENT:
                found[message_id] = log

        await for_each(message_ids, look, _READS_IN_FLIGHT)
        return list(found.values())

    def _log(self, group: Sequence[Row]) -> MessageLog | None:
        """None where the facts are missing: receipts for a message that was never planned here."""
        if not group or not message_rows.is_facts(group[0]):
            return None
        return MessageLog(self._codec.to_message(group[0]), tuple(map(self._codec.to_event, group[1:])))
