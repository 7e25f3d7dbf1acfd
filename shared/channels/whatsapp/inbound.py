"""`messages` of a callback: what a patient wrote or pressed, whatever its kind."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shared.channels.whatsapp.reading import address, identifier, instant, term, words
from shared.domain.inbound import AccountNotice, ContactChange, ContactEvent, InboundEvent, InboundMessage

Parts = tuple[str, str, str]  # text, payload, in_reply_to

_ADDRESS_CHANGES = frozenset(
    {"user_changed_number", "customer_changed_number", "user_changed_user_id", "customer_identity_changed"}
)


def read_message(message: Mapping[str, Any], channel: str, account: str) -> InboundEvent:
    """One message. A kind that we do not know still reaches staff, without words."""
    kind = term(message.get("type")) or "unknown"
    at = instant(message["timestamp"])
    provider_id = identifier(message["id"])
    if kind == "system":
        return _system(message, provider_id, at, channel, account)
    sender = _sender(message)
    text, payload, replied = _PARTS[kind](message[kind]) if kind in _PARTS and _holds(message, kind) else ("", "", "")
    return InboundMessage(channel, account, sender, provider_id, at, kind, text, payload, replied or _quoted(message))


def _holds(message: Mapping[str, Any], kind: str) -> bool:
    # Meta has sent interactive replies without their body (code 131000): still a message.
    return type(message.get(kind)) is (list if kind == "contacts" else dict)


def _sender(message: Mapping[str, Any]) -> str:
    found = address(message.get("from")) or address(message.get("from_user_id"))
    if not found:
        raise ValueError("no sender")
    return found


def _quoted(message: Mapping[str, Any]) -> str:
    context = message.get("context")
    return term_id(context.get("id")) if type(context) is dict else ""


def term_id(value: Any) -> str:
    """A message id that is good to have but not needed: empty if it makes no sense."""
    try:
        return identifier(value)
    except ValueError:
        return ""


def _text(part: dict[str, Any]) -> Parts:
    return words(part.get("body")), "", ""


def _button(part: dict[str, Any]) -> Parts:
    return words(part.get("text")), words(part.get("payload")), ""


def _interactive(part: dict[str, Any]) -> Parts:
    kind = part.get("type")
    reply = part.get(kind) if type(kind) is str else None
    if type(reply) is not dict:
        return "", "", ""
    if kind == "nfm_reply":
        answers = reply.get("response_json")
        return words(reply.get("body")), words(answers if type(answers) is str else json.dumps(answers)), ""
    if kind == "call_permission_reply":
        return "", words(reply.get("response")), ""
    return words(reply.get("title")), words(reply.get("id")), ""


def _media(part: dict[str, Any]) -> Parts:
    return words(part.get("caption")), "", ""


def _location(part: dict[str, Any]) -> Parts:
    named = ", ".join(filter(None, (words(part.get("name")), words(part.get("address")))))
    return named or f"{part.get('latitude', '')!s:.12}, {part.get('longitude', '')!s:.12}", "", ""


def _contacts(part: list[Any]) -> Parts:
    names = [card.get("name") for card in part if type(card) is dict]
    return ", ".join(words(n.get("formatted_name")) for n in names if type(n) is dict), "", ""


def _reaction(part: dict[str, Any]) -> Parts:
    return words(part.get("emoji")), "", term_id(part.get("message_id"))


def _order(part: dict[str, Any]) -> Parts:
    return words(part.get("text")), "", ""


def _edit(part: dict[str, Any]) -> Parts:
    original = term_id(part.get("original_message_id"))
    new = part.get("message")
    kind = new.get("type") if type(new) is dict else None
    if type(new) is dict and type(kind) is str and kind in ("text", *_MEDIA) and type(new.get(kind)) is dict:
        return *_PARTS[kind](new[kind])[:2], original
    return "", "", original


def _revoke(part: dict[str, Any]) -> Parts:
    return "", "", term_id(part.get("original_message_id"))


def _system(message: Mapping[str, Any], provider_id: str, at: datetime, channel: str, account: str) -> InboundEvent:
    """The patient's number or id changed, or Meta's note of something else."""
    system = message["system"]
    change = system.get("type")
    if change not in _ADDRESS_CHANGES:
        return AccountNotice(channel, account, "system", at, term(change))
    # The old address: that is the one our records know.
    old = (message.get("from"), message.get("from_user_id"), system.get("previous_user_id"), system.get("customer"))
    sender = next(filter(None, map(address, old)), "")
    if not sender:
        raise ValueError("no sender")
    return ContactEvent(channel, account, sender, ContactChange.ADDRESS_CHANGED, at, provider_id)


_MEDIA = ("image", "video", "audio", "document", "sticker")
_PARTS: dict[str, Callable[[Any], Parts]] = {
    "text": _text,
    "button": _button,
    "interactive": _interactive,
    **dict.fromkeys(_MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "order": _order,
    "edit": _edit,
    "revoke": _revoke,
}
