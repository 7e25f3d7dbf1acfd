"""The log by day: what happened to which message when, newest first. Holds no patient data.

    <clinic>_<inverted day> | <inverted milliseconds>_<message id>_<state>

The day is inverted as well, so that one range read gives several days newest first. One partition a day takes 2,000
lines a second, far above what one clinic sends.
"""

from datetime import date

from shared.domain.identity import MessageId
from shared.domain.message import Kind, State
from shared.storage.columns import present, text
from shared.storage.contract import LogEntry, Page
from shared.storage.cursors import Cursors
from shared.storage.instants import latest_day_first, newest_first, to_instant, to_text
from shared.storage.places import DAYLOG
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.scan import one_page


class TableLog:
    """Implements `contract.Log`."""

    def __init__(self, rows: Rows, cursors: Cursors) -> None:
        self._rows = rows
        self._cursors = cursors

    async def append(self, entry: LogEntry) -> None:
        await self._rows.write(DAYLOG, Change(Verb.UPSERT, row_of_line(entry)))

    async def page(self, clinic_id: str, first: date, last: date, top: int, cursor: str) -> Page[LogEntry]:
        bound_to = ("log", clinic_id, first.isoformat(), last.isoformat())
        resume = self._cursors.read(cursor, *bound_to)
        span = Span(_partition(clinic_id, last), _partition(clinic_id, first))
        page = await one_page(self._rows, DAYLOG, span, top, resume)
        return Page(tuple(map(_entry, page.rows)), self._cursors.write(page.resume, *bound_to))


def _partition(clinic_id: str, day: date) -> str:
    return f"{clinic_id}_{latest_day_first(day)}"


def row_of_line(entry: LogEntry) -> Row:
    columns = {
        "at": to_text(entry.at),
        "day": entry.day.isoformat(),
        "kind": entry.kind.value,
        "channel": entry.channel,
        "reason": entry.reason,
    }
    key = f"{newest_first(entry.at)}_{entry.message_id}_{entry.state}"
    return Row(_partition(entry.message_id.clinic_id, entry.day), key, present(columns))


def _entry(row: Row) -> LogEntry:
    message_id, _, state = row.key.partition("_")[2].rpartition("_")
    return LogEntry(
        at=to_instant(text(row.columns, "at")),
        day=date.fromisoformat(text(row.columns, "day")),
        message_id=MessageId.parse(message_id),
        kind=Kind(text(row.columns, "kind")),
        channel=text(row.columns, "channel"),
        state=State(state),
        reason=text(row.columns, "reason"),
    )
