"""Messages and their events."""

from collections.abc import AsyncIterator, Sequence
from datetime import date

from shared.domain.identity import MessageId
from shared.domain.message import Event, Message, State, fold
from shared.errors import InvalidInput, RowExists
from shared.storage import message_rows
from shared.storage.contract import MessageLog, Page
from shared.storage.cursors import Cursors
from shared.storage.history import history_rows, history_span, message_of
from shared.storage.insert_once import insert_once
from shared.storage.message_rows import PREFIX, MessageRows
from shared.storage.places import HISTORY, MESSAGES, days_of_messages
from shared.storage.rows import AFTER_ALL, PAGE_ROWS, Change, Row, Rows, Span, Verb
from shared.storage.scan import MOST_REQUESTS, one_page

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
        position = self._cursors.read(cursor, *bound_to)
        found: list[MessageLog] = []
        async for group, more in self._neighbours(_spans(clinic_id, first, last, position)):
            if group:
                log = self._log(group)
                if log is not None and fold(log.events, log.message.scheduled_for).state in _TO_BE_SENT:
                    found.append(log)
                position = f"{group[0].partition} {message_rows.digest_of(group[0].key)}"
            if more and (len(found) >= top or not group):
                return Page(tuple(found), self._cursors.write(position, *bound_to))
        return Page(tuple(found))

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

    async def _neighbours(self, spans: Sequence[Span]) -> AsyncIterator[tuple[Sequence[Row], bool]]:
        """The rows of one message after the other, and whether there is more; an empty group when enough was asked."""
        group: list[Row] = []
        requests = 0
        for span in spans:
            resume = ""
            while True:
                if requests >= MOST_REQUESTS:
                    yield (), True
                page = await self._rows.query(MESSAGES, span, top=PAGE_ROWS, resume=resume)
                requests += 1
                for row in page.rows:
                    if group and _belongs_to(group[0]) != _belongs_to(row):
                        yield group, True
                        group = []
                    group.append(row)
                if not (resume := page.resume):
                    break
        if group:
            yield group, False

    def _log(self, group: Sequence[Row]) -> MessageLog | None:
        """None where the facts are missing: receipts for a message that was never planned here."""
        if not group or not message_rows.is_facts(group[0]):
            return None
        return MessageLog(self._codec.to_message(group[0]), tuple(map(self._codec.to_event, group[1:])))


def _belongs_to(row: Row) -> tuple[str, str]:
    return row.partition, message_rows.digest_of(row.key)


def _spans(clinic_id: str, first: date, last: date, position: str) -> Sequence[Span]:
    """What remains of the days after `position`: the rest of its partition, then the partitions behind it."""
    everything = days_of_messages(clinic_id, first, last, PREFIX, PREFIX + AFTER_ALL)
    if not position:
        return (everything,)
    partition, _, digest = position.partition(" ")
    if not everything.first <= partition <= everything.last:
        raise InvalidInput("This page cursor is not valid.")
    rest = Span.within(partition, f"{PREFIX}{digest}{AFTER_ALL}", everything.key_below)
    return rest, Span(partition + AFTER_ALL, everything.last, everything.key_from, everything.key_below)
