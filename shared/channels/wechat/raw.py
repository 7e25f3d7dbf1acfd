"""The proposal's body of `POST /v1/messages`, which is WeChat's own of message/template/send: read, checked, passed on.

It goes to WeChat unchanged, but for one thing: where the template file maps the template, keyword1..3, first and remark
become the typed fields that today's templates have. `first`, `remark` and colours are passed on although today's
clients show neither.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.channels.wechat.keywords import as_moment, has_emoji, keyword_type, problem_with
from shared.channels.wechat.templates import TemplateDefinition, Templates
from shared.errors import FieldProblem

_LONGEST_CLIENT_ID = 128  # longer than 32 it is hashed on its way (client_id.py)

_TOP = frozenset({"touser", "template_id", "url", "miniprogram", "client_msg_id", "data", "topcolor"})
_OPENID = re.compile(r"[A-Za-z0-9_-]{6,128}")
_TEMPLATE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_CLIENT_ID = re.compile(rf"[\x21-\x7e]{{1,{_LONGEST_CLIENT_ID}}}")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_LONGEST_KEYWORD = 20  # characters that today's clients show (WeChat: announcement of March 2023)
_LONGEST_URL = 2048
_HIDDEN = frozenset({"first", "remark"})

NOT_SHOWN = "data.first and data.remark are passed on, but today's WeChat clients do not show them."
NO_COLOUR = "Colours are passed on, but today's WeChat clients ignore them."


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A body as it will go to WeChat, and what is to be said of it. Patient data: never log one."""

    to: str
    client_msg_id: str
    body: Mapping[str, object]
    text: str
    problems: tuple[FieldProblem, ...]
    warnings: tuple[str, ...]


def read_raw_message(payload: Mapping[str, object], templates: Templates) -> RawMessage:
    """Reads a body. Never raises: what forbids it stands in `problems`, with paths such as `data.thing3.value`."""
    problems = [*_top_problems(payload), *_data_problems(payload.get("data"))]
    if problems:
        return RawMessage(_text(payload, "touser"), _text(payload, "client_msg_id"), {}, "", tuple(problems), ())
    written = _entries(payload)
    template = templates.by_id(_text(payload, "template_id"))
    entries = _rewritten(written, template) if template else dict(written)
    problems += _value_problems(written, entries, template)
    return RawMessage(
        to=_text(payload, "touser"),
        client_msg_id=_text(payload, "client_msg_id"),
        body={**payload, "data": entries},
        text=_shown(entries, template),
        problems=tuple(problems),
        warnings=tuple(_warnings(written, entries)),
    )


