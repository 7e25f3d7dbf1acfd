"""Messages that failed: one row without content each, by clinic, day and time, so that the last hour is one range read.

<clinic>_<yyyymmdd, UTC> | <inverted milliseconds>_<message digest>_<lane>
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from shared.storage.contract import Failure
from shared.storage.instants import newest_first
from shared.storage.places import FAILURES
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.scan import every_row


class TableFailures:
    """Implements `contract.FailureNotes`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def note(self, lane: str, clinic_id: str, message_digest: str, at: datetime) -> None:
        key = f"{newest_first(at)}_{message_digest}_{lane}"
        await self._rows.write(FAILURES, Change(Verb.UPSERT, Row(_partition(clinic_id, at), key)))

    async def since(self, clinic_id: str, since: datetime, now: datetime) -> Sequence[Failure]:
        span = Span(_partition(clinic_id, since), _partition(clinic_id, now), key_below=newest_first(since) + "_")
        return [_failure(row) async for row in every_row(self._rows, FAILURES, span)]


def _partition(clinic_id: str, at: datetime) -> str:
    return f"{clinic_id}_{at.astimezone(UTC):%Y%m%d}"


def _failure(row: Row) -> Failure:
    _, digest, lane = row.key.split("_", 2)
    return Failure(lane, digest)
