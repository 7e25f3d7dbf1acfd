"""What callers meet: the guard before every operation, and what a key opens."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from functions.interface.operation import Guard, Method, Operation
from functions.interface.table import OPERATIONS
from infra.azure.smoke.check import Check, SkippedError, WrongError, must, must_be_refused
from infra.azure.smoke.target import Answer, Target
from shared.domain.api_key import SECRET_BYTES, api_key

LISTED = "/api/any/v1/messages?view=sent"
CHANNEL, NO_ID, NO_TOKEN = "whatsapp", "a" * 26, "a" * 43  # of their form, and none that there is
KEY_SETTING = "SMOKE_API_KEY"


def _guard(target: Target) -> str:
    answer = must_be_refused(target.ask("GET", LISTED), 401, "unauthenticated")
    if answer.headers.get("www-authenticate") != "Bearer":
        raise WrongError("the 401 does not say `WWW-Authenticate: Bearer`")
    return "401, in the app's own words"


def _wrong_key(target: Target) -> str:
    made_up = api_key(secrets.token_bytes(SECRET_BYTES))  # of the right form, so that the app looks it up
    for headers in ({"x-api-key": made_up}, {"Authorization": "Bearer e30.e30.e30"}):
        must_be_refused(target.ask("GET", LISTED, headers=headers), 401, "unauthenticated")
    return "a wrong key and a made-up token get the same 401"


def path_of(operation: Operation) -> str:
    """A call of it that names nothing there is."""
    given = {"channel": CHANNEL, "token": NO_TOKEN}
    filled = re.sub(r"\{(\w+)\}", lambda part: given.get(part[1], NO_ID), operation.route)
    return f"/api/{filled}"


def _operations(target: Target) -> str:
    """Every one, also those that makers do not see. What passes by a link must not say whether there is such a one."""
    wrong = []
    for operation in OPERATIONS.values():
        body = b"{}" if operation.method is Method.POST else None
        answer = target.ask(operation.method, path_of(operation), body=body)
        if operation.guard is Guard.LINK:
            well = answer.status == operation.status and not answer.text
        else:
            well = (answer.status, answer.code) == (401, "unauthenticated")
        if not well:
            wrong.append(f"{operation.id}: {answer}")
    if wrong:
        raise WrongError("; ".join(wrong))
    return f"{len(OPERATIONS)} operations, none without a key or a link of its own"


def _connections(target: Target) -> str:
    if not target.key:
        raise SkippedError(f"no API key in the environment ({KEY_SETTING})")
    if target.url.scheme != "https" and not target.local:
        raise SkippedError("a key is not sent without TLS")
    path = "/api/any/v1/diagnostics/testconnection"
    answer = must(target.ask("GET", path, headers={"x-api-key": target.key}), 200)
    try:
        found = {f"{one['channel']}:{one['account']}": _trouble(one) for one in _accounts(answer)}
    except (KeyError, TypeError):
        raise WrongError("the answer has not the form of this version") from None
    if broken := [f"{name}: {trouble}" for name, trouble in found.items() if trouble]:
        raise WrongError("; ".join(broken))
    if not found:
        raise WrongError("the key's clinics have no account, or there is no clinic yet")
    return ", ".join(found)


def _accounts(answer: Answer) -> Sequence[Mapping[str, Any]]:
    accounts: Sequence[Mapping[str, Any]] = answer.json["value"]
    return accounts


def _trouble(account: Mapping[str, Any]) -> str:
    """Empty for one that works."""
    words = (*account["findings"], account["circuit"]["reasonText"] or "")
    return "" if account["ok"] else " ".join(words).strip()


CHECKS = (
    Check(
        "guard",
        "something before the app answers, or nothing guards it: no platform authentication may be on (app.bicep); "
        "a 503 that names settings: run infra/azure/secrets.sh",
        _guard,
    ),
    Check(
        "wrong key",
        "keys are not checked, or not readable: 503 is the storage of the keys (roles of the identity, network)",
        _wrong_key,
    ),
    Check(
        "operations",
        "404: the app is another version than this folder, deploy again; 200 or 400: an operation is open to "
        "everybody, stop the app",
        _operations,
    ),
    Check(
        "testconnection",
        "a provider account does not work, as its words say: docs/operations/runbook.md, sending-stopped; 401: the key "
        "is not one of this app; 503: storage or settings",
        _connections,
    ),
)
