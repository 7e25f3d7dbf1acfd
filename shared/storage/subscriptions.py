"""Subscriptions. There are few: a list of all is one read.

subscription | <id>
"""

import json
import logging
from collections.abc import Sequence

from shared.domain.topics import Topic
from shared.errors import RowChanged, RowMissing, Unsealable
from shared.storage.columns import number, octets, present, text
from shared.storage.contract import Subscription
from shared.storage.instants import perhaps_instant, perhaps_text, to_instant, to_text
from shared.storage.places import SEALED, SUBSCRIPTIONS
from shared.storage.rows import Change, Row, Rows, Span, Value, Verb
from shared.storage.scan import every_row
from shared.storage.seal import Sealer, place

_PARTITION = "subscription"

log = logging.getLogger(__name__)


class TableSubscriptions:
    """Implements `contract.Subscriptions`. Sealed: where to tell, and who asked for it."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    async def add(self, subscription: Subscription) -> None:
        await self._rows.write(SUBSCRIPTIONS, Change(Verb.UPSERT, self._row(subscription)))

    async def read(self, subscription_id: str) -> Subscription | None:
        row = await self._rows.get(SUBSCRIPTIONS, _PARTITION, subscription_id)
        return None if row is None else self._subscription(row)

    async def all(self) -> Sequence[Subscription]:
        span = Span.within(_PARTITION)
        rows = [row async for row in every_row(self._rows, SUBSCRIPTIONS, span)]
        return [found for found in map(self._perhaps, rows) if found is not None]

    async def save(self, subscription: Subscription) -> bool:
        change = Change(Verb.REPLACE, self._row(subscription), subscription.etag)
        try:
            await self._rows.write(SUBSCRIPTIONS, change)
        except (RowChanged, RowMissing):
            return False
        return True

    async def remove(self, subscription_id: str) -> None:
        await self._rows.write(SUBSCRIPTIONS, Change(Verb.DELETE, Row(_PARTITION, subscription_id)))

    def _perhaps(self, row: Row) -> Subscription | None:
        """One that does not open any more is nobody's: it must not keep all events from being recorded."""
        try:
            return self._subscription(row)
        except Unsealable as error:
            log.error("subscription_not_read code=%s", error.code)
            return None

    def _row(self, subscription: Subscription) -> Row:
        s = subscription
        sealed = {"url": s.callback_url, "by": s.made_by}
        columns: dict[str, Value | None] = {
            "topic": s.topic.value,
            "clinics": "*" if s.clinics is None else json.dumps(sorted(s.clinics)),
            "channel": s.channel,
            "token_hash": s.token_hash,
            "made_at": to_text(s.made_at),
            "ended_at": perhaps_text(s.ended_at),
            "ended_why": s.ended_why,
            "failures": s.failures,
            "failing_since": perhaps_text(s.failing_since),
            "paused_until": perhaps_text(s.paused_until),
            "gone": " ".join(s.gone),
            SEALED: self._sealer.seal_json(sealed, place(SUBSCRIPTIONS, _PARTITION, s.id, SEALED)),
        }
        return Row(_PARTITION, s.id, present(columns))

    def _subscription(self, row: Row) -> Subscription:
        """Raises Unsealable."""
        columns = row.columns
        where = place(SUBSCRIPTIONS, row.partition, row.key, SEALED)
        sealed = self._sealer.unseal_json(octets(columns, SEALED), where)
        clinics = text(columns, "clinics")
        return Subscription(
            id=row.key,
            topic=Topic(text(columns, "topic")),
            clinics=None if clinics == "*" else frozenset(json.loads(clinics)),
            channel=text(columns, "channel"),
            callback_url=str(sealed["url"]),
            token_hash=text(columns, "token_hash"),
            made_by=str(sealed["by"]),
            made_at=to_instant(text(columns, "made_at")),
            ended_at=perhaps_instant(text(columns, "ended_at")),
            ended_why=text(columns, "ended_why"),
            failures=number(columns, "failures"),
            failing_since=perhaps_instant(text(columns, "failing_since")),
            paused_until=perhaps_instant(text(columns, "paused_until")),
            gone=tuple(text(columns, "gone").split()),
            etag=row.etag,
        )
