"""One request to a source: bounded in size and time, repeated where a repeat can help, silent about what it carried."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

from shared.clock import Clock
from shared.errors import SourceUnavailable

TRIES = 3
FIRST_WAIT_S = 1.0
BODY_LIMIT = 64 * 1024 * 1024  # a page of 1,000 appointments with includes is some 2 MB
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that changes nothing, so that it may be repeated."""

    url: str = field(repr=False)
    method: str = "GET"
    form: str = field(default="", repr=False)  # application/x-www-form-urlencoded
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Http:
    """Asks up to three times, with back-off, or as long as `Retry-After` says."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        timeout_s: float,
        max_wait_s: float,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._clock = clock
        self._timeout = httpx.Timeout(timeout_s)
        self._max_wait_s = max_wait_s
        self._sleep = sleep

    async def answer(self, ask: Ask) -> Answer:
        """Whatever the server answers that another try would not change.

        Raises SourceUnavailable after three tries, or at once where it asks for more patience than `max_wait_s`.
        """
        for attempt in range(1, TRIES + 1):
            answer = await self._once(ask)
            if answer is not None and answer.status not in AGAIN:
                return answer
            said = self._retry_after_s(answer) if answer else None
            wait_s = FIRST_WAIT_S * 2 ** (attempt - 1) * random.uniform(0.8, 1.2) if said is None else said  # noqa: S311
            if attempt == TRIES or wait_s > self._max_wait_s:
                break
            await self._sleep(wait_s)
        seen = f"HTTP {answer.status}" if answer else "no answer"
        raise SourceUnavailable(f"The source cannot be read now ({seen}).", retry_after_s=said)

    async def _once(self, ask: Ask) -> Answer | None:
        """None where the network failed. The client's exceptions hold the URL: they end here."""
        headers = dict(ask.headers)
        if ask.form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            async with self._client.stream(
                ask.method,
                ask.url,
                headers=headers,
                content=ask.form.encode() or None,
                timeout=self._timeout,
                follow_redirects=False,  # a redirect would take the token elsewhere
            ) as response:
                return Answer(response.status_code, response.headers, await self._body(response))
        except (httpx.RequestError, httpx.InvalidURL):
            return None

    async def _body(self, response: httpx.Response) -> bytes:
        collected = bytearray()
        async for piece in response.aiter_bytes():
            collected += piece
            if len(collected) > BODY_LIMIT:
                raise SourceUnavailable("The source sent a page larger than 64 MiB.")
        return bytes(collected)

    def _retry_after_s(self, answer: Answer) -> float | None:
        """Seconds or an HTTP date (RFC 9110, 10.2.3); None where the server does not say."""
        value = answer.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        try:
            until = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        if until.tzinfo is None:
            return None
        return max(0.0, (until - self._clock.now()).total_seconds())
