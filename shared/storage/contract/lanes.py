"""Lanes: what a provider account has been fed, when its wire is free, and where sending is stopped. No patient data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Kept[T]:
    """A value and its version; `etag` empty: nothing is stored yet."""

    value: T
    etag: str = ""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What release knows of a lane. It has a bounded size, whatever waits.

    `booked`: by clinic, and for all of them under "", until when wire time is promised, one instant for each priority.
    """

    swept_at: datetime | None = None
    fed_until: datetime | None = None  # until when what was fed keeps the wire busy
    booked: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    pairs: Mapping[str, datetime] = field(default_factory=dict)  # beginning of an address key -> when it is free again
    counts: Mapping[str, int] = field(default_factory=dict)  # see shared.domain.day_limit
    turn: str = ""  # the clinic that was fed last
    full_since: datetime | None = None  # when the day's limit was met and staff were told


@dataclass(frozen=True, slots=True)
class Stop:
    """A lane, or one of its templates, that sends nothing but a probe now and then; the code and its class say why."""

    lane: str
    code: str
    error_class: str
    since: datetime
    probe_at: datetime  # when the next message may try
    probe: str = ""  # digest of the message that tries now
    template: str = ""


class Lanes(Protocol):
    """Every `keep_…` raises RowChanged when the row has another version than `etag`."""

    async def feed(self, lane: str) -> Kept[FeedState]: ...

    async def keep_feed(self, lane: str, state: FeedState, etag: str) -> str:
        """The new version."""
        ...

    async def wire(self, lane: str) -> Kept[datetime | None]:
        """From when on the lane's wire is free; None: it was never used."""
        ...

    async def keep_wire(self, lane: str, free_at: datetime, etag: str) -> str:
        """The new version."""
        ...

    async def stops(self) -> Sequence[Stop]:
        """Whatever is stopped, of all lanes, in one request."""
        ...

    async def stop(self, lane: str, template: str = "") -> Kept[Stop | None]: ...

    async def keep_stop(self, stop: Stop, etag: str) -> str:
        """The new version."""
        ...

    async def end_stop(self, stop: Stop) -> None:
        """No error if it is gone."""
        ...
