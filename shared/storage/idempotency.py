"""First answers under idempotency keys.

<keyed hash of the scope> | <keyed hash of scope and key>
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.domain.identity import MessageId, Pseudonyms
from shared.errors import IdempotencyMismatch, RowChanged, RowExists, RowMissing, StorageUnavailable
from shared.storage.columns import text
from shared.storage.contract import FirstAnswer
from shared.storage.instants import to_instant, to_text
from shared.storage.places import IDEMPOTENCY
from shared.storage.rows import Change, Row, Rows, Verb

_MOST_TRIES = 5


class TableIdempotency:
    """Implements `contract.Idempotency`."""

    def __init__(self, rows: Rows, pseudonyms: Pseudonyms) -> None:
        self._rows = rows
        self._pseudonyms = pseudonyms

    async def find(self, scope: str, key: str, body_hash: str, now: datetime) -> MessageId | None:
        row = self._row(scope, key, {"body": self._body(body_hash), "writer": ""})
        there = await self._rows.get(IDEMPOTENCY, row.partition, row.key)
        if there is None or to_instant(text(there.columns, "until")) <= now:
            return None
        return _answer(there, row).message_id

    async def begin(
        self, scope: str, key: str, body_hash: str, message_id: MessageId, now: datetime, keep: timedelta
    ) -> FirstAnswer:
        columns = {
            "body": self._body(body_hash),
            "message": str(message_id),
            "until": to_text(now + keep),
            "writer": secrets.token_hex(8),
        }
        row = self._row(scope, key, columns)
        for _ in range(_MOST_TRIES):
            try:
                await self._rows.write(IDEMPOTENCY, Change(Verb.INSERT, row))
            except RowExists:
                there = await self._rows.get(IDEMPOTENCY, row.partition, row.key)
            else:
                return FirstAnswer(message_id, repeat=False)
            if there is None:
                continue
            if to_instant(text(there.columns, "until")) > now or _ours(there, row):
                return _answer(there, row)
            if await self._replaced(row, there.etag):
                return FirstAnswer(message_id, repeat=False)
        raise StorageUnavailable("An idempotency key could not be taken: too many requests with it at once.")

    def _row(self, scope: str, key: str, columns: Mapping[str, str]) -> Row:
        partition = self._pseudonyms.digest("idempotency-scope", scope)
        return Row(partition, self._pseudonyms.digest("idempotency-key", scope, key), columns)

    def _body(self, body_hash: str) -> str:
        return self._pseudonyms.digest("idempotent-body", body_hash)

    async def _replaced(self, row: Row, etag: str) -> bool:
        """Whether our row took the place of an entry that had run out."""
        try:
            await self._rows.write(IDEMPOTENCY, Change(Verb.REPLACE, row, etag))
        except (RowChanged, RowMissing):
            return False
        return True


def _ours(there: Row, row: Row) -> bool:
    """Whether it is what this very call wrote, by a request whose first answer was lost."""
    return there.columns["writer"] == row.columns["writer"]


def _answer(there: Row, row: Row) -> FirstAnswer:
    if there.columns["body"] != row.columns["body"]:
        raise IdempotencyMismatch("This idempotency key was used before, with another body.")
    return FirstAnswer(MessageId.parse(text(there.columns, "message")), repeat=not _ours(there, row))
