"""Schedules: many reminders or messages for given times, one result per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypedDict

from functions.interface.fields import AT, ClinicId, IdempotencyKey
from functions.interface.operation import CONFIG, Method, Operation
from functions.interface.times import time_text
from functions.interface.words import Words
from shared.domain.clinic import Clinic
from shared.services.callers import Permission

if TYPE_CHECKING:
    from shared.services.asking.schedules import RowOutcome


@dataclass(frozen=True, slots=True)
class ScheduleQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""


class ScheduleItem(TypedDict, total=False):
    """One reminder of an appointment, at a time."""

    appointmentId: Annotated[str, Words("Appointment", "The source's id of the appointment.")]
    hoursBefore: Annotated[float, Words("Hours before", "How many hours before the appointment, 2 to 72.")]
    sendAt: Annotated[str, Words("Send at", "A time with its offset instead, such as 2026-11-24T10:00:00+00:00.")]
    idempotencyKey: Annotated[str, Words("Idempotency key", "A word of your own: the same row again changes nothing.")]


@dataclass(frozen=True, slots=True)
class ScheduleBody:
    """`items` are read one by one, so that a wrong one harms no other (asking/schedule_rows.py)."""

    __pydantic_config__: ClassVar = CONFIG

    items: Annotated[list[Any], Words("Reminders", "What to send when, 200 rows at most.", rows=ScheduleItem)]
    clinic_id: ClinicId = ""
    idempotency_key: IdempotencyKey = ""


class RowAnswer(TypedDict):
    """What one row became."""

    index: Annotated[int, Words("Row", "Which row, the first is 0.")]
    status: Annotated[str, Words("Status", "scheduled, repeat or refused.")]
    id: Annotated[str | None, Words("Message", "Id of the message it became.")]
    state: Annotated[str | None, Words("State", "The state of that message.")]
    scheduledFor: Annotated[str | None, Words("Scheduled for", f"When it goes. {AT}")]
    code: Annotated[str | None, Words("Code", "Why it was refused, as a code.")]
    reason: Annotated[str | None, Words("Reason", "Why it was refused, in words.")]
    warnings: Annotated[list[str], Words("Warnings", "What to know of it; it goes all the same.")]


class ScheduleAnswer(TypedDict):
    """What every row became."""

    value: Annotated[list[RowAnswer], Words("Rows", "One result for each row, in order.")]


SCHEDULE = Operation(
    id="ScheduleReminders",
    method=Method.POST,
    path="schedules",
    summary="Schedule reminders",
    description="Schedules many reminders for given times; each row is taken or refused for itself.",
    permission=Permission.SEND,
    query=ScheduleQuery,
    body=ScheduleBody,
    answer=ScheduleAnswer,
    errors=(404, 413, 415, 422),
)
OPERATIONS = (SCHEDULE,)


def schedule_answer(rows: Sequence[RowOutcome], clinic: Clinic) -> ScheduleAnswer:
    return {"value": [_row(row, clinic) for row in rows]}


def _row(row: RowOutcome, clinic: Clinic) -> RowAnswer:
    view, refusal = row.view, row.refusal
    return {
        "index": row.index,
        "status": row.status,
        "id": str(view.message.id) if view else None,
        "state": view.status.state if view else None,
        "scheduledFor": time_text(view.message.scheduled_for, clinic) if view else None,
        "code": refusal.code if refusal else None,
        "reason": refusal.reason if refusal else None,
        "warnings": list(row.warnings),
    }