def _text(payload: Mapping[str, object], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def _top_problems(payload: Mapping[str, object]) -> Iterator[FieldProblem]:
    for name in sorted(payload.keys() - _TOP):
        yield FieldProblem(
            name if _KEY.fullmatch(name) else "body", "This field is not part of a WeChat template message."
        )
    if _OPENID.fullmatch(_text(payload, "touser")) is None:
        yield FieldProblem("touser", "Write the patient's openid: letters, digits, _ and -.")
    if _TEMPLATE_ID.fullmatch(_text(payload, "template_id")) is None:
        yield FieldProblem("template_id", "Write the id of a template of this account.")
    client_id = payload.get("client_msg_id")
    if client_id is not None and not (isinstance(client_id, str) and _CLIENT_ID.fullmatch(client_id)):
        yield FieldProblem("client_msg_id", f"Write at most {_LONGEST_CLIENT_ID} letters, digits and symbols.")
    if (url := payload.get("url")) is not None and not _is_link(url):
        yield FieldProblem("url", "Write a web address that starts with https:// or http://.")
    if (colour := payload.get("topcolor")) is not None and not _is_colour(colour):
        yield FieldProblem("topcolor", "Write a colour such as #173177.")
    if (program := payload.get("miniprogram")) is not None and not _is_mini_program(program):
        yield FieldProblem("miniprogram", "Write an object with appid and, if wanted, pagepath.")


def _is_link(value: object) -> bool:
    """Empty is allowed: then the message leads nowhere."""
    if not isinstance(value, str) or len(value) > _LONGEST_URL:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return not value or (parts.scheme in ("http", "https") and bool(parts.netloc) and value.isprintable())


def _is_mini_program(value: object) -> bool:
    if not isinstance(value, Mapping) or not value.keys() <= {"appid", "pagepath", "path"}:
        return False
    return bool(value.get("appid")) and all(isinstance(part, str) and part.isprintable() for part in value.values())


def _data_problems(data: object) -> Iterator[FieldProblem]:
    if not isinstance(data, Mapping) or not data:
        yield FieldProblem("data", "Write an object with the template's fields.")
        return
    for key, entry in data.items():
        if not isinstance(key, str) or _KEY.fullmatch(key) is None:
            yield FieldProblem("data", "A field's name is made of letters, digits and _.")
        elif not isinstance(entry, Mapping) or not isinstance(entry.get("value"), str):
            yield FieldProblem(f"data.{key}.value", "Write a text.")
        elif entry.keys() - {"value", "color"}:
            yield FieldProblem(f"data.{key}", "A field has a value and, if wanted, a color; nothing else.")
        elif (colour := entry.get("color")) is not None and not _is_colour(colour):
            yield FieldProblem(f"data.{key}.color", "Write a colour such as #173177.")


def _is_colour(value: object) -> bool:
    return isinstance(value, str) and (not value or _COLOUR.fullmatch(value) is not None)


_Entries = Mapping[str, Mapping[str, str]]


def _entries(payload: Mapping[str, object]) -> _Entries:
    """The fields of a body in which `_data_problems` found nothing."""
    data = payload.get("data")
    return {key: dict(entry) for key, entry in data.items()} if isinstance(data, Mapping) else {}


def _rewritten(written: _Entries, template: TemplateDefinition) -> dict[str, Mapping[str, str]]:
    """The proposal's keys under the template's own; a typed field that the body has already is left as it is."""
    entries: dict[str, Mapping[str, str]] = {}
    for key, entry in written.items():
        target = template.proposal.get(key, key)
        if target == key or target in written:
            entries[key] = entry
        elif keyword_type(target) in ("time", "date"):
            entries[target] = {**entry, "value": as_moment(entry["value"]) or entry["value"]}
        else:
            entries[target] = entry
    return entries


def _value_problems(
    written: _Entries, entries: _Entries, template: TemplateDefinition | None
) -> Iterator[FieldProblem]:
    """Under the names that the caller wrote."""
    names = {target: key for key, target in template.proposal.items()} if template else {}
    for key, entry in entries.items():
        if advice := _advice(key, entry["value"]):
            yield FieldProblem(f"data.{key if key in written else names[key]}.value", advice)
    for missing in _missing(entries, template):
        yield FieldProblem(f"data.{names.get(missing, missing)}.value", "The template needs this field.")


def _advice(key: str, value: str) -> str:
    """A date in another common form passes with a warning: WeChat states one form and is known to take more."""
    advice = problem_with(key, value)
    moment = as_moment(value) if advice and keyword_type(key) in ("time", "date") else ""
    return "" if moment and not problem_with(key, moment) else advice


def _missing(entries: _Entries, template: TemplateDefinition | None) -> Iterator[str]:
    if template is not None:
        yield from (f.key for f in template.fields if f.key not in entries)


def _warnings(written: _Entries, entries: _Entries) -> Iterator[str]:
    if entries.keys() & _HIDDEN:
        yield NOT_SHOWN
    if any(entry.get("color") for entry in written.values()):
        yield NO_COLOUR
    for key, entry in entries.items():
        value = entry["value"]
        if has_emoji(value):
            yield f"data.{key}.value: WeChat shows emoji as empty boxes."
        if key.startswith("keyword") and len(value) > _LONGEST_KEYWORD:
            yield f"data.{key}.value: WeChat may cut what is longer than {_LONGEST_KEYWORD} characters."
        if keyword_type(key) in ("time", "date") and problem_with(key, value):
            yield f"data.{key}.value: WeChat's own form is 2026年11月27日 15:01."


def _shown(entries: _Entries, template: TemplateDefinition | None) -> str:
    values = {key: entry["value"] for key, entry in entries.items()}
    if template is not None:
        return template.shown(values)
    return "\n".join(value for key, value in values.items() if key not in _HIDDEN)
