"""Appointments, each step with its decision and what became of its message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from functions.interface.fields import AT, DEFAULT_ROWS, Channel, ClinicId, Cursor, Flow, From, To, Top
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.times import STATE_REASONS, Explain, time_text
from functions.interface.words import Words
from shared.domain.clinic import Clinic
from shared.domain.message import Status
from shared.services.callers import Permission
from shared.storage.contract import DecisionRecord, Page

if TYPE_CHECKING:
    from shared.services.staff.report import AppointmentStep


@dataclass(frozen=True, slots=True)
class ListQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    channel: Channel = ""
    from_: From = None
    to: To = None
    top: Top = DEFAULT_ROWS
    cursor: Cursor = ""


class DecisionAnswer(TypedDict):
    """What was decided of one step of an appointment, and why."""

    appointmentId: Annotated[str, Words("Appointment", "The source's id of the appointment.")]
    patientId: Annotated[str | None, Words("Patient", "Opaque id of the patient.")]
    patientName: Annotated[str | None, Words("Patient name", "The patient's name as the clinic's source gives it.")]
    startsAt: Annotated[str | None, Words("Starts at", f"When the appointment starts. {AT}")]
    appointmentType: Annotated[str | None, Words("Appointment type", "What kind of appointment it is.")]
    location: Annotated[str | None, Words("Location", "Where it is.")]
    step: Annotated[str, Words("Step", "Which reminder of the appointment, such as 7d or 2d.")]
    decision: Annotated[str, Words("Decision", "planned or skipped.")]
    reason: Annotated[str | None, Words("Reason", "Why it was skipped, or why its message did not arrive, as a code.")]
    reasonText: Annotated[str | None, Words("Reason in words", "What the reason means and what to do.")]
    detail: Annotated[str | None, Words("Detail", "More about the reason, as a code.")]
    channel: Annotated[str | None, Words("Channel", "The channel the reminder goes by.")]
    scheduledFor: Annotated[str | None, Words("Scheduled for", f"When the reminder goes. {AT}")]
    messageId: Annotated[str | None, Words("Message", "Id of the reminder.")]
    decidedAt: Annotated[str | None, Words("Decided at", f"When this was decided. {AT}")]


class StepAnswer(DecisionAnswer):
    """A decision with what became of its message, and of the one that went in its stead."""

    state: Annotated[str | None, Words("State", "The state of the message.")]
    answer: Annotated[str | None, Words("Answer", "What the patient answered, as a request status.")]
    steadMessageId: Annotated[str | None, Words("Other message", "The message that went by another channel instead.")]
    steadChannel: Annotated[str | None, Words("Other channel", "The channel of the message that went instead.")]
    steadState: Annotated[str | None, Words("Other state", "The state of the message that went instead.")]


class AppointmentPage(Flow):
    """A page of appointments."""

    value: Annotated[list[StepAnswer], Words("Appointments", "Each step of each appointment.")]


LIST = Operation(
    id="ListAppointments",
    method=Method.GET,
    path="appointments",
    summary="List appointments",
    description="Lists appointments with the decision on each reminder: sent, planned for when, or skipped and why.",
    permission=Permission.READ,
    query=ListQuery,
    body=Nothing,
    answer=AppointmentPage,
    errors=(404,),
    any_channel=True,
)
OPERATIONS = (LIST,)


def decision_answer(decision: DecisionRecord, clinic: Clinic, explain: Explain) -> DecisionAnswer:
    return {
        "appointmentId": decision.appointment_id,
        "patientId": decision.patient_key or None,
        "patientName": decision.patient_name or None,
        "startsAt": time_text(decision.starts_at, clinic),
        "appointmentType": decision.appointment_type or None,
        "location": decision.location or None,
        "step": decision.step,
        "decision": "skipped" if decision.reason else "planned",
        "reason": decision.reason,
        "reasonText": explain(("skip_reason",), decision.reason, clinic) if decision.reason else None,
        "detail": decision.detail or None,
        "channel": decision.channel or None,
        "scheduledFor": time_text(decision.scheduled_for, clinic),
        "messageId": str(decision.message_id) if decision.message_id else None,
        "decidedAt": time_text(decision.decided_at, clinic),
    }


def appointment_page(page: Page[AppointmentStep], clinic: Clinic, explain: Explain) -> AppointmentPage:
    rows: Sequence[StepAnswer] = [_step(step, clinic, explain) for step in page.items]
    return {"value": list(rows), "nextCursor": page.next_cursor or None}


def reason_text(status: Status, clinic: Clinic, explain: Explain) -> str | None:
    """The reason of a message's state in words: its own, else that of the class of the provider's code."""
    codes = (code for code in (status.reason, status.error_class) if code)
    return next((said for code in codes if (said := explain(STATE_REASONS, code, clinic))), None)


def _step(step: AppointmentStep, clinic: Clinic, explain: Explain) -> StepAnswer:
    status, stead = step.status, step.stead
    shape: StepAnswer = {
        **decision_answer(step.decision, clinic, explain),
        "state": status.state if status else None,
        "answer": (status.answer or None) if status else None,
        "steadMessageId": str(stead.message_id) if stead else None,
        "steadChannel": stead.channel if stead else None,
        "steadState": stead.status.state if stead else None,
    }
    if status and status.reason:
        shape["reason"], shape["reasonText"] = status.reason, reason_text(status, clinic, explain)
    return shape
