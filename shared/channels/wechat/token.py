"""The access token, by stable_token only: the old call would invalidate what other instances hold.

In normal mode it gives the same token to everyone until 5 minutes before its end, so no instance needs to share it
(WeChat: Get stable access token).
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.wechat.wire import Answer, CallResult, call
from shared.clock import Clock

_MARGIN = timedelta(seconds=60)  # a token that we hand out still lives when it arrives


@dataclass(frozen=True, slots=True)
class Token:
    """A token, not to be shown."""

    text: str
    good_until: datetime

    def __repr__(self) -> str:
        return f"Token(good_until={self.good_until.isoformat()})"


@dataclass(frozen=True, slots=True)
class NoToken:
    """Why there is none: what the call came to."""

    result: CallResult


class StableToken:
    """Kept in memory until shortly before its end; however many ask at once, one call is under way."""

    def __init__(self, credentials: WeChatCredentials, client: httpx.AsyncClient, clock: Clock) -> None:
        self._credentials = credentials
        self._client = client
        self._clock = clock
        self._token: Token | None = None
        self._reading: asyncio.Task[Token | NoToken] | None = None

    async def get(self) -> Token | NoToken:
        """The token in memory, or a new one."""
        if self._token is not None and self._clock.now() < self._token.good_until:
            return self._token
        return await self._read_once()

    async def instead_of(self, refused: Token) -> Token | NoToken:
        """A token after WeChat refused one: what another coroutine has read since, or one read anew.

        Never forced: that would kill the token of every other instance, and WeChat allows it 20 times a day.
        """
        if self._token is refused:
            self._token = None
        return await self.get()

    async def _read_once(self) -> Token | NoToken:
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._forget)
        # Shielded: one caller that gives up must not fail the others.
        return await asyncio.shield(self._reading)

    def _forget(self, done: "asyncio.Task[Token | NoToken]") -> None:
        if self._reading is done:
            self._reading = None

    async def _read(self) -> Token | NoToken:
        asked_at = self._clock.now()
        credentials = self._credentials
        body = {
            "grant_type": "client_credential",
            "appid": credentials.app_id,
            "secret": credentials.app_secret,
            "force_refresh": False,
        }
        result = await call(self._client, "POST", f"{credentials.api_url}/cgi-bin/stable_token", body=body)
        text = result.content.get("access_token") if isinstance(result, Answer) else None
        seconds = result.content.get("expires_in") if isinstance(result, Answer) else None
        if not isinstance(text, str) or not text or not isinstance(seconds, int):
            return NoToken(result)
        self._token = Token(text, asked_at + timedelta(seconds=seconds) - _MARGIN)
        return self._token
