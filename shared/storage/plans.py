"""What planning writes and what it finds of earlier runs."""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from shared.domain.identity import MessageId
from shared.domain.message import EventName, Message
from shared.storage.batches import grouped, write_batches
from shared.storage.columns import text
from shared.storage.contact_rows import ContactRows
from shared.storage.contract import (
    ContactRow,
    DecisionRecord,
    DueAction,
    DueRow,
    KnownDecision,
    KnownPlans,
    Page,
    PlanEntry,
    Turn,
)
from shared.storage.cursors import Cursors
from shared.storage.decision_rows import (
    FINGERPRINT,
    MESSAGE,
    PREFIX,
    SCHEDULED_FOR,
    DecisionRows,
    appointment_and_step,
    day_of,
)
from shared.storage.due import due_row_of, due_shard
from shared.storage.history import history_rows
from shared.storage.instants import to_instant
from shared.storage.message_rows import PREFIX as MESSAGE_PREFIX
from shared.storage.message_rows import TURN, TURN_COLUMNS, MessageRows, digest_of, turn_of
from shared.storage.patient_index import TablePatientIndex
from shared.storage.places import (
    DUE,
    HISTORY,
    MESSAGES,
    PATIENTS,
    WAITING,
    appointment_partition,
    days_of_messages,
    patient_partition,
)
from shared.storage.rows import AFTER_ALL, Change, Row, Rows, Span, Verb
from shared.storage.scan import every_row, one_page
from shared.storage.waiting import waiting_row


