"""Callbacks to us, as WeChat makes them: signed, in one of three modes, repeated while no answer comes in 5 s."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from shared.channels.wechat.callback_xml import UnreadableXml, encrypted_part, read_root
from shared.channels.wechat.credentials import CallbackMode, WeChatCredentials
from shared.channels.wechat.crypto import Envelope
from shared.channels.wechat.signature import signature_of
from shared.clock import Clock
from shared.errors import CallbackRefused

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[tuple[int, str]]]
"""Posts a body with headers to a URL and gives status and text. May raise OSError or TimeoutError for no answer."""

ATTEMPTS = 4  # the first and three more (WeChat: Passive user reply message)
_NO_REPLY = frozenset({"", "success"})


@dataclass(frozen=True, slots=True)
class Push:
    """What came of one callback. `reply`: the text of a passive answer; `apology`: the patient saw that we are out of
    order."""

    event: str
    attempts: int
    statuses: tuple[int, ...]
    ok: bool
    reply: str = ""
    apology: bool = False


@dataclass(slots=True)
class Pushes:
    """Makes callbacks for one account. `reply_within_s` is WeChat's 5 s, unless a test is in a hurry; None: no limit,
    and no event loop is needed."""

    credentials: WeChatCredentials
    clock: Clock
    post: Post
    mode: CallbackMode
    reply_within_s: float | None = 5.0
    retry_after_s: float = 1.0

    async def push(self, url: str, fields: Mapping[str, str]) -> Push:
        """Posts one callback until it is answered. Statuses are 0 where no answer came."""
        statuses: list[int] = []
        event = fields.get("Event") or fields["MsgType"]
        while len(statuses) < ATTEMPTS:
            if statuses:
                await asyncio.sleep(self.retry_after_s)
            status, text = await self._once(url, fields)
            statuses.append(status)
            if status == 200:
                return self._answered(event, statuses, text.strip())
        return Push(event, len(statuses), tuple(statuses), ok=False, apology=fields["MsgType"] != "event")

    def signed(self, fields: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
        """Query and body of one callback, as they are posted."""
        timestamp, nonce = str(int(self.clock.now().timestamp())), str(secrets.randbelow(10**10))
        token = self.credentials.tokens[0]
        query = {"signature": signature_of(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        query["openid"] = fields["FromUserName"]
        if self.mode is CallbackMode.PLAIN:
            return query, to_xml(fields)
        sealed = Envelope(self.credentials.app_id, self.credentials.aes_keys).seal(to_xml(fields))
        query |= {"encrypt_type": "aes", "msg_signature": signature_of(token, timestamp, nonce, sealed)}
        open_part = fields if self.mode is CallbackMode.COMPATIBLE else {"ToUserName": fields["ToUserName"]}
        return query, to_xml({**open_part, "Encrypt": sealed})

    async def _once(self, url: str, fields: Mapping[str, str]) -> tuple[int, str]:
        query, body = self.signed(fields)
        separator = "&" if "?" in url else "?"
        try:
            async with asyncio.timeout(self.reply_within_s) if self.reply_within_s else nullcontext():
                return await self.post(f"{url}{separator}{urlencode(query)}", {"Content-Type": "text/xml"}, body)
        except (OSError, TimeoutError):
            return 0, ""

    def _answered(self, event: str, statuses: list[int], text: str) -> Push:
        reply = "" if text in _NO_REPLY else self._passive_reply(text)
        apology = text not in _NO_REPLY and not reply
        return Push(event, len(statuses), tuple(statuses), ok=not apology, reply=reply, apology=apology)

    def _passive_reply(self, text: str) -> str:
        """The text of a passive answer; empty if WeChat would not understand it."""
        body = text.encode()
        try:
            if sealed := encrypted_part(body):
                body = Envelope(self.credentials.app_id, self.credentials.aes_keys).open(sealed)
            return read_root(body).findtext("Content") or ""
        except (UnreadableXml, CallbackRefused):
            return ""


def to_xml(fields: Mapping[str, str]) -> bytes:
    """WeChat's form: numbers bare, text in CDATA."""
    parts = [f"<{name}>{_value(value)}</{name}>" for name, value in fields.items()]
    return f"<xml>{''.join(parts)}</xml>".encode()


def _value(value: str) -> str:
    if value.isdecimal():
        return escape(value)
    return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
