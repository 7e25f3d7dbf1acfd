"""Receiving from WeChat: the handshake, the checks on the raw bytes, the answer, and the events inside.

    in the request:   size ─▶ time of the query ─▶ msg_signature over Encrypt ─▶ padding, length, AppID ─▶ `success`
    behind the queue: opened again ─▶ XML ─▶ events

An account with an EncodingAESKey refuses a body without `Encrypt`: the plain signature covers only token, time and
nonce, so whoever has seen one callback could put any body under it (downgrade). Only mode `compatible` lets it pass.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from shared.channels.contract import CallbackAnswer
from shared.channels.wechat.callback_xml import UnreadableXml, encrypted_part, read_root
from shared.channels.wechat.credentials import CallbackMode, WeChatCredentials
from shared.channels.wechat.crypto import Envelope
from shared.channels.wechat.events import CHANNEL, read_events
from shared.channels.wechat.signature import is_signed
from shared.domain.inbound import InboundEvent, UnreadableEvent
from shared.errors import BodyTooLarge, CallbackRefused

LARGEST_BODY = 1024 * 1024  # bytes; WeChat's bodies are a few hundred
SKEW = timedelta(minutes=10)  # how far the query's timestamp may be from our clock
_LONGEST_ECHO = 256
_SUCCESS = CallbackAnswer(200, "success")  # in every mode: no reply, no retry (WeChat: Passive user reply message)


class WeChatCallback:
    """Implements `shared.channels.contract.Callback` for one Official Account."""

    name = CHANNEL

    def __init__(self, credentials: WeChatCredentials, account: str = "default") -> None:
        self.account = account
        self._tokens = credentials.tokens
        self._mode = credentials.callback_mode
        keys = () if self._mode is CallbackMode.PLAIN else credentials.aes_keys
        self._envelope = Envelope(credentials.app_id, keys)

    def handshake(self, query: Mapping[str, str]) -> CallbackAnswer:
        """Gives `echostr` back. Raises CallbackRefused."""
        self._require_plain_signature(query)
        echo = query.get("echostr", "")
        if not echo or len(echo) > _LONGEST_ECHO or not (echo.isascii() and echo.isprintable()):
            raise CallbackRefused("the echostr is missing or not plain text")
        return CallbackAnswer(200, echo)

    def verify(self, query: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:  # noqa: ARG002
        """Raises CallbackRefused, BodyTooLarge. WeChat puts everything into the query; no header counts."""
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge(f"A WeChat callback may have at most {LARGEST_BODY} bytes.")
        _require_recent(query.get("timestamp", ""), now)
        encrypted = self._encrypted(body)
        if encrypted:
            signed = is_signed(query.get("msg_signature", ""), self._tokens, *_times(query), encrypted)
            if not signed:
                raise CallbackRefused("the msg_signature is wrong")
            self._envelope.open(encrypted)
        elif self._mode is CallbackMode.SECURE:
            raise CallbackRefused("the body is not encrypted, and this account's callbacks are")
        else:
            self._require_plain_signature(query)

    def acknowledge(self, query: Mapping[str, str], body: bytes, now: datetime) -> CallbackAnswer:  # noqa: ARG002
        return _SUCCESS

    def parse(self, query: Mapping[str, str], body: bytes) -> Sequence[InboundEvent]:  # noqa: ARG002
        """Every event of a stored body. Never raises for what the body holds."""
        encrypted = self._encrypted(body)
        if not encrypted and self._mode is CallbackMode.SECURE:
            return [self._unreadable("Encrypt", "missing")]
        try:
            root = read_root(self._envelope.open(encrypted) if encrypted else body)
        except CallbackRefused as refused:
            return [self._unreadable("Encrypt", refused.message)]
        except UnreadableXml as unreadable:
            return [self._unreadable("xml", str(unreadable))]
        return read_events(root, self.account)

    def _encrypted(self, body: bytes) -> str:
        """The part that counts: where there is a key, what stands beside `Encrypt` is not signed and never read."""
        return encrypted_part(body) if self._envelope else ""

    def _require_plain_signature(self, query: Mapping[str, str]) -> None:
        if not is_signed(query.get("signature", ""), self._tokens, *_times(query)):
            raise CallbackRefused("the signature is wrong")

    def _unreadable(self, place: str, reason: str) -> UnreadableEvent:
        return UnreadableEvent(CHANNEL, self.account, place, reason)


def _times(query: Mapping[str, str]) -> tuple[str, str]:
    return query.get("timestamp", ""), query.get("nonce", "")


def _require_recent(timestamp: str, now: datetime) -> None:
    """Refuses replays of an old query (and a clock of ours that is wrong by more than SKEW)."""
    if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > 12:
        raise CallbackRefused("the timestamp is missing or not a number")
    if abs(int(timestamp) - now.timestamp()) > SKEW.total_seconds():
        raise CallbackRefused("the timestamp is too far from our clock")
