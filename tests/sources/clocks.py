"""Time that a test moves itself, and waiting that takes none."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class StillClock:
    """Stands still until told otherwise; `sleep` moves it and remembers for how long."""

    at: datetime = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.forward(seconds=seconds)
