"""The doors around the app: transport, liveness, the clock, and what the host itself serves."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from infra.azure.smoke.check import Check, SkippedError, WrongError, must
from infra.azure.smoke.target import Target
from shared.clock import SystemClock

HEALTH = "/api/health"
SKEW_S = 60  # as far as a token's times may be off; WeChat's callbacks bear ten minutes
# The host's own endpoints, and files of the app that no host may serve.
NOT_FOR_STRANGERS = (
    "/admin/host/status", "/admin/functions", "/admin/host/keys", "/runtime/webhooks/blobs", "/api/nothing-here",
    "/host.json", "/local.settings.json", "/function_app.py", "/.env", "/.git/config",
)  # fmt: skip
SHUT = (401, 403, 404)


def _health(target: Target) -> str:
    answer = must(target.ask("GET", HEALTH), 200)
    if answer.json != {"status": "ok"}:
        raise WrongError("it tells something else than that it is alive")
    return "200"


def _transport(target: Target) -> str:
    if target.url.scheme != "https":
        if target.local:
            raise SkippedError("a development host speaks plain HTTP")
        raise WrongError("the address begins with http: secrets and patients' pages would go in the clear")
    must(target.ask("GET", HEALTH), 200)  # the certificate is checked with every call
    try:
        answer = target.ask_plainly(HEALTH)
    except httpx.TransportError:
        return "the certificate holds; without TLS nobody answers"
    place = answer.headers.get("location", "")
    if answer.status not in (301, 302, 307, 308) or not place.startswith("https://"):
        raise WrongError(f"without TLS the answer was {answer}")
    return "the certificate holds; without TLS one is sent to https"


def _host(target: Target) -> str:
    if target.local:
        raise SkippedError("a development host leaves its own endpoints open, like Core Tools")
    wrong = [
        f"{path}: {answer.status}"
        for path in NOT_FOR_STRANGERS
        if (answer := target.ask("GET", path)).status not in SHUT
    ]
    if wrong:
        raise WrongError("; ".join(wrong))
    return f"{len(NOT_FOR_STRANGERS)} places that are not for strangers, all shut"


def _clock(target: Target) -> str:
    try:
        date = parsedate_to_datetime(target.ask("GET", HEALTH).headers.get("date", ""))
    except ValueError:
        raise WrongError("there is no date in the answer") from None
    apart_s = abs((SystemClock().now() - date.astimezone(UTC)).total_seconds())
    if apart_s > SKEW_S:
        raise WrongError(f"its clock and this machine's are {apart_s:.0f} s apart")
    return "within a minute of this machine's"


CHECKS = (
    Check("health", "the app does not run, or did not start: the host's log says why (FunctionAppLogs)", _health),
    Check("transport", "HTTPS is not forced, or the certificate does not hold (httpsOnly in app.bicep)", _transport),
    Check("host", "the host answers strangers: rotate its keys and find out what is open (app.bicep)", _host),
    Check(
        "clock",
        "times are off, the app's or this machine's: callbacks of WeChat and tokens would be refused",
        _clock,
    ),
)
