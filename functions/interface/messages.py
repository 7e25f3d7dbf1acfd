"""Messages: the proposals' `POST /v1/messages`, the lists, one message with its story, cancelling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from functions.interface.fields import AT, DEFAULT_ROWS, Channel, ClinicId, Cursor, Flow, From, MessageId, To, Top
from functions.interface.operation import CONFIG, Method, Nothing, Operation, Raw
from functions.interface.times import time_text
from functions.interface.words import Reads, Visibility, Words
from shared.domain.clinic import Clinic
from shared.domain.message import Event, State
from shared.services.callers import Permission
from shared.storage.contract import Page

if TYPE_CHECKING:
    from shared.services.asking.submit import Submitted
    from shared.services.staff.report import MessageView


class View(StrEnum):
    SENT = "sent"
    SCHEDULED = "scheduled"


def read_states(text: str) -> frozenset[State]:
    """States with a comma between them; none: all. Raises ValueError."""
    try:
        return frozenset(State(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("Give one or more of: " + ", ".join(State) + ".") from None


@dataclass(frozen=True, slots=True)
class SubmitQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""


@dataclass(frozen=True, slots=True)
class ListQuery:
    __pydantic_config__: ClassVar = CONFIG

    view: Annotated[
        View,
        Words(
            "View",
            "What has been sent, newest first, or what is still to be sent.",
            Visibility.IMPORTANT,
            names={View.SENT: "Sent", View.SCHEDULED: "To be sent"},
        ),
    ] = View.SENT
    clinic_id: ClinicId = ""
    channel: Channel = ""
    state: Annotated[
        frozenset[State],
        Reads(read_states, as_text=True),
        Words("State", "Only messages in these states, with a comma between them, such as failed,unknown."),
    ] = frozenset()
    from_: From = None
    to: To = None
    top: Top = DEFAULT_ROWS
    cursor: Cursor = ""


class MessageAnswer(TypedDict):
    """A message as lists show it: no body, no events."""

    id: Annotated[str, Words("Message", "Opaque id of the message.")]
    clinicId: Annotated[str, Words("Clinic", "The clinic whose message it is.")]
    patientId: Annotated[str | None, Words("Patient", "Opaque id of the patient; empty for a message to a stranger.")]
    patientName: Annotated[str | None, Words("Patient name", "The patient's name as the clinic's source gives it.")]
    channel: Annotated[str, Words("Channel", "The channel it goes by, such as whatsapp.")]
    kind: Annotated[str, Words("Kind", "One of reminder, prescription, reply and raw.")]
    state: Annotated[str, Words("State", "One of " + ", ".join(State) + ".")]
    reason: Annotated[str | None, Words("Reason", "Why it is in this state, as a code; empty where nothing is wrong.")]
    answer: Annotated[str | None, Words("Answer", "What the patient answered, as a request status.")]
    scheduledFor: Annotated[str | None, Words("Scheduled for", f"When it is to go. {AT}")]
    expiresAt: Annotated[str | None, Words("Expires at", f"It is never sent after this. {AT}")]
    createdAt: Annotated[str | None, Words("Created at", f"When it was taken. {AT}")]
    updatedAt: Annotated[str | None, Words("Updated at", f"When it came to its state. {AT}")]
    providerId: Annotated[str | None, Words("Provider id", "The provider's own id of it, once accepted.")]
    appointmentId: Annotated[str | None, Words("Appointment", "The source's id of the appointment it is about.")]
    insteadOf: Annotated[str | None, Words("Instead of", "The message that did not arrive by another channel.")]
    sentBy: Annotated[str, Words("Sent by", "Who sent it; system for what was planned.")]
    mock: Annotated[bool, Words("Mock", "True where it went to a simulator, not to a patient.")]


class SentAnswer(MessageAnswer):
    """A message that was just taken."""

    repeat: Annotated[bool, Words("Repeat", "True where the same request came before: it is not sent again.")]
    warnings: Annotated[list[str], Words("Warnings", "What to know of it; it goes all the same.")]


class EventAnswer(TypedDict):
    """One step of a message's story."""

    at: Annotated[str | None, Words("At", f"When it happened. {AT}")]
    state: Annotated[str, Words("Event", "What happened.")]
    detail: Annotated[str | None, Words("Detail", "Why, as a code.")]
    attempt: Annotated[int, Words("Attempt", "Which attempt to send it was.")]


