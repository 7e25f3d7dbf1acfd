"""What an answer of the Graph API, or its absence, means for a send: accepted, rejected, throttled or unknown.

before the body left          connect error, time-out, TLS, DNS, pool, proxy   → Rejected, retryable: proven
while or after it left        write or read error, reset, time-out             → Unknown
2xx with a message id                                                          → Accepted
2xx without one, 408, 502, 504                                                 → Unknown
an error body with a documented code (any other status)                        → by codes.json
500, 503 and other 5xx without one                                             → Unknown
429 without one                                                                → Throttled
any other 3xx or 4xx                                                           → Rejected
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import httpx

from shared.channels.whatsapp.codes import ErrorCode, lookup
from shared.domain.outcome import Accepted, ErrorClass, Rejected, SendOutcome, Throttled, Unknown

_PASSED_BY_A_PROXY: Final = frozenset({408, 502, 504})  # the next hop may have taken it
_NOT_HELD: Final = frozenset({"", "accepted"})
_BEFORE_THE_BODY: Final[tuple[tuple[type[httpx.HTTPError], str], ...]] = (
    (httpx.ConnectTimeout, "connect_timeout"),
    (httpx.PoolTimeout, "pool_timeout"),
    (httpx.ConnectError, "connect_error"),
    (httpx.ProxyError, "proxy_error"),
)
_AFTER_THE_BODY: Final[tuple[tuple[type[httpx.HTTPError], str], ...]] = (
    (httpx.TimeoutException, "timeout"),
    (httpx.NetworkError, "reset"),
    (httpx.RemoteProtocolError, "reset"),
)


def of_failure(failure: httpx.HTTPError | httpx.InvalidURL) -> SendOutcome:
    """The outcome of a call that brought no answer. Never passes on the failure's text."""
    for kind, code in _BEFORE_THE_BODY:
        if isinstance(failure, kind):
            return Rejected(code, ErrorClass.TRANSIENT, retryable=True)
    if isinstance(failure, httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.InvalidURL):
        return Rejected("bad_request_url", ErrorClass.REQUEST)
    return Unknown(next((why for kind, why in _AFTER_THE_BODY if isinstance(failure, kind)), "no_answer"))


def of_response(response: httpx.Response) -> SendOutcome:
    """The outcome that an answer stands for."""
    body = read_object(response)
    if response.is_success:
        return _accepted(body)
    if response.status_code in _PASSED_BY_A_PROXY:
        return Unknown(f"http_{response.status_code}")
    known = error_of(body)
    if known is None or not (known.documented or _is_plain_refusal(response)):
        return _without_code(response)
    return _refused(known, response.headers)


def read_object(response: httpx.Response) -> Mapping[str, Any]:
    """The JSON object of an answer; empty if it is none."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def error_of(body: Mapping[str, Any]) -> ErrorCode | None:
    """The code of a Graph API error body, looked up."""
    error = body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return lookup(code) if isinstance(code, int) and not isinstance(code, bool) else None


def _accepted(body: Mapping[str, Any]) -> SendOutcome:
    messages = body.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    provider_id = first.get("id") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(provider_id, str) or not provider_id:
        return Unknown("no_id")
    status = str(first.get("message_status", ""))
    return Accepted(provider_id, held="" if status in _NOT_HELD else status[:64])


def _refused(known: ErrorCode, headers: httpx.Headers) -> SendOutcome:
    if known.throttled:
        return Throttled(known.code, known.error_class, retry_after_s(headers))
    return Rejected(known.code, known.error_class, known.retryable, retry_after_s(headers) if known.retryable else None)


def _is_plain_refusal(response: httpx.Response) -> bool:
    return response.is_client_error and response.status_code != 429


def _without_code(response: httpx.Response) -> SendOutcome:
    status = response.status_code
    code = f"http_{status}"
    if status >= 500:
        return Unknown(code)
    if status == 429:
        return Throttled(code, retry_after_s=retry_after_s(response.headers))
    return Rejected(code, ErrorClass.AUTH if status in (401, 403) else ErrorClass.OTHER)


def retry_after_s(headers: httpx.Headers) -> float | None:
    """How long Meta asks to wait: `Retry-After` in seconds, or the usage header's minutes, whichever is longer."""
    waits = [*_seconds(headers.get("retry-after", "")), *_usage_waits(headers.get("x-business-use-case-usage", ""))]
    return max(waits, default=None)


def _seconds(text: str) -> list[float]:
    # An HTTP date is allowed too, but Meta sends seconds; without them our own back-off holds.
    return [float(text)] if text.isascii() and text.isdigit() and len(text) < 8 else []


def _usage_waits(text: str) -> list[float]:
    if not text:
        return []
    try:
        accounts = json.loads(text)
    except (ValueError, RecursionError):
        return []
    usages = [usage for usages in accounts.values() for usage in usages] if _is_usage(accounts) else []
    minutes = [usage.get("estimated_time_to_regain_access") for usage in usages if isinstance(usage, dict)]
    return [60.0 * m for m in minutes if isinstance(m, int | float) and 0 < m < 100_000]


def _is_usage(accounts: object) -> bool:
    return isinstance(accounts, dict) and all(isinstance(usages, list) for usages in accounts.values())
