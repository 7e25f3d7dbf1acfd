"""What subscribers are still to be told: two rows for each delivery, always written and deleted together.

<subscription> | e_<event>                                     the delivery
<subscription> | d_<yyyymmddhhmmss and microseconds>_<event>   the same, by when it is due

Who changes a delivery deletes the second row as they read it, in the same batch: somebody else's change makes that
fail.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.identity import MessageId
from shared.domain.topics import Topic
from shared.errors import RowExists, RowMissing, StorageUnavailable
from shared.storage.batches import for_each, grouped, write_batches
from shared.storage.columns import number, present, text
from shared.storage.contract import Delivery
from shared.storage.instants import to_instant, to_text
from shared.storage.places import OUTBOX
from shared.storage.rows import AFTER_ALL, PAGE_ROWS, Change, Row, Rows, Span, Value, Verb
from shared.storage.scan import one_page

RENEWED_AFTER = timedelta(minutes=1)
_IN_A_BATCH = 33  # deliveries of three changes each
_MOST_TRIES = 5
_DUE = "d_"


class TableOutbox:
    """Implements `contract.Outbox`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def put(self, deliveries: Sequence[Delivery]) -> None:
        await for_each(deliveries, self._put)

    async def read(self, subscription_id: str, event_id: str) -> Delivery | None:
        row = await self._rows.get(OUTBOX, subscription_id, f"e_{event_id}")
        return None if row is None else _delivery(row)

    async def due(self, subscription_id: str, now: datetime, top: int) -> Sequence[Delivery]:
        span = Span.within(subscription_id, _DUE, f"{_DUE}{_moment(now)}{AFTER_ALL}")
        return [_delivery(row) for row in (await one_page(self._rows, OUTBOX, span, top, "")).rows]

    async def move(self, moves: Sequence[tuple[Delivery, Delivery]]) -> Sequence[Delivery]:
        moved: list[Delivery] = []

        async def one_batch(pairs: Sequence[tuple[Delivery, Delivery]]) -> None:
            try:
                await self._rows.apply(OUTBOX, [change for pair in pairs for change in _moving(*pair)])
            except RowMissing:
                if len(pairs) > 1:
                    await for_each([[pair] for pair in pairs], one_batch)
            else:
                moved.extend(after for _, after in pairs)

        groups = grouped(moves, lambda pair: pair[0].subscription_id).values()
        await for_each([g[i : i + _IN_A_BATCH] for g in groups for i in range(0, len(g), _IN_A_BATCH)], one_batch)
        return moved

    async def remove(self, delivery: Delivery, *, unless_renewed: bool = False) -> bool:
        for _ in range(_MOST_TRIES):
            try:
                await self._rows.apply(OUTBOX, _removing(delivery))
            except RowMissing:
                there = None if unless_renewed else await self.read(delivery.subscription_id, delivery.event_id)
                if there is None:
                    return not unless_renewed
                delivery = there
            else:
                return True
        raise StorageUnavailable("A delivery could not be removed: others change it all the time.")

    async def clear(self, subscription_id: str) -> bool:
        page = await self._rows.query(OUTBOX, Span.within(subscription_id), top=PAGE_ROWS)
        try:
            await write_batches(self._rows, OUTBOX, [([Change(Verb.DELETE, row)] for row in page.rows)])
        except RowMissing:  # somebody else clears too
            return False
        return not page.resume

    async def _put(self, delivery: Delivery) -> None:
        for _ in range(_MOST_TRIES):
            try:
                await self._rows.apply(OUTBOX, [Change(Verb.INSERT, _row(delivery)), _listing(delivery)])
            except RowExists:
                there = await self.read(delivery.subscription_id, delivery.event_id)
            else:
                return
            if there is None:
                continue
            if delivery.kept_at - there.kept_at < RENEWED_AFTER:
                return
            renewed = replace(delivery, attempts=there.attempts)
            if await self.move([(there, renewed)]):
                return
        raise StorageUnavailable("A delivery could not be kept: others change it all the time.")


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%d%H%M%S%f}"


def _due_key(delivery: Delivery) -> str:
    return f"{_DUE}{_moment(delivery.due_at)}_{delivery.event_id}"


def _listing(delivery: Delivery) -> Change:
    return Change(Verb.UPSERT, replace(_row(delivery), key=_due_key(delivery)))


def _removing(delivery: Delivery) -> Sequence[Change]:
    keys = (_due_key(delivery), f"e_{delivery.event_id}")
    return [Change(Verb.DELETE, Row(delivery.subscription_id, key)) for key in keys]


def _moving(before: Delivery, after: Delivery) -> Sequence[Change]:
    if _due_key(before) == _due_key(after):
        return [Change(Verb.UPSERT, _row(after)), _listing(after)]
    gone = Change(Verb.DELETE, Row(before.subscription_id, _due_key(before)))
    return [gone, Change(Verb.UPSERT, _row(after)), _listing(after)]


def _row(delivery: Delivery) -> Row:
    d = delivery
    columns: dict[str, Value | None] = {
        "topic": d.topic.value,
        "clinic": d.clinic_id,
        "channel": d.channel,
        "happening": d.happening,
        "occurred_at": to_text(d.occurred_at),
        "kept_at": to_text(d.kept_at),
        "due_at": to_text(d.due_at),
        "attempts": d.attempts,
        "message": str(d.message_id) if d.message_id else None,
        "patient_key": d.patient_key,
        "said": d.said,
        "suggestion": d.suggestion,
        "certain": d.certain or None,
    }
    return Row(d.subscription_id, f"e_{d.event_id}", present(columns))


def _delivery(row: Row) -> Delivery:
    columns = row.columns
    message_id = text(columns, "message")
    return Delivery(
        subscription_id=row.partition,
        event_id=row.key.rpartition("_")[2],
        topic=Topic(text(columns, "topic")),
        clinic_id=text(columns, "clinic"),
        channel=text(columns, "channel"),
        happening=text(columns, "happening"),
        occurred_at=to_instant(text(columns, "occurred_at")),
        kept_at=to_instant(text(columns, "kept_at")),
        due_at=to_instant(text(columns, "due_at")),
        attempts=number(columns, "attempts"),
        message_id=MessageId.parse(message_id) if message_id else None,
        patient_key=text(columns, "patient_key"),
        said=text(columns, "said"),
        suggestion=text(columns, "suggestion"),
        certain=bool(columns.get("certain", False)),
    )
