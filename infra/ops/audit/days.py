"""A clinic's days, some weeks at a time: which of them are not what their rows come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from infra.ops.audit import messages, recount
from infra.ops.audit.asking import NotReadError
from infra.ops.audit.findings import Findings
from infra.ops.audit.messages import Ledger
from infra.ops.audit.reading import AccountReader, key_of
from infra.ops.audit.recount import Kept
from infra.ops.audit.scope import Scope

DAYS = timedelta(days=31)
_NO_DAY = "~"  # after all of them


@dataclass(frozen=True, slots=True)
class WrongDay:
    """`found`: in which figures; empty where the day was never counted."""

    day: date
    found: str


@dataclass(frozen=True, slots=True)
class DaysRead:
    """`days`: of which something is stored, `marked` of them to be counted again in any case."""

    first: date
    last: date
    days: int
    marked: int
    wrong: tuple[WrongDay, ...]


def pages(
    reader: AccountReader, clinic: str, now: datetime, first: date | None = None, last: date | None = None
) -> Iterator[DaysRead]:
    """From the first day that is stored to the last, or between two days. Raises NotReadError, perhaps after some."""
    day = f"{first:%Y%m%d}" if first else ""
    below = f"{last:%Y%m%d}~" if last else _NO_DAY
    while found := _next(reader, clinic, day, below):
        begins = _date(found)
        ends = min(begins + DAYS - timedelta(days=1), last or date.max)
        yield _read(reader, Scope(now, clinic), begins, ends)
        day = f"{ends + timedelta(days=1):%Y%m%d}"


def _next(reader: AccountReader, clinic: str, day: str, below: str) -> str:
    """The first day from this one on; empty if there is none."""
    of_messages = f"PartitionKey ge '{clinic}_{day}' and PartitionKey lt '{clinic}_{below}'"
    of_tallies = f"PartitionKey eq '{clinic}' and RowKey ge '{day}' and RowKey lt '{below}'"
    message, tally = next(reader.rows("messages", of_messages), None), next(reader.rows("tallies", of_tallies), None)
    found = [key_of(message)[0].rpartition("_")[2][:8]] if message else []
    return min([*found, key_of(tally)[1]] if tally else found, default="")


def _read(reader: AccountReader, scope: Scope, first: date, last: date) -> DaysRead:
    """Tallies and marks before the rows that they are made of: one that comes in between is met as a change."""
    ledger, kept, nothing = Ledger(), Kept(), Findings()
    begins, below = f"{first:%Y%m%d}", f"{last:%Y%m%d}~"
    of_days = f"PartitionKey eq '{scope.clinic}' and RowKey ge '{begins}' and RowKey lt '{below}'"
    for row in reader.rows("tallies", of_days):
        kept.tally(row, nothing)
    for row in reader.rows("marks", of_days):
        kept.mark(row, scope, nothing)
    of_messages = f"PartitionKey ge '{scope.clinic}_{begins}' and PartitionKey lt '{scope.clinic}_{below}'"
    messages.take(reader.rows("messages", of_messages), ledger, scope, nothing, kept.agrees)
    wrong = (
        WrongDay(_date(day), found.removeprefix(": "))
        for (_, day), _, found in recount.compare(ledger.days, kept, reader, scope)
    )
    days = kept.agreed + len(kept.tallies.keys() | ledger.days.keys())
    return DaysRead(first, last, days, len(kept.marks), tuple(wrong))


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise NotReadError("a day has a key of no known form: see `ops check storage`") from None