class TablePlans:
    """Implements `contract.Plans`."""

    def __init__(
        self,
        rows: Rows,
        decisions: DecisionRows,
        messages: MessageRows,
        contacts: ContactRows,
        index: TablePatientIndex,
        cursors: Cursors,
    ) -> None:
        self._rows = rows
        self._decisions = decisions
        self._messages = messages
        self._contacts = contacts
        self._index = index
        self._cursors = cursors

    async def known(self, clinic_id: str, first: date, last: date) -> KnownPlans:
        turns, found = await asyncio.gather(
            self._turns(clinic_id, first, last), self._earlier_decisions(clinic_id, first, last)
        )
        return KnownPlans({(one.appointment_key, one.step, one.day): one for one in found}, turns)

    async def write(
        self,
        clinic_id: str,
        entries: Sequence[PlanEntry],
        contacts: Sequence[ContactRow] = (),
        not_before: datetime | None = None,
    ) -> None:
        """One row may come twice (a patient's contact, a step decided twice): the last one counts."""
        told = {contact.patient_key: contact for contact in contacts}
        steps = {(e.decision.appointment_key, e.decision.step, e.decision.day): e for e in entries}
        messages = {e.message.id: (e.message, e.attempt) for e in steps.values() if e.message is not None}
        await self._write_contacts(clinic_id, list(told.values()))
        await self._write_history([message for message, _ in messages.values()])
        await self._write_waiting(messages)
        await self._write_due(list(messages.values()), not_before)
        await self._write_decisions(clinic_id, list(steps.values()))

    async def of_appointment(self, clinic_id: str, day: date, appointment_key: str) -> Sequence[DecisionRecord]:
        partition = appointment_partition(clinic_id, day, appointment_key)
        page = await self._rows.query(MESSAGES, Span.prefixed(partition, f"{PREFIX}{appointment_key}_"))
        return tuple(map(self._decisions.to_decision, page.rows))

    async def decided(
        self, clinic_id: str, appointment_key: str, days: Sequence[date], steps: Sequence[str]
    ) -> Sequence[DecisionRecord]:
        async def row(day: date, step: str) -> Row | None:
            partition = appointment_partition(clinic_id, day, appointment_key)
            return await self._rows.get(MESSAGES, partition, f"{PREFIX}{appointment_key}_{step}")

        rows = await asyncio.gather(*(row(day, step) for day in days for step in steps))
        return [self._decisions.to_decision(found) for found in rows if found is not None]

    async def appointments(
        self, clinic_id: str, first: date, last: date, top: int, cursor: str
    ) -> Page[DecisionRecord]:
        bound_to = ("appointments", clinic_id, first.isoformat(), last.isoformat())
        span = days_of_messages(clinic_id, first, last, PREFIX, PREFIX + AFTER_ALL)
        page = await one_page(self._rows, MESSAGES, span, top, self._cursors.read(cursor, *bound_to))
        return Page(tuple(map(self._decisions.to_decision, page.rows)), self._cursors.write(page.resume, *bound_to))

    async def _earlier_decisions(self, clinic_id: str, first: date, last: date) -> Sequence[KnownDecision]:
        span = days_of_messages(clinic_id, first, last, PREFIX, PREFIX + AFTER_ALL)
        days: dict[str, date] = {}  # one value per day, not per row: 20,000 decisions are held at once
        found = []
        async for row in every_row(self._rows, MESSAGES, span, (FINGERPRINT, MESSAGE, SCHEDULED_FOR)):
            appointment_key, step = appointment_and_step(row.key)
            message_id, scheduled_for = text(row.columns, MESSAGE), text(row.columns, SCHEDULED_FOR)
            found.append(
                KnownDecision(
                    day=days.setdefault(row.partition[-10:-2], day_of(row.partition)),
                    appointment_key=appointment_key,
                    step=sys.intern(step),
                    fingerprint=text(row.columns, FINGERPRINT),
                    planned=bool(message_id),
                    message_digest=message_id.rpartition("_")[2],
                    scheduled_for=to_instant(scheduled_for) if scheduled_for else None,
                )
            )
        return found

    async def _turns(self, clinic_id: str, first: date, last: date) -> Mapping[str, Turn]:
        """The last turn of every message that took one. The message stands on the appointment's day."""
        span = days_of_messages(clinic_id, first, last, MESSAGE_PREFIX, MESSAGE_PREFIX + AFTER_ALL, flag=TURN)
        found: dict[str, Turn] = {}
        shared: dict[Turn, Turn] = {}  # nearly all are "claimed, first attempt": one object for all of them
        async for row in every_row(self._rows, MESSAGES, span, TURN_COLUMNS):
            turn, digest = turn_of(row), digest_of(row.key)
            before = found.get(digest)
            if before is None or _order(before) < _order(turn):
                found[digest] = shared.setdefault(turn, turn)
        return found

    async def _write_contacts(self, clinic_id: str, contacts: Sequence[ContactRow]) -> None:
        await self._index.put(clinic_id, contacts)
        groups = grouped(contacts, lambda contact: patient_partition(clinic_id, contact.patient_key))
        units = (([_upsert(self._contacts.of_contact(clinic_id, c))] for c in group) for group in groups.values())
        await write_batches(self._rows, PATIENTS, units)

    async def _write_decisions(self, clinic_id: str, entries: Sequence[PlanEntry]) -> None:
        groups = grouped(
            entries, lambda e: appointment_partition(clinic_id, e.decision.day, e.decision.appointment_key)
        )
        together = ((self._with_message(entry) for entry in group) for group in groups.values())
        await write_batches(self._rows, MESSAGES, together)
        apart = grouped(filter(None, map(_message_elsewhere, entries)), lambda message: message.id.partition)
        units = (([_upsert(self._messages.of_message(m))] for m in group) for group in apart.values())
        await write_batches(self._rows, MESSAGES, units)

    def _with_message(self, entry: PlanEntry) -> Sequence[Change]:
        decision = self._decisions.of_decision(entry.decision)
        if entry.message is None or entry.message.id.partition != decision.partition:
            return [_upsert(decision)]
        return [_upsert(decision), _upsert(self._messages.of_message(entry.message))]

    async def _write_history(self, messages: Sequence[Message]) -> None:
        groups = grouped((row for message in messages for row in history_rows(message)), lambda row: row.partition)
        units = (([_upsert(row)] for row in {row.key: row for row in group}.values()) for group in groups.values())
        await write_batches(self._rows, HISTORY, units)

    async def _write_due(self, messages: Sequence[tuple[Message, int]], not_before: datetime | None) -> None:
        groups = grouped(messages, lambda one: due_shard(one[0].id))
        units = ((_due(message, attempt, not_before) for message, attempt in group) for group in groups.values())
        await write_batches(self._rows, DUE, units)

    async def _write_waiting(self, message_ids: Iterable[MessageId]) -> None:
        groups = grouped(map(waiting_row, message_ids), lambda row: row.partition)
        await write_batches(self._rows, WAITING, (([_upsert(row)] for row in group) for group in groups.values()))


def _message_elsewhere(entry: PlanEntry) -> Message | None:
    """A message that does not stand in its decision's partition: of another day, or not placed by its appointment."""
    decision, message = entry.decision, entry.message
    if message is None:
        return None
    beside = appointment_partition(decision.clinic_id, decision.day, decision.appointment_key)
    return None if message.id.partition == beside else message


def _due(message: Message, attempt: int, not_before: datetime | None) -> Sequence[Change]:
    at = max(message.scheduled_for, not_before or message.scheduled_for)
    return [_upsert(due_row_of(DueRow.of(message, at, DueAction.SEND, attempt)))]


def _order(turn: Turn) -> tuple[int, bool]:
    """A message is restored after the drop of the same attempt."""
    return turn.attempt, turn.event is EventName.RESTORED


def _upsert(row: Row) -> Change:
    return Change(Verb.UPSERT, row)
