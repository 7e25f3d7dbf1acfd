"""Planning runs as rows, and back.

<clinic> | r_<run id>                           the run; its version guards it
<clinic> | n_<inverted milliseconds>_<run id>   the same, for the list of the newest: placed by its first start
<clinic> | s_complete                           when the last complete run began; written with the run that ends so
<clinic> | s_wanted                             a run that begins after this is wanted; done when s_complete is later
"""

import json
from datetime import date, datetime

from shared.domain.appointment import BadRow, Unreadable
from shared.storage.columns import number, octets, present, text
from shared.storage.contract import Run, RunState
from shared.storage.instants import newest_first, to_instant, to_text
from shared.storage.places import RUNS, SEALED
from shared.storage.rows import Row, Value
from shared.storage.seal import Sealer, place

PREFIX = "r_"
NEWEST_PREFIX = "n_"
STANDING_PREFIX = "s_"
COMPLETE, WANTED = "s_complete", "s_wanted"
PLACED = "placed"
AT = "at"


def at_row(clinic_id: str, key: str, at: datetime) -> Row:
    """One of the two rows that say how a clinic's planning stands."""
    return Row(clinic_id, key, {AT: to_text(at)})


class RunRows:
    """Runs to rows and back. Bad rows are sealed: a source's line or resource id can lead to a patient."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def of_run(self, run: Run, placed: str = "") -> tuple[Row, Row]:
        """The run's row and its row in the list. `placed`: where it stands in the list; empty: by its start."""
        placed = placed or f"{NEWEST_PREFIX}{newest_first(run.started_at)}_{run.id}"
        return self._row(run, PREFIX + run.id, placed), self._row(run, placed, placed)

    def to_run(self, row: Row) -> Run:
        """Raises Unsealable."""
        columns, bad_rows = row.columns, octets(row.columns, SEALED)
        finished_at = text(columns, "finished_at")
        return Run(
            id=text(columns, "run"),
            clinic_id=row.partition,
            day=date.fromisoformat(text(columns, "day")),
            trigger=text(columns, "trigger"),
            state=RunState(text(columns, "state")),
            owner=text(columns, "owner"),
            started_at=to_instant(text(columns, "started_at")),
            lease_until=to_instant(text(columns, "lease_until")),
            attempt=number(columns, "attempt", 1),
            finished_at=to_instant(finished_at) if finished_at else None,
            counts=json.loads(text(columns, "counts") or "{}"),
            bad_rows=self._open(bad_rows, row) if bad_rows else (),
            problem=text(columns, "problem"),
            etag=row.etag,
        )

    def _row(self, run: Run, key: str, placed: str) -> Row:
        columns: dict[str, Value | None] = {
            "run": run.id,
            "day": run.day.isoformat(),
            "trigger": run.trigger,
            "state": run.state.value,
            "owner": run.owner,
            "started_at": to_text(run.started_at),
            "lease_until": to_text(run.lease_until),
            "attempt": run.attempt,
            "finished_at": to_text(run.finished_at) if run.finished_at else None,
            "counts": json.dumps(dict(run.counts), separators=(",", ":")) if run.counts else None,
            "problem": run.problem,
            PLACED: placed,
        }
        if run.bad_rows:
            bad_rows = {"rows": [[bad.place, bad.reason.value, bad.field] for bad in run.bad_rows]}
            columns[SEALED] = self._sealer.seal_json(bad_rows, place(RUNS, run.clinic_id, key, SEALED))
        return Row(run.clinic_id, key, present(columns))

    def _open(self, sealed: bytes, row: Row) -> tuple[BadRow, ...]:
        stored = self._sealer.unseal_json(sealed, place(RUNS, row.partition, row.key, SEALED))["rows"]
        rows = stored if isinstance(stored, list) else []
        return tuple(BadRow(where, Unreadable(reason), field) for where, reason, field in rows)
