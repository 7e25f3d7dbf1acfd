"""Every kind of message that a raw body may hold, with Meta's limits. Source: Cloud API reference, Messages."""

import re
from collections.abc import Callable
from typing import Final

from shared.channels.whatsapp.fields import Fields
from shared.channels.whatsapp.limits import (
    MAX_BUTTON_PAYLOAD,
    MAX_CAPTION,
    MAX_FOOTER,
    MAX_HEADER,
    MAX_INTERACTIVE_BODY,
    MAX_TEXT,
)
from shared.channels.whatsapp.limits import parameter_problem as value_problem
from shared.channels.whatsapp.templates import named

_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
_MEDIA_PARAMETERS = ("image", "video", "document")


def _text(body: Fields) -> None:
    if text := body.child("text"):
        text.text("body", MAX_TEXT)
        text.boolean("preview_url")


def _media(kind: str) -> Callable[[Fields], None]:
    def check(body: Fields) -> None:
        if media := body.child(kind):
            _one_source(media)
            if kind not in ("audio", "sticker"):
                media.text("caption", MAX_CAPTION, required=False)
            elif "caption" in media.values:
                media.wrong("caption", f"is not possible with {kind}")
            media.text("filename", 240, required=False)
            media.boolean("voice")

    return check


def _one_source(media: Fields) -> None:
    if ("id" in media.values) == ("link" in media.values):
        media.wrong("id", "give either id or link")
    elif "id" in media.values:
        media.text("id", 128)
    else:
        media.link("link")


def _location(body: Fields) -> None:
    if place := body.child("location"):
        place.number("latitude", -90, 90)
        place.number("longitude", -180, 180)
        place.text("name", 1000, required=False)
        place.text("address", 1000, required=False)


def _contacts(body: Fields) -> None:
    for contact in body.children("contacts", 1, 5):
        if name := contact.child("name"):
            name.text("formatted_name", 1000)
        if "phones" in contact.values:
            for phone in contact.children("phones", 1, 20):
                phone.text("phone", 64)


def _reaction(body: Fields) -> None:
    if reaction := body.child("reaction"):
        reaction.text("message_id", 512)
        reaction.text("emoji", 32, blank=True)  # empty takes the reaction back


def _interactive(body: Fields) -> None:
    if not (interactive := body.child("interactive")):
        return
    kind = interactive.choice("type", tuple(_ACTIONS))
    if text := interactive.child("body"):
        text.text("text", MAX_INTERACTIVE_BODY)
    if "footer" in interactive.values and (footer := interactive.child("footer")):
        footer.text("text", MAX_FOOTER)
    if "header" in interactive.values and (header := interactive.child("header")):
        _header(header)
    if kind and (action := interactive.child("action")):
        _ACTIONS[kind](action)


def _header(header: Fields) -> None:
    kind = header.choice("type", ("text", *_MEDIA_PARAMETERS))
    if kind == "text":
        header.text("text", MAX_HEADER)
    elif kind and (media := header.child(kind)):
        _one_source(media)


def _buttons(action: Fields) -> None:
    for button in action.children("buttons", 1, 3):
        button.choice("type", ("reply",))
        if reply := button.child("reply"):
            reply.text("id", 256)
            reply.text("title", 20)


def _list(action: Fields) -> None:
    action.text("button", 20)
    rows = []
    for section in action.children("sections", 1, 10):
        section.text("title", 24, required=False)
        rows += section.children("rows", 1, 10)
    if len(rows) > 10:
        action.wrong("sections", "must not hold more than 10 rows in all")
    for row in rows:
        row.text("id", 200)
        row.text("title", 24)
        row.text("description", 72, required=False)


def _link_button(action: Fields) -> None:
    action.choice("name", ("cta_url",))
    if parameters := action.child("parameters"):
        parameters.text("display_text", 20)
        parameters.link("url")


def _flow(action: Fields) -> None:
    action.choice("name", ("flow",))
    if parameters := action.child("parameters"):
        parameters.choice("flow_message_version", ("3",))
        parameters.text("flow_cta", 30)
        parameters.text("flow_id" if "flow_id" in parameters.values else "flow_name", 256)
        parameters.choice("mode", ("draft", "published"), default="published")
        parameters.choice("flow_action", ("navigate", "data_exchange"), default="navigate")


def _named_action(name: str) -> Callable[[Fields], None]:
    def check(action: Fields) -> None:
        action.choice("name", (name,))

    return check


def _template(body: Fields) -> None:
    if not (template := body.child("template")):
        return
    name = template.text("name", 512)
    if name and not _TEMPLATE_NAME.fullmatch(name):
        template.wrong("name", "must be small letters, digits and underscores")
    language = template.child("language")
    code = language.text("code", 12) if language else ""
    if language and code and not _LANGUAGE_CODE.fullmatch(code):
        language.wrong("code", "must look like en or en_GB")
    components = template.children("components", 0, 12) if "components" in template.values else []
    for component in components:
        _component(component)
    _count_matches(template, components, name, code)


def _component(component: Fields) -> None:
    kind = component.choice("type", ("header", "body", "button", "HEADER", "BODY", "BUTTON")).lower()
    if kind == "button":
        component.text("sub_type", 32)
        if not str(component.values.get("index", "")).isdigit():
            component.wrong("index", "must be the button's position, from 0")
    for parameter in component.children("parameters", 0, 64) if "parameters" in component.values else []:
        _parameter(parameter)


def _parameter(parameter: Fields) -> None:
    kind = parameter.choice("type", _PARAMETERS)
    if kind == "text":
        value = parameter.text("text", MAX_TEXT)
        if value and (problem := value_problem(value)):
            parameter.wrong("text", problem)
    elif kind == "payload":
        parameter.text("payload", MAX_BUTTON_PAYLOAD)
    elif kind in _MEDIA_PARAMETERS and (media := parameter.child(kind)):
        _one_source(media)
    elif kind in ("currency", "date_time") and (typed := parameter.child(kind)):
        typed.text("fallback_value", MAX_TEXT)
    elif kind == "coupon_code":
        parameter.text("coupon_code", 20)


def _count_matches(template: Fields, components: list[Fields], name: str, code: str) -> None:
    """Meta would refuse a wrong count with 132000; for the shipped templates we know it before."""
    known = named(name, code)
    if known is None:
        return
    bodies = [c for c in components if str(c.values.get("type", "")).lower() == "body"]
    parameters = bodies[0].values.get("parameters") if bodies else ()
    given = len(parameters) if isinstance(parameters, list) else 0
    if given != len(known.parameters):
        template.wrong("components", f"this template needs {len(known.parameters)} values, {given} are given")


_PARAMETERS: Final = (
    "text",
    "currency",
    "date_time",
    *_MEDIA_PARAMETERS,
    "location",
    "payload",
    "coupon_code",
    "action",
)
_ACTIONS: Final[dict[str, Callable[[Fields], None]]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link_button,
    "flow": _flow,
    "request_contact_info": _named_action("request_contact_info"),
    "location_request_message": _named_action("send_location"),
}
TYPES: Final[dict[str, Callable[[Fields], None]]] = {
    "text": _text,
    **{kind: _media(kind) for kind in ("image", "video", "audio", "document", "sticker")},
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": _interactive,
    "template": _template,
}
