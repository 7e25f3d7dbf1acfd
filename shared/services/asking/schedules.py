"""Many reminders or messages at given times, each row for itself: one wrong row harms no other.

    rows ─▶ read ─▶ draft (side by side) ─▶ there already? ─▶ time ─▶ its own key ─▶ due row, then message
                │          │                      │             │
                └──────────┴── refused            └ repeat      └ refused

A row is a repeat where its message is there: the same appointment and instant, the same body and instant, or its key.
So a request that broke off may simply be sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.domain.message import Message
from shared.errors import ConfigurationError, Conflict, IdempotencyMismatch, InvalidInput, SourceError
from shared.services.abreast import abreast
from shared.services.asking.drafts import Draft, Drafts, Order, Refusal
from shared.services.asking.once import KEY_KEPT, Asked, Begun, KeepOnce, checked_key
from shared.services.asking.schedule_rows import RawRow, read_row
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.staff.report import MessageView

MOST_ROWS = 200


class RowStatus(StrEnum):
    SCHEDULED = "scheduled"
    REPEAT = "repeat"  # it was scheduled before; the answer shows how it stands now
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row. `view` unless it was refused, then `refusal`."""

    index: int
    status: RowStatus
    view: MessageView | None = None
    refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    index: int
    item: object
    key: str  # the caller's own, or of the request; empty: none


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleMessages:
    """`POST /api/{channel}/v1/schedules`."""

    once: KeepOnce
    clinics: ClinicBook
    drafts: Drafts
    pseudonyms: Pseudonyms

    async def __call__(
        self, caller: Caller, channel: str, clinic_id: str, items: object, key: str
    ) -> tuple[Clinic, Sequence[RowOutcome]]:
        """One outcome per row, in order. Raises InvalidInput, NotFound, Forbidden, IdempotencyMismatch for the request
        as a whole; then nothing is kept."""
        clinic = await self.clinics.of_caller(caller, clinic_id, channel)
        way = clinic.channel(channel)
        if way is None:
            raise InvalidInput("That clinic does not use this channel.")
        if not isinstance(items, list) or not 1 <= len(items) <= MOST_ROWS:
            raise InvalidInput(f"`items` must be a list of 1 to {MOST_ROWS} rows.")
        order = Order(caller, clinic, (way,))
        await self._refuse_other_rows(order, items, key)
        rows = [_Row(index, item, f"{key}#{index}" if key else "") for index, item in enumerate(items)]
        drafts = await abreast(lambda row: self._drafted(order, row), rows)
        # one after the other: two rows of one message are one message
        return clinic, [await self._kept(order, row, draft) for row, draft in zip(rows, drafts, strict=True)]

    async def _refuse_other_rows(self, order: Order, items: Sequence[object], key: str) -> None:
        """The same key with other rows is a mistake of the caller's."""
        if key:
            clinic, digest = order.clinic, self.pseudonyms.digest("schedule", order.clinic.id, checked_key(key))
            nothing = self.pseudonyms.placed(clinic.id, clinic.local_day(self.drafts.clock.now()), digest)
            scope = f"{clinic.id}_{order.way.channel}_schedules"
            await self.once.first(nothing, Asked(scope, ("key", key), items))

    async def _drafted(self, order: Order, row: _Row) -> Draft | Refusal:
        try:
            asked = read_row(row.item)
            if isinstance(asked, RawRow):
                return await self.drafts.of_raw(order, asked)
            return await self.drafts.of_reminder(order, asked)
        except (InvalidInput, Conflict, SourceError, ConfigurationError) as error:
            return _refusal(error)

    async def _kept(self, order: Order, row: _Row, draft: Draft | Refusal) -> RowOutcome:
        if isinstance(draft, Refusal):
            return RowOutcome(row.index, RowStatus.REFUSED, refusal=draft)
        message = draft.message
        if (there := await self.once.there(message.id)) is not None:
            return RowOutcome(row.index, RowStatus.REPEAT, there)
        if late := self.drafts.of_time(order.clinic, message.scheduled_for):
            return RowOutcome(row.index, RowStatus.REFUSED, refusal=late)
        try:
            begun = await self._under_its_key(order, row, message)
        except IdempotencyMismatch as error:
            return RowOutcome(row.index, RowStatus.REFUSED, refusal=_refusal(error))
        if begun.earlier is not None:
            return RowOutcome(row.index, RowStatus.REPEAT, begun.earlier)
        view = await self.once.keep(begun.message)
        return RowOutcome(row.index, RowStatus.SCHEDULED, view, warnings=draft.warnings)

    async def _under_its_key(self, order: Order, row: _Row, message: Message) -> Begun:
        """The message with the id that the row's key stands for. Raises IdempotencyMismatch."""
        own = row.item.get("idempotencyKey", "") if isinstance(row.item, dict) else ""
        key = str(own).strip() or row.key
        if not key:
            return Begun(message)
        now = self.drafts.clock.now()
        keep = message.scheduled_for - now + KEY_KEPT if message.scheduled_for > now else KEY_KEPT
        scope = f"{order.clinic.id}_{order.way.channel}_schedule"
        return await self.once.begin(message, Asked(scope, ("key", key), row.item, keep))


def _refusal(error: InvalidInput | Conflict | IdempotencyMismatch | SourceError | ConfigurationError) -> Refusal:
    """With the wrong fields, unless the message names them itself."""
    named = (f"{wrong.field}: {wrong.message}" if wrong.field else wrong.message for wrong in error.details)
    known = [wrong.message in error.message for wrong in error.details]
    parts = (error.message, *(text for text, is_known in zip(named, known, strict=True) if not is_known))
    return Refusal(error.code, " ".join(f"{part.rstrip('.')}." for part in parts))
