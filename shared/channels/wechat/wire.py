"""One call to WeChat and what it came to: nothing was taken for sure, it may have been, or here is the answer.

No exception leaves this file, because httpx puts the address, and with it the access token, into its own.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx


@dataclass(frozen=True, slots=True)
class Answer:
    """WeChat's JSON object. Errors come with HTTP 200 and an errcode; success has errcode 0 or none."""

    content: Mapping[str, object]

    @property
    def errcode(self) -> int:
        value = self.content.get("errcode", 0)
        return value if isinstance(value, int) else -1

    @property
    def errmsg(self) -> str:
        return str(self.content.get("errmsg", ""))


@dataclass(frozen=True, slots=True)
class NotReached:
    """The body never left us: refused, no such host, TLS, no connection in time."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A status below 500 that is no success: WeChat or something before it did not take the call."""

    status: int
    retry_after_s: float | None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The body may have arrived: time-out, reset, a gateway's 5xx, an answer that is no JSON."""

    why: str


CallResult = Answer | NotReached | Refused | NoAnswer

_BEFORE_THE_BODY: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


async def call(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, object] | None = None,
) -> CallResult:
    """Calls once. The body is UTF-8 JSON without `\\u` escapes, which WeChat would show to the patient (code 40033)."""
    content = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"} if content is not None else None
    try:
        response = await client.request(
            method, url, params=query, content=content, headers=headers, follow_redirects=False
        )
    except _BEFORE_THE_BODY as error:
        return NotReached(_name(error))
    except httpx.HTTPError as error:
        return NoAnswer(_name(error))
    return _read(response)


def _read(response: httpx.Response) -> CallResult:
    if response.status_code >= 500:
        return NoAnswer(f"http_{response.status_code}")
    if not response.is_success:
        return Refused(response.status_code, _seconds(response.headers.get("Retry-After", "")))
    try:
        content = json.loads(response.content)
    except ValueError:
        return NoAnswer("answer_unreadable")
    return Answer(content) if isinstance(content, dict) else NoAnswer("answer_unreadable")


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdecimal() else None


def _name(error: httpx.HTTPError) -> str:
    """`ReadTimeout` becomes `read_timeout`: a code for the log, without the text of the error."""
    name = type(error).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class _NoTokens(logging.Filter):
    """httpx logs every address at INFO; WeChat's hold the access token and openids."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not any(secret in record.getMessage() for secret in ("access_token=", "openid=", "secret="))


_NO_TOKENS = _NoTokens()


def keep_tokens_out_of_logs() -> None:
    """Makes httpx silent about addresses that hold a token, whatever the log level. Repeatable."""
    logging.getLogger("httpx").addFilter(_NO_TOKENS)
