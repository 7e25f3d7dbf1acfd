"""What jobs may look like, written down from what the queues are for and not taken from the product's code.

Ids and numbers, each field by its name and not one more. Whatever else stands in a job may be anything.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.ops.audit.plain import suspicions
from infra.ops.audit.shapes import BLOBS, PARTS, facts_of

QUEUES: Mapping[str, str] = {
    "plan": "PLAN_QUEUE",
    "send": "SEND_QUEUE",
    "check": "CHECK_QUEUE",
    "callback": "CALLBACK_QUEUE",
    "tell": "EVENT_QUEUE",
}
"""Kind of work -> the setting that names its queue."""
POISON = "-poison"

type Target = tuple[str, str, str]
"""What a job leads to. Table, partition and key; a blob is its container, nothing and its name."""


def _form(**fields: str) -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(form) for name, form in fields.items()}


_OF_A_MESSAGE = _form(
    due=rf"\d{{14}}_{PARTS['message']}",
    attempt=r"\d{1,4}",
    priority="[1-5]",
    lane=f"(?:{PARTS['lane']})?",
    pair=f"(?:{PARTS['digest']})?",
)
_FORMS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "plan": _form(clinicId=PARTS["clinic"], day=r"\d{4}-\d\d-\d\d", runId="[a-z0-9_-]{1,80}", trigger="[a-z_-]{1,20}"),
    "send": _OF_A_MESSAGE,
    "check": _OF_A_MESSAGE,
    "callback": {"callback": BLOBS["callbacks"]},
    "tell": _form(subscription=PARTS["id"], event=PARTS["id"]),
}
_NUMBERS = frozenset({"attempt", "priority"})
_MAY_BE_THERE = _form(counted=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Job:
    """One of the known form: what it leads to, and whose that is; clinic and day (yyyymmdd) where it says so."""

    target: Target
    clinic: str = ""
    day: str = ""


def decoded(content: str) -> str | None:
    """None: not in the queue's encoding."""
    try:
        return base64.b64decode(content, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def read(kind: str, text: str) -> Job | None:
    """None for what is not exactly of the known form."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not _is_of_form(told, _FORMS[kind]):
        return None
    return _job(kind, told)


def looks(text: str) -> Iterator[str]:
    """What something in it looks like: each field by itself, and whatever has no fields as a whole."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = text
    fields = told if isinstance(told, dict) else {"": told}
    columns = {
        str(name): value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in fields.items()
    }
    names = {f"name {place}": name for place, name in enumerate(columns) if name not in _KNOWN}
    for _, what in suspicions("jobs", columns | names):
        yield what


_KNOWN = frozenset(name for form in _FORMS.values() for name in form)


def _is_of_form(told: Mapping[str, Any], form: Mapping[str, re.Pattern[str]]) -> bool:
    if told.keys() - _MAY_BE_THERE.keys() != form.keys():
        return False
    if "counted" in told and form is not _OF_A_MESSAGE:
        return False
    known = {**form, **_MAY_BE_THERE}
    return all(_fits(known[name], name, value) for name, value in told.items())


def _fits(form: re.Pattern[str], name: str, value: Any) -> bool:
    """Numbers are numbers, and all else is text."""
    kind = int if name in _NUMBERS else str
    return type(value) is kind and form.fullmatch(str(value)) is not None


def _job(kind: str, told: Mapping[str, Any]) -> Job:
    match kind:
        case "plan":
            return Job(("clinics", "clinic", told["clinicId"]), told["clinicId"])
        case "callback":
            return Job(("callbacks", "", told["callback"]), day=told["callback"][:8])
        case "tell":
            return Job(("subscriptions", "subscription", told["subscription"]))
    message = told["due"].partition("_")[2]
    partition, key = facts_of(message)
    clinic, _, day = partition.rpartition("_")
    return Job(("messages", partition, key), clinic, day[:8])
