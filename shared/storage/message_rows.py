"""A message and its events as rows, and back. All rows of one message are neighbours: one range read gives them.

m_<digest>                      the planned facts
m_<digest>_go_<attempt>         claimed, cancelled or dropped: they compete for this key
m_<digest>_<event>_<attempt>    accepted, rejected, unknown, restored, resumed, asked
m_<digest>_<event>_<word>       held, told: by their detail; answered: by what was answered
m_<digest>_<event>              sent, delivered, read, failed, rerouted, opted_out: once, however often and by whatever
                                attempt
"""

from collections.abc import Mapping
from typing import cast

from shared.domain.content import Content, RawContent, TemplateContent, TextContent
from shared.domain.identity import MessageId
from shared.domain.message import GO_EVENTS, Event, EventName, Kind, Message, Priority
from shared.errors import Unsealable
from shared.storage.columns import number, octets, present, text
from shared.storage.contract import Turn
from shared.storage.instants import to_instant, to_text
from shared.storage.places import MESSAGES, SEALED
from shared.storage.rows import AFTER_ALL, Row, Span, Value
from shared.storage.seal import Sealer, place

PREFIX = "m_"
TURN = "turn"  # a true column on the rows of TURNS, for a query that wants only them
TURNS = GO_EVENTS | {EventName.RESTORED}
TURN_COLUMNS = ("event", "attempt", "detail")
_DIGEST = slice(len(PREFIX), len(PREFIX) + 26)


def facts_key(message_id: MessageId) -> str:
    return PREFIX + message_id.digest


def event_key(event: Event) -> str:
    """Determined by the event: a repeat meets its own row."""
    return f"{facts_key(event.message_id)}_{event.key}"


def whole_span(message_id: MessageId) -> Span:
    """Facts and events."""
    return Span.within(message_id.partition, facts_key(message_id), facts_key(message_id) + AFTER_ALL)


def events_span(message_id: MessageId) -> Span:
    return Span.prefixed(message_id.partition, facts_key(message_id) + "_")


def id_of(row: Row) -> MessageId:
    """The message that a row of this table is about."""
    return MessageId.parse(f"{row.partition}_{digest_of(row.key)}")


def digest_of(key: str) -> str:
    return key[_DIGEST]


def turn_of(row: Row) -> Turn:
    """Of a row of TURNS with TURN_COLUMNS at least."""
    columns = row.columns
    return Turn(EventName(text(columns, "event")), number(columns, "attempt", 1), text(columns, "detail"))


def is_facts(row: Row) -> bool:
    return len(row.key) == _DIGEST.stop


