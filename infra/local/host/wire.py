"""Plain-Python stand-ins for the messages that the real host exchanges with the engine over gRPC.

The engine takes its protobuf module from the caller (`properties={"protos": …}` of the init request) and only reads
and sets attributes, so neither grpc nor protobuf is needed. Field names are those of Microsoft's FunctionRpc.proto.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any


class Message(SimpleNamespace):
    """Any protobuf message: attributes, and the name of the variant that is set."""

    def WhichOneof(self, group: str) -> str | None:  # noqa: N802, ARG002 - protobuf's own method
        """The variant of `group` that is set; messages with a variant hold it beside at most their `name`."""
        return next((field for field in vars(self) if field != "name"), None)


class BindingInfo(Message):
    """Direction and data type of a binding, as FunctionRpc.proto numbers them."""

    in_ = 0
    out = 1
    inout = 2
    undefined = 0


class StatusResult(Message):
    """Outcome of a request to the engine."""

    Failure = 0
    Success = 1


class RpcHttpCookie(Message):
    """A cookie of an HTTP answer."""

    SameSite = SimpleNamespace(**{"None": "", "Lax": "Lax", "Strict": "Strict", "ExplicitNone": "None"})


class RpcException(Message):
    """What the engine reports of an exception: two strings.

    The engine builds it while it handles the exception, so the code of a coded error can be read off the exception
    itself. The real host has the two strings only.
    """

    def __init__(self, message: str, stack_trace: str) -> None:
        handled = sys.exception()
        super().__init__(
            message=message,
            stack_trace=stack_trace,
            exception_type=type(handled).__name__ if handled else message.partition(":")[0],
            code=getattr(handled, "code", None),
        )


class Protos:
    """What the engine sees as its protobuf module."""

    BindingInfo = BindingInfo
    StatusResult = StatusResult
    RpcHttpCookie = RpcHttpCookie
    RpcException = RpcException

    def __getattr__(self, name: str) -> type[Message]:
        return type(name, (Message,), {})


def text(value: str) -> Message:
    """A string as typed data."""
    return Message(string=value)


def json_value(value: Any) -> Message:
    """Anything that JSON can hold, as typed data."""
    return Message(json=json.dumps(value))


def request(kind: str, **fields: Any) -> Message:
    """A streaming message of `kind`, as the engine's coroutines expect it."""
    return Message(request=Message(**{kind: Message(**fields)}), properties={"host": "127.0.0.1", "protos": Protos()})
