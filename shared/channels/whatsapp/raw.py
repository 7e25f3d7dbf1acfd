"""The proposal's raw body of `POST /v1/messages`: read, checked, and given the form that Meta takes today.

The proposal writes `preview_url` beside `text`, Meta wants it inside: both places are read. `messaging_product` may be
absent. `to` must be E.164 with +. The proposal calls it "whatsapp-id", which Meta writes without the +, but digits
alone are ambiguous ("7700900123" is a British number without its 0, or one in Kazakhstan) and Meta completes them with
the business's own country code, so that a stranger would read the message (Messages, Phone number formats).
"""

from collections.abc import Mapping
from typing import Any

from shared.channels.contract import RawRequest
from shared.channels.whatsapp.fields import Fields
from shared.channels.whatsapp.limits import MAX_REFERENCE, is_e164, is_user_id
from shared.channels.whatsapp.notices import template_key
from shared.channels.whatsapp.raw_types import TYPES
from shared.errors import FieldProblem, InvalidInput

_COMMON = frozenset({"messaging_product", "recipient_type", "to", "recipient", "type", "context", "preview_url"})
_OURS = frozenset({"biz_opaque_callback_data"})
_PASSED_ON = frozenset({"recipient_identity_key_hash"})
_NOT_E164 = "must be a full number without spaces that begins with + and the country code (+44…)"


def read(payload: Mapping[str, object]) -> RawRequest:
    """To whom a raw body goes. Raises InvalidInput that names every wrong field and holds none of the values."""
    found = problems(payload)
    if found:
        raise InvalidInput("The message cannot be sent as it is: " + "; ".join(map(_sentence, found)) + ".", found)
    return RawRequest(to=_recipient(payload))


def problems(payload: Mapping[str, object]) -> tuple[FieldProblem, ...]:
    """Everything that Meta would refuse."""
    body = Fields(payload)
    body.choice("messaging_product", ("whatsapp",), default="whatsapp")
    body.choice("recipient_type", ("individual",), default="individual")
    _check_recipient(body)
    _check_preview(body)
    if "context" in payload and (context := body.child("context")):
        context.text("message_id", 512)
    body.text("recipient_identity_key_hash", 256, required=False)
    body.text("biz_opaque_callback_data", MAX_REFERENCE, required=False, blank=True)
    kind = body.choice("type", tuple(TYPES), default="text")
    if kind:
        TYPES[kind](body)
    return tuple(body.problems)


def warnings(payload: Mapping[str, object]) -> tuple[str, ...]:
    """What is not passed on, in words for the caller."""
    known = _COMMON | _OURS | _PASSED_ON | {str(payload.get("type", "text"))}
    said = [
        f"The field {name[:40]!r} is not part of a WhatsApp message and is not sent." for name in payload.keys() - known
    ]
    if payload.keys() & _OURS:
        said.append("biz_opaque_callback_data is replaced by this service's own reference.")
    return tuple(sorted(said))


def wire(payload: Mapping[str, object]) -> dict[str, Any]:
    """A checked body in Meta's form, without recipient and reference."""
    kind = str(payload.get("type", "text"))
    part = payload[kind]
    if kind == "text" and isinstance(part, Mapping):
        part = {"preview_url": bool(part.get("preview_url", payload.get("preview_url", False))), "body": part["body"]}
    extras = {name: payload[name] for name in ("context", *_PASSED_ON) if name in payload}
    return {"type": kind, kind: part, **extras}


def template_of(payload: Mapping[str, object]) -> str:
    """The template that a body names; empty for other kinds of message."""
    template = payload.get("template")
    language = template.get("language") if isinstance(template, Mapping) else None
    if not isinstance(template, Mapping) or not isinstance(language, Mapping):
        return ""
    return template_key(str(template.get("name", "")), str(language.get("code", "")))


def _check_recipient(body: Fields) -> None:
    to, user_id = body.values.get("to"), body.values.get("recipient")
    if to is None and user_id is not None:
        if not (isinstance(user_id, str) and is_user_id(user_id)):
            body.wrong("recipient", "must be a business-scoped user id")
    elif not isinstance(to, str):
        body.wrong("to", "is missing" if to is None else _NOT_E164)
    elif not (is_e164(to) or is_user_id(to)):
        body.wrong("to", _NOT_E164)


def _check_preview(body: Fields) -> None:
    outside = body.boolean("preview_url")
    text = body.values.get("text")
    inside = text.get("preview_url") if isinstance(text, Mapping) else None
    if outside is not None and isinstance(inside, bool) and inside is not outside:
        body.wrong("preview_url", "differs from text.preview_url")


def _recipient(payload: Mapping[str, object]) -> str:
    return str(payload["to"] if payload.get("to") is not None else payload["recipient"])


def _sentence(problem: FieldProblem) -> str:
    return f"{problem.field} {problem.message}"
