"""What subscribers are told: one flat object for each kind of event, never with a message's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from functions.interface.fields import AT
from functions.interface.words import Words
from shared.domain.clinic import Clinic
from shared.domain.inbound import InboundMessage
from shared.domain.message import Event, Message, State, Status
from shared.domain.reply import Meaning

if TYPE_CHECKING:
    from shared.services.publishing.facts import News

_PATIENT = Words("Patient", "Opaque id of the patient; empty where nobody knows who it is.")


class NewsAnswer(TypedDict):
    """What all events have in common."""

    id: Annotated[str, Words("Event id", "The same however often this event is told: leave out what you have seen.")]
    event: Annotated[str, Words("Event", "What it is news of, such as message-sent.")]
    occurredAt: Annotated[str, Words("Occurred at", f"When it happened; events come in any order. {AT}")]
    clinicId: Annotated[str, Words("Clinic", "The clinic it is about; unassigned where none could be found.")]
    channel: Annotated[str, Words("Channel", "The channel it came by, such as whatsapp.")]


class NewsMessage(TypedDict):
    """A message as it stands when it is told of."""

    id: Annotated[str, Words("Message", "Opaque id of the message.")]
    clinicId: Annotated[str, Words("Clinic", "The clinic whose message it is.")]
    patientId: Annotated[str | None, _PATIENT]
    channel: Annotated[str, Words("Channel", "The channel it goes by, such as whatsapp.")]
    kind: Annotated[str, Words("Kind", "One of reminder, prescription, reply and raw.")]
    state: Annotated[str, Words("State", "What all events come to by now: one of " + ", ".join(State) + ".")]
    reason: Annotated[str | None, Words("Reason", "Why it is in this state, as a code.")]
    scheduledFor: Annotated[str, Words("Scheduled for", f"When it was to go. {AT}")]
    expiresAt: Annotated[str, Words("Expires at", f"It is never sent after this. {AT}")]
    createdAt: Annotated[str, Words("Created at", f"When it was taken. {AT}")]
    updatedAt: Annotated[str, Words("Updated at", f"When it came to its state. {AT}")]
    providerId: Annotated[str | None, Words("Provider id", "The provider's own id of it, once accepted.")]
    appointmentId: Annotated[str | None, Words("Appointment", "The source's id of the appointment it is about.")]
    sentBy: Annotated[str, Words("Sent by", "Who sent it; system for what was planned.")]
    mock: Annotated[bool, Words("Mock", "True where it went to a simulator, not to a patient.")]


class MessageNews(NewsAnswer):
    """Something happened to a message."""

    eventState: Annotated[str, Words("New state", "What this one event says, such as delivered.")]
    reason: Annotated[str | None, Words("Reason", "Why, as a code.")]
    message: Annotated[NewsMessage, Words("Message", "The message, without its words.")]


class ReplyNews(NewsAnswer):
    """A patient wrote or pressed something."""

    patientId: Annotated[str | None, _PATIENT]
    messageId: Annotated[str | None, Words("Answered message", "The message that it answers, where that is known.")]
    kind: Annotated[str, Words("Kind", "What it is, such as text, button or image.")]
    text: Annotated[str, Words("Text", "What the patient wrote, or the button's label.")]
    meaning: Annotated[str, Words("Meaning", "What was understood: one of " + ", ".join(Meaning) + ".")]
    suggestion: Annotated[str | None, Words("Suggestion", "What it may mean, for a person to decide.")]
    certain: Annotated[bool, Words("Certain", "True where it is a plain answer; false: a person reads it first.")]


class OptOutNews(NewsAnswer):
    """A patient stopped a channel."""

    patientId: Annotated[str | None, _PATIENT]
    messageId: Annotated[str | None, Words("Last message", "The last message to that address, where there is one.")]
    source: Annotated[str, Words("Source", "How they did it, such as stop or unsubscribed.")]


def news_body(news: News) -> bytes:
    """What is posted."""
    return json.dumps(news_shape(news), ensure_ascii=False).encode()


def news_shape(news: News) -> Mapping[str, Any]:
    if news.message and news.status and news.event:
        return _of_message(news, news.message, news.status, news.event)
    return _of_reply(news, news.reply) if news.reply else _of_opt_out(news)


def _common(news: News) -> NewsAnswer:
    delivery = news.delivery
    return {
        "id": delivery.event_id,
        "event": delivery.topic,
        "occurredAt": _time(delivery.occurred_at, news.clinic),
        "clinicId": delivery.clinic_id,
        "channel": delivery.channel,
    }


def _of_message(news: News, message: Message, status: Status, event: Event) -> MessageNews:
    return {
        **_common(news),
        "eventState": event.name,
        "reason": event.detail or None,
        "message": _message(message, status, news.clinic),
    }


def _of_reply(news: News, item: InboundMessage) -> ReplyNews:
    delivery = news.delivery
    return {
        **_common(news),
        "patientId": delivery.patient_key or None,
        "messageId": str(delivery.message_id) if delivery.message_id else None,
        "kind": item.kind,
        "text": item.text,
        "meaning": delivery.said,
        "suggestion": delivery.suggestion or None,
        "certain": delivery.certain,
    }


def _of_opt_out(news: News) -> OptOutNews:
    delivery = news.delivery
    return {
        **_common(news),
        "patientId": delivery.patient_key or None,
        "messageId": str(delivery.message_id) if delivery.message_id else None,
        "source": delivery.said,
    }


def _message(m: Message, s: Status, clinic: Clinic | None) -> NewsMessage:
    return {
        "id": str(m.id),
        "clinicId": m.id.clinic_id,
        "patientId": m.patient_key or None,
        "channel": m.channel,
        "kind": m.kind,
        "state": s.state,
        "reason": s.reason or None,
        "scheduledFor": _time(m.scheduled_for, clinic),
        "expiresAt": _time(m.expires_at, clinic),
        "createdAt": _time(m.created_at, clinic),
        "updatedAt": _time(max(s.at, m.created_at), clinic),
        "providerId": s.provider_id or None,
        "appointmentId": m.appointment_id or None,
        "sentBy": m.sent_by,
        "mock": m.mock,
    }


def _time(instant: datetime, clinic: Clinic | None) -> str:
    local = clinic.local(instant) if clinic else instant.astimezone(UTC)
    return local.isoformat(timespec="seconds")
