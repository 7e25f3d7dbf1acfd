"""Which messages may still be to be sent: an index for the list, without patient data. A row is its key alone.

<clinic>_<yyyymmdd><shard> | <digest>        a message, in the partition that it has itself: by day, as the list is

A row is written before its message and taken away some minutes after the message has ended, when its day is counted:
so the index holds more than it need, and never less. Readers look at the message itself.
"""

from collections.abc import Sequence
from datetime import date
from itertools import chain

from shared.domain.identity import MessageId
from shared.errors import RowMissing
from shared.storage.batches import batches, for_each, grouped
from shared.storage.places import WAITING, days_of_messages
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.scan import every_row


def waiting_row(message_id: MessageId) -> Row:
    return Row(message_id.partition, message_id.digest)


def message_of(row: Row) -> MessageId:
    return MessageId.parse(f"{row.partition}_{row.key}")


def waiting_span(clinic_id: str, first: date, last: date) -> Span:
    return days_of_messages(clinic_id, first, last)


class TableWaiting:
    """Implements `contract.Waiting`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def of_day(self, clinic_id: str, day: date) -> Sequence[MessageId]:
        return [message_of(row) async for row in every_row(self._rows, WAITING, waiting_span(clinic_id, day, day))]

    async def ended(self, message_ids: Sequence[MessageId]) -> None:
        groups = grouped(message_ids, lambda message_id: message_id.partition)
        units = (batches([Change(Verb.DELETE, waiting_row(one))] for one in group) for group in groups.values())
        await for_each(chain.from_iterable(units), self._delete)

    async def _delete(self, batch: Sequence[Change]) -> None:
        """Another worker may have taken one away already; then each goes alone."""
        try:
            await self._rows.apply(WAITING, batch)
        except RowMissing:
            for change in batch:
                await self._rows.write(WAITING, change)
