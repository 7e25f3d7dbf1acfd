"""Whether something in plain looks like a person's number, address, id or name. In doubt it does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?")
_LOOKS: Mapping[str, re.Pattern[str]] = {
    "e-mail address": re.compile(r"[^\s@\"]+@[^\s@\"]+\.[A-Za-z]{2,}"),
    "phone number": re.compile(r"(?<![\w.:-])\+?\d(?:[ -]?\d){8,14}(?![\w.:-])"),
    "provider's id": re.compile(r"\bwamid\."),
    "openid": re.compile(r"(?<![\w-])o(?=[\w-]*[A-Z0-9])[A-Za-z0-9_-]{27}(?![\w-])"),
    "name": re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z'-]+)+|[^\x00-\x7f]{2,}"),
}
_DOCUMENT = frozenset(_LOOKS)
NOT_OF_PATIENTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("clinics", "document"): _DOCUMENT,  # the clinic's own names, numbers and addresses
    ("clinics", "account"): frozenset({"phone number"}),  # a provider's id of the account that sends
    ("apikeys", "name"): _DOCUMENT,  # of a flow, given by an operator
    ("messages", "account"): frozenset({"phone number"}),
    ("inbound", "account"): frozenset({"phone number"}),
    ("due", "lane"): frozenset({"phone number"}),
    ("jobs", "lane"): frozenset({"phone number"}),
    ("jobs", "callback"): frozenset({"phone number"}),  # a blob's name, with the account
    ("lanes", "lane"): frozenset({"phone number"}),
    ("lanes", "state"): frozenset({"phone number"}),  # instants in milliseconds
}
"""Table and column -> what it may look like. Numbered pieces of a long value have one name here."""


def suspicions(table: str, columns: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Column, and what its value looks like."""
    for column, value in columns.items():
        if not isinstance(value, str) or _INSTANT.fullmatch(value):
            continue
        allowed = NOT_OF_PATIENTS.get((table, re.sub(r"_\d+$", "", column)), frozenset())
        for what, pattern in _LOOKS.items():
            if what not in allowed and pattern.search(value):
                yield column, what
