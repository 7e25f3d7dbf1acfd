"""What the services may ask of subscribers: whether a callback URL may be used at all, and to write to it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class NotPosted(StrEnum):
    """Why nothing came back. None of them proves that nothing arrived, but the first."""

    NOT_ALLOWED = "not_allowed"  # no such host may be called, or its name leads where no subscriber is
    NO_ANSWER = "no_answer"  # not found, not reached, cut off, too slow


@dataclass(frozen=True, slots=True)
class Answered:
    """What a subscriber said to an event. Its body is nobody's business."""

    status: int
    retry_after_s: float | None = None


class Subscribers(Protocol):
    async def check(self, callback_url: str) -> None:
        """Raises InvalidInput with what to do, for a URL to which nothing will ever be posted."""
        ...

    async def post(self, callback_url: str, body: bytes) -> Answered | NotPosted:
        """Checks again, and posts JSON once. Never raises for what the other side does."""
        ...
