"""What is to be done next, message by message: what waits to leave now, what comes within hours, what is looked after.

Reads due rows only: keys, times and codes, no patient data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.message import Priority
from shared.storage.contract import Due, DueAction, DueRow


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """Messages that go one after the other: of a clinic, by one account, equally urgent."""

    clinic_id: str
    lane: str
    priority: Priority


@dataclass(slots=True)
class LineCount:
    """`waits`: their time has come; `coming`: it comes within the time that was asked for; `looked_after`: fed or sent,
    and not at their end yet. `first_at`: the earliest of those that wait or come."""

    waits: int = 0
    coming: int = 0
    looked_after: int = 0
    first_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueList:
    """`first`: the earliest to leave, as many as were asked for; `until`: how far ahead was looked."""

    at: datetime
    until: datetime
    lines: Mapping[Line, LineCount]
    first: tuple[DueRow, ...]


@dataclass(slots=True)
class _Earliest:
    """The `top` rows that come first, of however many."""

    top: int
    rows: list[DueRow] = field(default_factory=list)

    def add(self, row: DueRow) -> None:
        self.rows.append(row)
        if len(self.rows) > 4 * self.top + 100:
            self.rows = list(self.cut())

    def cut(self) -> tuple[DueRow, ...]:
        return tuple(sorted(self.rows, key=lambda row: (row.at, row.key))[: self.top])


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDue:
    """`python3 dev.py ops due list`."""

    due: Due
    clock: Clock

    async def __call__(
        self, ahead: timedelta, top: int, wanted: Callable[[Line], bool], told: Callable[[], None]
    ) -> DueList:
        """`wanted`: which lines; `told`: once for each row that was read."""
        now, lines, first = self.clock.now(), dict[Line, LineCount](), _Earliest(top)
        async for row in self.due.everything(now + ahead):
            told()
            line = Line(row.message_id.clinic_id, row.lane, row.priority)
            if not wanted(line):
                continue
            _count(lines.setdefault(line, LineCount()), row, now)
            if row.action is DueAction.SEND:
                first.add(row)
        return DueList(now, now + ahead, dict(sorted(lines.items())), first.cut())


def _count(count: LineCount, row: DueRow, now: datetime) -> None:
    if row.action is DueAction.CHECK:
        count.looked_after += 1
        return
    if row.at <= now or row.since is not None:  # passed over for want of wire time: it waits
        count.waits += 1
    else:
        count.coming += 1
    count.first_at = min(row.at, count.first_at or row.at)
