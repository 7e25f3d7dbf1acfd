"""What a patient meets who has a link that is over, or made one up."""

from __future__ import annotations

import secrets

from infra.azure.smoke.check import Check, WrongError, must
from infra.azure.smoke.target import Answer, Target
from shared.pages.prescription import headers


def _look(target: Target) -> str:
    tokens = [secrets.token_urlsafe(24) for _ in range(2)]
    first, second = (must(target.ask("GET", f"/api/p/{token}"), 404) for token in tokens)
    _has_its_headers(first)
    if any(token in answer.text + str(answer.headers) for token in tokens for answer in (first, second)):
        raise WrongError("the page repeats the token of its link")
    if first.text != second.text:
        raise WrongError("two links that there never were get different pages")
    if "set-cookie" in first.headers:
        raise WrongError("the page sets a cookie")
    return "404, the same page for every token, with all its headers"


def _has_its_headers(answer: Answer) -> None:
    wanted = headers()
    wrong = [name for name, value in wanted.items() if value not in answer.headers.get(name.lower(), "")]
    if wrong:
        raise WrongError(f"headers that are missing or others: {', '.join(wrong)}")


CHECKS = (
    Check(
        "patient page",
        "the page of a prescription is not what it was built to be: something before the app changes it, or another "
        "version is deployed; do not send prescription references by link until it is",
        _look,
    ),
)
