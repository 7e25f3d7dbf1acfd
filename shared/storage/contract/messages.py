"""Messages, what is to be done next for each, the log by day, and where provider ids lead."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.domain.identity import MessageId
from shared.domain.inbound import Receipt
from shared.domain.message import Event, Kind, Message, Priority, State
from shared.storage.contract.page import Page


@dataclass(frozen=True, slots=True)
class MessageLog:
    """A message and all that happened to it."""

    message: Message
    events: tuple[Event, ...]


class Messages(Protocol):
    async def put(self, message: Message) -> None:
        """Facts of a message that no planning run wrote, with its place in the patient's history. Upsert."""
        ...

    async def read(self, message_id: MessageId) -> Message | None: ...

    async def whole(self, message_id: MessageId) -> MessageLog | None:
        """Facts and events, in one request."""
        ...

    async def events(self, message_id: MessageId) -> tuple[Event, ...]: ...

    async def claim(self, event: Event) -> bool:
        """One insert `<message>_go_<attempt>` for which CLAIMED, CANCELLED and DROPPED compete. False: another has it.
        An insert of the same owner that our own retry repeated counts as won."""
        ...

    async def append(self, event: Event) -> bool:
        """Any other event: one insert under a key that the event itself determines. False: it was there already."""
        ...

    async def unfinished(self, clinic_id: str, first: date, last: date, top: int, cursor: str) -> Page[MessageLog]:
        """Messages of these days that are scheduled, queued or sending, by day; may be short and still have a next
        page, above all just after many have gone. Raises InvalidCursor."""
        ...

    async def history(self, clinic_id: str, key: str, top: int, cursor: str) -> Page[MessageId]:
        """The messages of a patient (`patient_key`) or to an address (`address_key`), newest first by their time."""
        ...


class Waiting(Protocol):
    """The index behind `Messages.unfinished`: it holds every message that is still to be sent, and more."""

    async def of_day(self, clinic_id: str, day: date) -> Sequence[MessageId]: ...

    async def ended(self, message_ids: Sequence[MessageId]) -> None:
        """They are never to be sent again. No error for one that is gone."""
        ...


KEPT_WITHIN = timedelta(seconds=1)
"""So long at most what follows a due row takes to be kept: one message."""
PLANNED_WITHIN = timedelta(seconds=5)
"""The same of a chunk of a plan: two thousand messages, in the batches of a week's partitions."""


class DueAction(StrEnum):
    SEND = "send"  # its time has come: feed it to the queue
    CHECK = "check"  # it was fed or sent: see what became of it


@dataclass(frozen=True, slots=True)
class DueRow:
    """What is to be done next for one unfinished message, and when. `key` is its row key.

    `lane` and `pair` are what a pace is kept by: the account that sends (`Message.lane`) and the patient's address
    (`Message.address_key`); empty where nobody keeps one. `since`: when it was first passed over for want of wire time;
    `counted_at`: when it was last counted in its lane's day.
    """

    message_id: MessageId
    at: datetime
    action: DueAction
    attempt: int = 1
    priority: Priority = Priority.LATER
    lane: str = ""
    pair: str = ""
    since: datetime | None = None
    counted_at: datetime | None = None

    @classmethod
    def of(cls, message: Message, at: datetime, action: DueAction, attempt: int = 1) -> "DueRow":
        return cls(message.id, at, action, attempt, message.priority, message.lane, message.address_key)

    @classmethod
    def ahead_of(cls, message: Message, now: datetime, attempt: int = 1) -> "DueRow":
        """Of a message whose facts or event are kept right after this row."""
        # A sweep between the two writes would find nothing to send, and come again after two minutes.
        return cls.of(message, max(message.scheduled_for, now + KEPT_WITHIN), DueAction.SEND, attempt)

    @classmethod
    def keyed(cls, key: str) -> "DueRow":
        """What a due row's key says. Raises ValueError for anything that `key` cannot have made."""
        moment, _, message_id = key.partition("_")
        at = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return cls(MessageId.parse(message_id), at, DueAction.CHECK)

    @property
    def key(self) -> str:
        return f"{self.at.astimezone(UTC):%Y%m%d%H%M%S}_{self.message_id}"


class Due(Protocol):
    async def put(self, rows: Sequence[DueRow]) -> None: ...

    async def take(self, now: datetime, limit: int) -> Sequence[DueRow]:
        """Rows whose time has come, earliest first, from every shard. Reads only."""
        ...

    def everything(self, until: datetime | None = None) -> AsyncIterator[DueRow]:
        """Every row, or those of a time up to `until`; in order within a shard, shard after shard."""
        ...

    async def move(self, moves: Sequence[tuple[DueRow, DueRow]]) -> None:
        """(from, to) pairs: each is deleted and inserted in one batch of its shard; a `from` that is gone is no error.
        Of `from` only the key counts."""
        ...

    async def delete(self, message_id: MessageId, key: str) -> None:
        """No error if it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the log by day: what happened to which message when. No patient data."""

    at: datetime
    day: date  # local to the clinic
    message_id: MessageId
    kind: Kind
    channel: str
    state: State
    reason: str = ""


class Log(Protocol):
    async def append(self, entry: LogEntry) -> None:
        """An upsert under a key that the entry determines: repeats are one line."""
        ...

    async def page(self, clinic_id: str, first: date, last: date, top: int, cursor: str) -> Page[LogEntry]:
        """Newest first. Raises InvalidCursor."""
        ...


@dataclass(frozen=True, slots=True)
class Joined:
    """Where a provider's message id leads."""

    message_id: MessageId
    due_key: str


class ProviderIds(Protocol):
    """For channels whose receipts do not echo our reference: joins in both orders."""

    async def join(self, channel: str, account: str, provider_id: str, joined: Joined) -> Sequence[Receipt]:
        """Records where the id leads; answers the receipts that came before and waited."""
        ...

    async def find(self, channel: str, account: str, provider_id: str) -> Joined | None: ...

    async def wait(self, receipt: Receipt) -> Joined | None:
        """Keeps a receipt for an id that is not known yet; answers the join if it appeared meanwhile."""
        ...