class WholeMessage(MessageAnswer):
    """A message with its words and its story."""

    body: Annotated[str, Words("Text", "What the patient reads, word for word.")]
    events: Annotated[list[EventAnswer], Words("Events", "All that happened to it, in order.")]


class MessagePage(Flow):
    """A page of messages."""

    value: Annotated[list[MessageAnswer], Words("Messages", "The messages of this page.")]


SUBMIT = Operation(
    id="SendMessage",
    method=Method.POST,
    path="messages",
    summary="Send a message",
    description="Sends a message in the channel's own format, to anyone who has not opted out.",
    permission=Permission.SEND,
    query=SubmitQuery,
    body=Raw,
    answer=SentAnswer,
    status=202,
    errors=(404, 409, 413, 415, 422),
    visibility=Visibility.ADVANCED,
)
LIST = Operation(
    id="ListMessages",
    method=Method.GET,
    path="messages",
    summary="List messages",
    description="Lists what has been sent, newest first, or what is still to be sent.",
    permission=Permission.READ,
    query=ListQuery,
    body=Nothing,
    answer=MessagePage,
    errors=(404,),
    any_channel=True,
)
READ = Operation(
    id="GetMessage",
    method=Method.GET,
    path="messages/{id}",
    summary="Get a message",
    description="Gets one message with its words and every step it took.",
    permission=Permission.READ,
    query=Nothing,
    body=Nothing,
    answer=WholeMessage,
    errors=(404,),
    any_channel=True,
    path_words={"id": MessageId},
)
CANCEL = Operation(
    id="CancelScheduledMessage",
    method=Method.DELETE,
    path="messages/{id}",
    summary="Cancel a scheduled message",
    description="Cancels a message that has not left yet; what has left cannot be called back.",
    permission=Permission.SEND,
    query=Nothing,
    body=Nothing,
    answer=MessageAnswer,
    errors=(404, 409),
    any_channel=True,
    path_words={"id": MessageId},
)
OPERATIONS = (SUBMIT, LIST, READ, CANCEL)


def message_answer(view: MessageView, clinic: Clinic) -> MessageAnswer:
    m, s = view.message, view.status
    return {
        "id": str(m.id),
        "clinicId": m.id.clinic_id,
        "patientId": m.patient_key or None,
        "patientName": m.patient_name or None,
        "channel": m.channel,
        "kind": m.kind,
        "state": s.state,
        "reason": s.reason or None,
        "answer": s.answer or None,
        "scheduledFor": time_text(m.scheduled_for, clinic),
        "expiresAt": time_text(m.expires_at, clinic),
        "createdAt": time_text(m.created_at, clinic),
        "updatedAt": time_text(max(s.at, m.created_at), clinic),
        "providerId": s.provider_id or None,
        "appointmentId": m.appointment_id or None,
        "insteadOf": m.instead_of or None,
        "sentBy": m.sent_by,
        "mock": m.mock,
    }


def sent_answer(done: Submitted, clinic: Clinic) -> SentAnswer:
    from shared.services.staff.report import MessageView

    taken = message_answer(MessageView(done.message, done.status), clinic)
    return {**taken, "repeat": done.repeat, "warnings": list(done.warnings)}


def whole_message(view: MessageView, body: str, clinic: Clinic) -> WholeMessage:
    events = [_event(event, clinic) for event in view.events]
    return {**message_answer(view, clinic), "body": body, "events": events}


def message_page(page: Page[MessageView], clinic: Clinic) -> MessagePage:
    return {"value": [message_answer(view, clinic) for view in page.items], "nextCursor": page.next_cursor or None}


def _event(event: Event, clinic: Clinic) -> EventAnswer:
    return {
        "at": time_text(event.at, clinic),
        "state": event.name,
        "detail": event.detail or None,
        "attempt": event.attempt,
    }
