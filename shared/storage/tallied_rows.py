"""A day's rows as the figures need them: no sealed column is read, so nothing is opened."""

from collections.abc import Iterator

from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import Event, EventName, Kind
from shared.domain.tally import TalliedDecision, TalliedMessage
from shared.storage import decision_rows, message_rows
from shared.storage.columns import number, text
from shared.storage.instants import to_instant
from shared.storage.rows import Row

_OF_DECISIONS = ("channel", "reason", "message")
_OF_MESSAGES = (
    "kind", "channel", "language", "template", "scheduled_for", "appointment_key", "starts_at", "instead_of",
)  # fmt: skip
_OF_EVENTS = ("event", "at", "attempt", "detail", "owner", "lease_until", "error_class")
COLUMNS = tuple(dict.fromkeys((*_OF_DECISIONS, *_OF_MESSAGES, *_OF_EVENTS)))


class TalliedRows:
    """Takes the rows in the order of the table, where those of one message are neighbours."""

    def __init__(self) -> None:
        self._facts: Row | None = None
        self._events: list[Event] = []
        self._id: MessageId | None = None

    def take(self, row: Row) -> Iterator[TalliedDecision | TalliedMessage]:
        if row.key.startswith(decision_rows.PREFIX):
            yield _decision(row)
        elif message_rows.is_facts(row):
            yield from self.end()
            self._facts, self._id = row, message_rows.id_of(row)
        elif self._id is not None and message_rows.digest_of(row.key) == self._id.digest:
            self._events.append(_event(row, self._id))

    def end(self) -> Iterator[TalliedMessage]:
        """The message whose rows have all been taken. Events without facts are of no message that was planned here."""
        if self._facts is not None:
            yield _message(self._facts, tuple(self._events))
        self._facts, self._events, self._id = None, [], None


def _decision(row: Row) -> TalliedDecision:
    columns = row.columns
    reason = text(columns, "reason")
    return TalliedDecision(
        appointment_key=decision_rows.appointment_and_step(row.key)[0],
        channel=text(columns, "channel"),
        reason=SkipReason(reason) if reason else None,
        message=text(columns, "message").rpartition("_")[2],
    )


def _message(row: Row, events: tuple[Event, ...]) -> TalliedMessage:
    columns = row.columns
    starts_at = text(columns, "starts_at")
    return TalliedMessage(
        digest=message_rows.digest_of(row.key),
        kind=Kind(text(columns, "kind")),
        channel=text(columns, "channel"),
        language=text(columns, "language"),
        template=text(columns, "template"),
        scheduled_for=to_instant(text(columns, "scheduled_for")),
        appointment_key=text(columns, "appointment_key"),
        starts_at=to_instant(starts_at) if starts_at else None,
        stands_in=bool(text(columns, "instead_of")),
        events=events,
    )


def _event(row: Row, message_id: MessageId) -> Event:
    columns = row.columns
    lease_until = text(columns, "lease_until")
    return Event(
        message_id=message_id,
        name=EventName(text(columns, "event")),
        at=to_instant(text(columns, "at")),
        attempt=number(columns, "attempt", 1),
        detail=text(columns, "detail"),
        owner=text(columns, "owner"),
        lease_until=to_instant(lease_until) if lease_until else None,
        error_class=text(columns, "error_class"),
    )
