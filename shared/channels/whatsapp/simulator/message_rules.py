"""The simulator's own reading of a send, as strict as Meta's; written apart from the client's checks on purpose."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.channels.whatsapp.simulator.graph_answer import Refused
from shared.channels.whatsapp.simulator.simulated_templates import SimulatedTemplate, SimulatedTemplates

_PHONE = re.compile(r"\+?[1-9][0-9]{6,14}", re.ASCII)
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_BAD_VALUE = re.compile(r"[\n\t\r]| {5,}")
_MEDIA = frozenset({"image", "video", "audio", "document", "sticker"})
_NEEDED = {
    "location": ("latitude", "longitude"),
    "reaction": ("message_id",),
    "interactive": ("type", "action"),
}


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A send that passed: whom it is for, and what they would read."""

    to: str  # number with +, or user id
    given: str  # as the caller wrote it
    kind: str
    text: str
    reference: str
    buttons: tuple[tuple[str, str], ...] = ()
    link: str = ""  # where its button leads


def read_message(body: Mapping[str, Any], templates: SimulatedTemplates) -> ReadMessage:
    """Raises Refused with the code that Meta answers."""
    if body.get("messaging_product") != "whatsapp":
        raise Refused(100, "The parameter messaging_product is required.")
    if body.get("recipient_type", "individual") != "individual":
        raise Refused(131009, "recipient_type is not valid")
    to, given = _recipient(body)
    reference = body.get("biz_opaque_callback_data", "")
    if not isinstance(reference, str) or len(reference) > 512:
        raise Refused(131009, "biz_opaque_callback_data must be a string of at most 512 characters")
    kind = body.get("type", "text")
    part = body.get(kind) if isinstance(kind, str) else None
    if kind == "template":
        text, buttons, link = _template(_object(part, "template"), templates)
        return ReadMessage(to, given, kind, text, reference, buttons, link)
    return ReadMessage(to, given, str(kind), _free_form(str(kind), part), reference)


def _recipient(body: Mapping[str, Any]) -> tuple[str, str]:
    to, user_id = body.get("to"), body.get("recipient")
    if to:
        digits = re.sub(r"[ ()-]", "", to) if isinstance(to, str) else ""
        if not _PHONE.fullmatch(digits):
            raise Refused(131009, "Parameter 'to' is not a valid WhatsApp number")
        return "+" + digits.removeprefix("+"), str(to)
    if user_id is None:
        raise Refused(131008, "The parameter to is required.")
    if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
        raise Refused(131009, "Parameter 'recipient' is not a valid business-scoped user id")
    return user_id, user_id


def _free_form(kind: str, part: Any) -> str:
    if kind == "text":
        return _text(_object(part, kind))
    if kind in _MEDIA:
        return _media(kind, _object(part, kind))
    if kind == "contacts" and isinstance(part, list) and part:
        return "[contacts]"
    if kind not in _NEEDED:
        raise Refused(131008 if kind == "contacts" else 131051, f"The message type {kind[:20]} is not possible so.")
    missing = [name for name in _NEEDED[kind] if name not in _object(part, kind)]
    if missing:
        raise Refused(131008, f"The parameter {kind}['{missing[0]}'] is required.")
    words = part.get("body") if kind == "interactive" else None
    return str(words.get("text", "")) if isinstance(words, dict) else f"[{kind}]"


def _text(part: Mapping[str, Any]) -> str:
    body = part.get("body")
    if not isinstance(body, str) or not body.strip():
        raise Refused(131008, "The parameter text['body'] is required.")
    if len(body) > 4096:
        raise Refused(100, "Param text['body'] must be at most 4096 characters long.")
    return body


def _media(kind: str, part: Mapping[str, Any]) -> str:
    if ("id" in part) == ("link" in part):
        raise Refused(131009, f"{kind}: give either id or link")
    return " ".join(filter(None, (f"[{kind}]", part.get("caption"))))


def _object(part: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(part, dict):
        raise Refused(131008, f"The parameter {name} is required.")
    return part


type _Buttons = tuple[tuple[str, str], ...]


def _template(part: Mapping[str, Any], templates: SimulatedTemplates) -> tuple[str, _Buttons, str]:
    language = part.get("language")
    if not isinstance(language, dict) or "code" not in language or "name" not in part:
        raise Refused(131008, "The parameters template['name'] and template['language']['code'] are required.")
    template = templates.usable(str(part["name"]), str(language["code"]))
    components = part.get("components") or []
    values = [_value(p) for p in _parameters(components, "body")]
    if len(values) != template.variables:
        raise Refused(
            132000,
            f"body: number of localizable_params ({len(values)}) does not match the expected number of params "
            f"({template.variables})",
        )
    text = template.rendered(values)
    if len(text) > 1024 + 200:
        raise Refused(132005, "Translated text too long")
    return text, _buttons(components, template), _link(components, template.links)


def _parameters(components: Any, kind: str, index: str = "") -> list[Any]:
    """Of the first component of this kind (and, for buttons, with this index)."""
    for component in components if isinstance(components, list) else ():
        fits = isinstance(component, dict) and str(component.get("type", "")).lower() == kind
        if fits and (not index or str(component.get("index")) == index):
            return list(component.get("parameters") or ())
    return []


def _value(parameter: Any) -> str:
    value = parameter.get("text") if isinstance(parameter, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise Refused(131008, "Parameter of type text is missing text value")
    if _BAD_VALUE.search(value):
        raise Refused(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return value


def _link(components: Any, links: Mapping[int, str]) -> str:
    """Where the first button that opens an address leads. A variable in its address must be given."""
    for index, url in links.items():
        given = _parameters(components, "button", str(index))
        if "{{1}}" in url and not given:
            raise Refused(131008, f"Required parameter is missing: button at index {index} of type Url")
        return url.replace("{{1}}", _value(given[0])) if given else url
    return ""


def _buttons(components: Any, template: SimulatedTemplate) -> _Buttons:
    """What pressing each button will send back: the payload of the send, or the label itself."""
    labels = template.buttons
    given: dict[str, str] = {}
    for index in range(12):
        parameters = _parameters(components, "button", str(index))
        if parameters and index >= len(labels):
            raise Refused(132012, f"button at index {index} does not exist in the template")
        if parameters and isinstance(parameters[0], dict):
            given[labels[index]] = str(parameters[0].get("payload", labels[index]))
    answers = (label for index, label in enumerate(labels) if index not in template.links)
    return tuple((label, given.get(label, label)) for label in answers)