class MessageRows:
    """Messages and events to rows and back."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def of_message(self, message: Message) -> Row:
        partition, key = message.id.partition, facts_key(message.id)
        sealed = {
            "to": message.to,
            "content": _content_to_json(message.content),
            "name": message.patient_name,
            "appointment": message.appointment_id,
            "by": message.sent_by,
        }
        columns = {
            "kind": message.kind.value,
            "channel": message.channel,
            "account": message.account,
            "language": message.language,
            "scheduled_for": to_text(message.scheduled_for),
            "expires_at": to_text(message.expires_at),
            "created_at": to_text(message.created_at),
            "patient_key": message.patient_key,
            "appointment_key": message.appointment_key,
            "starts_at": to_text(message.starts_at) if message.starts_at else None,
            "step": message.step,
            "version": message.version,
            "mock": message.mock or None,
            "address_key": message.address_key,
            "zone": message.zone,
            "priority": int(message.priority),
            "instead_of": message.instead_of,
            "prescription": message.prescription,
            "template": template_of(message),
            SEALED: self._sealer.seal_json(sealed, place(MESSAGES, partition, key, SEALED)),
        }
        return Row(partition, key, present(columns))

    def to_message(self, row: Row) -> Message:
        """Raises Unsealable."""
        columns = row.columns
        sealed = self._sealer.unseal_json(octets(columns, SEALED), place(MESSAGES, row.partition, row.key, SEALED))
        starts_at = text(columns, "starts_at")
        return Message(
            id=id_of(row),
            kind=Kind(text(columns, "kind")),
            channel=text(columns, "channel"),
            account=text(columns, "account"),
            to=str(sealed["to"]),
            content=_content_from_json(cast("Mapping[str, object]", sealed["content"])),
            language=text(columns, "language"),
            scheduled_for=to_instant(text(columns, "scheduled_for")),
            expires_at=to_instant(text(columns, "expires_at")),
            created_at=to_instant(text(columns, "created_at")),
            patient_key=text(columns, "patient_key"),
            patient_name=str(sealed["name"]),
            appointment_id=str(sealed["appointment"]),
            appointment_key=text(columns, "appointment_key"),
            starts_at=to_instant(starts_at) if starts_at else None,
            step=text(columns, "step"),
            version=text(columns, "version"),
            sent_by=str(sealed["by"]),
            mock=bool(columns.get("mock", False)),
            address_key=text(columns, "address_key"),
            zone=text(columns, "zone"),
            priority=Priority(number(columns, "priority", Priority.LATER)),
            instead_of=text(columns, "instead_of"),
            prescription=text(columns, "prescription"),
        )

    def of_event(self, event: Event) -> Row:
        partition, key = event.message_id.partition, event_key(event)
        columns: dict[str, Value | None] = {
            "event": event.name.value,
            "at": to_text(event.at),
            "attempt": event.attempt,
            "detail": event.detail,
            "owner": event.owner,
            "lease_until": to_text(event.lease_until) if event.lease_until else None,
            "error_class": event.error_class,
            TURN: True if event.name in TURNS else None,
        }
        if event.provider_id:  # a wamid holds the patient's number, in base64 (providers.md 1)
            sealed = {"provider_id": event.provider_id}
            columns[SEALED] = self._sealer.seal_json(sealed, place(MESSAGES, partition, key, SEALED))
        return Row(partition, key, present(columns))

    def to_event(self, row: Row) -> Event:
        """Raises Unsealable."""
        columns, provider_id = row.columns, ""
        if sealed := octets(columns, SEALED):
            opened = self._sealer.unseal_json(sealed, place(MESSAGES, row.partition, row.key, SEALED))
            provider_id = str(opened["provider_id"])
        lease_until = text(columns, "lease_until")
        return Event(
            message_id=id_of(row),
            name=EventName(text(columns, "event")),
            at=to_instant(text(columns, "at")),
            attempt=number(columns, "attempt", 1),
            detail=text(columns, "detail"),
            provider_id=provider_id,
            owner=text(columns, "owner"),
            lease_until=to_instant(lease_until) if lease_until else None,
            error_class=text(columns, "error_class"),
        )


def template_of(message: Message) -> str:
    """What insights group messages by; empty for free text and raw bodies. Holds no patient data."""
    content = message.content
    return content.provider_template or content.purpose if isinstance(content, TemplateContent) else ""


def _content_to_json(content: Content) -> Mapping[str, object]:
    match content:
        case TemplateContent(purpose, language, values, provider_template):
            return {"is": "template", "of": [purpose, language, provider_template], "values": dict(values)}
        case TextContent(body):
            return {"is": "text", "body": body}
        case RawContent(payload):
            return {"is": "raw", "payload": payload}


def _content_from_json(stored: Mapping[str, object]) -> Content:
    match stored:
        case {"is": "template", "of": [str(purpose), str(language), str(template)], "values": dict(values)}:
            return TemplateContent(purpose, language, values, template)
        case {"is": "text", "body": str(body)}:
            return TextContent(body)
        case {"is": "raw", "payload": dict(payload)}:
            return RawContent(payload)
        case _:
            raise Unsealable("A stored message has a content of no known kind.")
