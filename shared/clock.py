"""The only place that reads the time."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the services get the time from; tests give a clock that they move themselves."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)
