"""The JSON of events as subscribers get them: flat, without the message's body, times with the clinic's own offset."""

import json
from datetime import UTC, datetime
from typing import Any

from shared.domain.clinic import Clinic
from shared.domain.inbound import InboundMessage
from shared.domain.message import Event, Message, Status
from shared.services.publishing.facts import News


def news_body(news: News) -> bytes:
    return json.dumps(news_shape(news), ensure_ascii=False).encode()


def news_shape(news: News) -> dict[str, Any]:
    """`id` is the same however often an event is told, so that a flow can leave out what it has seen."""
    delivery, clinic = news.delivery, news.clinic
    shape: dict[str, Any] = {
        "id": delivery.event_id,
        "event": delivery.topic,
        "occurredAt": _time(news.occurred_at, clinic),
        "clinicId": delivery.clinic_id,
        "channel": delivery.channel,
    }
    if news.message and news.status and news.event:
        return {**shape, **_message(news.message, news.status, news.event, clinic)}
    shape |= {
        "patientId": delivery.patient_key or None,
        "messageId": str(delivery.message_id) if delivery.message_id else None,
    }
    if news.reply:
        understood = {"meaning": delivery.said, "suggestion": delivery.suggestion or None, "certain": delivery.certain}
        return {**shape, **_reply(news.reply), **understood}
    return {**shape, "source": delivery.said}


def _message(message: Message, status: Status, event: Event, clinic: Clinic | None) -> dict[str, Any]:
    """`eventState`: what this event says. `message.state`: what all come to by now, since events come in any order."""
    return {
        "eventState": event.name,
        "reason": event.detail or None,
        "message": {
            "id": str(message.id),
            "clinicId": message.id.clinic_id,
            "patientId": message.patient_key or None,
            "channel": message.channel,
            "kind": message.kind,
            "state": status.state,
            "reason": status.reason or None,
            "scheduledFor": _time(message.scheduled_for, clinic),
            "expiresAt": _time(message.expires_at, clinic),
            "createdAt": _time(message.created_at, clinic),
            "updatedAt": _time(max(status.at, message.created_at), clinic),
            "providerId": status.provider_id or None,
            "appointmentId": message.appointment_id or None,
            "sentBy": message.sent_by,
            "mock": message.mock,
        },
    }


def _reply(item: InboundMessage) -> dict[str, Any]:
    return {"kind": item.kind, "text": item.text}


def _time(instant: datetime, clinic: Clinic | None) -> str:
    local = clinic.local(instant) if clinic else instant.astimezone(UTC)
    return local.isoformat(timespec="seconds")
