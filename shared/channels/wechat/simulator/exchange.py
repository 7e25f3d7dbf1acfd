"""What the simulator hears and says, before any transport: the same in process and over HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote: str = "127.0.0.1"

    def content(self) -> Mapping[str, object] | None:
        """The JSON object of the body; None if it is none."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return None
        return content if isinstance(content, dict) else None


@dataclass(frozen=True, slots=True)
class Reply:
    content: Mapping[str, object]
    status: int = 200

    @property
    def body(self) -> bytes:
        return json.dumps(self.content, ensure_ascii=False).encode()


class Lost(StrEnum):
    """No reply: what the caller sees instead."""

    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"


_calls = count(0x1A2B3C4D)

_MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    41001: "access_token missing",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    44002: "empty post data",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    47001: "data format error",
    48002: "user refuse to accept the msg",
}


def error(errcode: int, message: str = "") -> Reply:
    """WeChat's error body: HTTP 200, and a `rid` to give to its support."""
    number = next(_calls)
    text = message or _MESSAGES.get(errcode, "error")
    return Reply({"errcode": errcode, "errmsg": f"{text} rid: {number:08x}-{number ^ 0x5F3759DF:08x}-{number * 7:08x}"})


def success(**content: object) -> Reply:
    return Reply({"errcode": 0, "errmsg": "ok", **content})
