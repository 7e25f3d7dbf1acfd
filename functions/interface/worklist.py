"""The worklist: what needs a person, and what a person says to it. Words are in the desk's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from annotated_types import MaxLen

from functions.interface.fields import AT, DEFAULT_ROWS, Channel, ClinicId, Cursor, Flow, Top, one_day
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.times import Explain, time_text
from functions.interface.words import Reads, Visibility, Words
from shared.domain.clinic import Clinic
from shared.services.callers import Permission
from shared.services.work_items import ListState, Resolution, public_id
from shared.storage.contract import Page, WorkItem, WorkKind

if TYPE_CHECKING:
    from shared.services.staff.unsent import Unsent
    from shared.services.staff.worklist import Desk, WorkWords


def read_kinds(text: str) -> frozenset[WorkKind]:
    """Kinds with a comma between them; none: all. Raises ValueError."""
    try:
        return frozenset(WorkKind(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("Give one or more of: " + ", ".join(WorkKind) + ".") from None


@dataclass(frozen=True, slots=True)
class ListQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    channel: Channel = ""
    kind: Annotated[
        frozenset[WorkKind],
        Reads(read_kinds, as_text=True),
        Words("Kind", "Only items of these kinds, with a comma between them."),
    ] = frozenset()
    state: Annotated[
        ListState,
        Words(
            "State",
            "What is open, soonest first, or what was resolved, newest first.",
            names={ListState.OPEN: "Open", ListState.RESOLVED: "Resolved"},
        ),
    ] = ListState.OPEN
    top: Top = DEFAULT_ROWS
    cursor: Cursor = ""


@dataclass(frozen=True, slots=True)
class UnsentQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    channel: Channel = ""
    day: Annotated[date | None, *one_day("Day", "The day of the appointments; left empty, the next one.")] = None
    top: Top = DEFAULT_ROWS
    cursor: Cursor = ""


@dataclass(frozen=True, slots=True)
class ResolveBody:
    __pydantic_config__: ClassVar = CONFIG

    resolution: Annotated[
        str,
        MaxLen(40),
        Words(
            "Resolution",
            "One of the item's own resolutions: " + ", ".join(Resolution) + ".",
            Visibility.IMPORTANT,
        ),
    ] = ""
    clinic_id: ClinicId = ""
    note: Annotated[str, Words("Note", "What was done, for the record; 2,000 characters at most.")] = ""


class WorkAnswer(TypedDict):
    """One thing to do."""

    id: Annotated[str, Words("Item", "Opaque id of the item.")]
    clinicId: Annotated[str, Words("Clinic", "The clinic whose item it is.")]
    kind: Annotated[str, Words("Kind", "What happened, as a code.")]
    kindText: Annotated[str, Words("Kind in words", "What happened.")]
    reason: Annotated[str | None, Words("Reason", "Why, as a code.")]
    reasonText: Annotated[str | None, Words("Reason in words", "Why.")]
    toDo: Annotated[str | None, Words("To do", "What a person should do now.")]
    channel: Annotated[str | None, Words("Channel", "The channel it is about.")]
    suggestion: Annotated[str | None, Words("Suggestion", "What the patient seems to want, as a code.")]
    suggestionText: Annotated[str | None, Words("Suggestion in words", "What the patient seems to want.")]
    openedAt: Annotated[str | None, Words("Opened at", f"When it was put here. {AT}")]
    actBy: Annotated[str | None, Words("Act by", f"Until when somebody should act. {AT}")]
    startsAt: Annotated[str | None, Words("Starts at", f"When the appointment starts. {AT}")]
    appointmentId: Annotated[str | None, Words("Appointment", "The source's id of the appointment.")]
    patientId: Annotated[str | None, Words("Patient", "Opaque id of the patient.")]
    patientName: Annotated[str | None, Words("Patient name", "The patient's name as the clinic's source gives it.")]
    contact: Annotated[str | None, Words("Contact", "How to reach the patient otherwise.")]
    said: Annotated[str | None, Words("Said", "What the patient wrote.")]
    messageId: Annotated[str | None, Words("Message", "Id of the message it is about.")]
    resolutions: Annotated[list[str], Words("Resolutions", "What may be answered to it.")]
    state: Annotated[str, Words("State", "open or resolved.")]
    resolvedAt: Annotated[str | None, Words("Resolved at", f"When it was resolved. {AT}")]
    resolvedBy: Annotated[str | None, Words("Resolved by", "Who resolved it.")]
    resolution: Annotated[str | None, Words("Resolution", "How it was resolved, as a code.")]
    resolutionText: Annotated[str | None, Words("Resolution in words", "How it was resolved.")]
    note: Annotated[str | None, Words("Note", "What was noted.")]


class WorkPage(Flow):
    """A page of the worklist."""

    value: Annotated[list[WorkAnswer], Words("Items", "What needs a person.")]


class UnsentAnswer(TypedDict):
    """One appointment of which no reminder has arrived."""

    clinicId: Annotated[str, Words("Clinic", "The clinic of the appointment.")]
    appointmentId: Annotated[str | None, Words("Appointment", "The source's id of the appointment.")]
    patientId: Annotated[str | None, Words("Patient", "Opaque id of the patient.")]
    patientName: Annotated[str | None, Words("Patient name", "The patient's name as the clinic's source gives it.")]
    contact: Annotated[str | None, Words("Contact", "How to reach the patient otherwise.")]
    startsAt: Annotated[str | None, Words("Starts at", f"When the appointment starts. {AT}")]
    appointmentType: Annotated[str | None, Words("Appointment type", "What kind of appointment it is.")]
    location: Annotated[str | None, Words("Location", "Where it is.")]
    why: Annotated[str, Words("Why", "Why no reminder has arrived, as a code.")]
    whyText: Annotated[str, Words("Why in words", "Why no reminder has arrived.")]
    reason: Annotated[str | None, Words("Reason", "The reason behind it, as a code.")]
    reasonText: Annotated[str | None, Words("Reason in words", "The reason behind it.")]
    step: Annotated[str, Words("Step", "Which reminder of the appointment.")]
    channel: Annotated[str | None, Words("Channel", "The channel it would have gone by.")]
    messageId: Annotated[str | None, Words("Message", "Id of the message, where there is one.")]


class UnsentPage(Flow):
    """A page of what has not arrived."""

    day: Annotated[str, Words("Day", "The day of the appointments.")]
    value: Annotated[list[UnsentAnswer], Words("Appointments", "Appointments of which no reminder has arrived.")]


LIST = Operation(
    id="ListWork",
    method=Method.GET,
    path="worklist",
    summary="List the worklist",
    description="Lists what needs a person, soonest first: unknown outcomes, unreachable patients, answers to approve.",
    permission=Permission.READ,
    query=ListQuery,
    body=Nothing,
    answer=WorkPage,
    errors=(404,),
    any_channel=True,
)
UNSENT = Operation(
    id="ListUnsent",
    method=Method.GET,
    path="worklist/unsent",
    summary="List appointments without a reminder",
    description="Lists the appointments of a day of which no reminder has arrived, and why.",
    permission=Permission.READ,
    query=UnsentQuery,
    body=Nothing,
    answer=UnsentPage,
    errors=(404,),
    any_channel=True,
)
RESOLVE = Operation(
    id="ResolveWork",
    method=Method.POST,
    path="worklist/{id}/resolve",
    summary="Resolve an item of the worklist",
    description="Says what a person did about an item of the worklist; the same answer again changes nothing.",
    permission=Permission.SEND,
    query=Nothing,
    body=ResolveBody,
    answer=WorkAnswer,
    errors=(404, 409, 413, 415),
    any_channel=True,
    path_words={"id": Words("Item", "Id of the item, as the list gives it.")},
)
OPERATIONS = (LIST, UNSENT, RESOLVE)


def work_answer(item: WorkItem, words: WorkWords, desk: Desk) -> WorkAnswer:
    from shared.services.staff.worklist import still_open_to

    return {
        "id": public_id(item),
        "clinicId": item.clinic_id,
        "kind": item.kind,
        "kindText": words.kind,
        "reason": item.reason or None,
        "reasonText": words.reason or None,
        "toDo": words.to_do or None,
        "channel": item.channel or None,
        "suggestion": item.suggestion or None,
        "suggestionText": words.suggestion or None,
        "openedAt": _time(item.opened_at, desk),
        "actBy": _time(item.act_by, desk),
        "startsAt": _time(item.starts_at, desk),
        "appointmentId": item.appointment_id or None,
        "patientId": item.patient_key or None,
        "patientName": item.patient_name or None,
        "contact": item.contact or None,
        "said": item.said or None,
        "messageId": str(item.message_id) if item.message_id else None,
        "resolutions": [str(one) for one in still_open_to(item)],
        "state": "resolved" if item.resolved_at else "open",
        "resolvedAt": _time(item.resolved_at, desk),
        "resolvedBy": item.resolved_by or None,
        "resolution": item.resolution or None,
        "resolutionText": words.resolution or None,
        "note": item.note or None,
    }


def unsent_page(day: date, page: Page[Unsent], clinic: Clinic, explain: Explain) -> UnsentPage:
    rows: Sequence[UnsentAnswer] = [_unsent(one, clinic, explain) for one in page.items]
    return {"day": day.isoformat(), "value": list(rows), "nextCursor": page.next_cursor or None}


def _unsent(one: Unsent, clinic: Clinic, explain: Explain) -> UnsentAnswer:
    decision = one.decision
    because = explain(("skip_reason",), one.reason, clinic) if one.reason else ""
    return {
        "clinicId": clinic.id,
        "appointmentId": decision.appointment_id or None,
        "patientId": decision.patient_key or None,
        "patientName": decision.patient_name or None,
        "contact": one.contact or None,
        "startsAt": time_text(decision.starts_at, clinic),
        "appointmentType": decision.appointment_type or None,
        "location": decision.location or None,
        "why": one.why,
        "whyText": explain(("unsent",), one.why, clinic),
        "reason": one.reason or None,
        "reasonText": because or None,
        "step": decision.step,
        "channel": decision.channel or None,
        "messageId": str(decision.message_id) if decision.message_id else None,
    }


def _time(instant: datetime | None, desk: Desk) -> str | None:
    return None if instant is None else desk.local(instant).isoformat(timespec="seconds")
