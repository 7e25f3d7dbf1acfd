"""The audit: table by table, each row once; then the second look at what seemed wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from infra.ops.audit import lines, messages, recount, shapes
from infra.ops.audit.asking import NotReadError
from infra.ops.audit.findings import Findings, Size
from infra.ops.audit.lines import Lines
from infra.ops.audit.messages import Ledger
from infra.ops.audit.queues import PLACE as QUEUES
from infra.ops.audit.queues import Peeks, Queues
from infra.ops.audit.reading import AccountReader, Entity
from infra.ops.audit.recount import Kept
from infra.ops.audit.references import References
from infra.ops.audit.rows import RowInspector
from infra.ops.audit.scope import Scope
from infra.ops.audit.sealed import Opener

FIRST = ("subscriptions", "tallies", "marks", "messages", "patients", "prescriptions")
"""Before what leads to them."""

type Told = Callable[[str, int], None]
"""Is told which place is read now, and how many rows were read in all."""

_TALLIED = ("messages", "tallies", "marks")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "tally_differs": _TALLIED,
    "day_never_counted": _TALLIED,
    "due_without_message": ("messages",),
    "unfinished_without_due": ("messages", "due"),
    "unfinished_not_listed": ("messages", "waiting"),
    "waiting_but_finished": ("messages", "marks"),
    "provider_id_without_message": ("messages",),
    "prescription_without_message": ("messages", "prescriptions"),
    "page_without_prescription": ("prescriptions",),
    "outbox_without_subscription": ("subscriptions",),
    **lines.NEEDS,
}
"""Half a table would make everything that leads to it an orphan: these are judged only where it was read whole."""


@dataclass(slots=True)
class Audit:
    """One audit of one account. Writes nothing."""

    reader: AccountReader
    peeks: Peeks
    queues: Mapping[str, str]  # kind of work -> name of its queue
    scope: Scope
    keys: Mapping[str, bytes]
    told: Told = lambda _place, _rows: None
    findings: Findings = field(default_factory=Findings)
    ledger: Ledger = field(default_factory=Ledger)
    kept: Kept = field(default_factory=Kept)

    def run(self) -> Findings:
        references = References(self.ledger, self.scope, self.findings)
        beside = Lines(self.ledger, self.scope, self.findings, self.reader)
        queues = Queues(self.peeks, self.queues, self.reader, self.scope, self.findings)
        inspector = RowInspector(self.scope, Opener(self.keys), self.findings)
        takers = self._takers(references, beside)
        self.told(QUEUES, 0)
        queues.look()
        for table in (*FIRST, *(table for table in shapes.TABLES if table not in FIRST)):
            self._table(table, inspector, takers.get(table))
        for container in shapes.BLOBS:
            self._container(container, inspector)
        self._told_of_what_is_missing()
        self._second_looks(
            self._days,
            lambda: references.judge(self.reader, self.findings.not_checked),
            lambda: beside.judge(inspector.clinics),
            queues.judge,
        )
        return self.findings

    def _takers(self, references: References, beside: Lines) -> Mapping[str, Callable[[Entity], None]]:
        """Who looks at the rows of a table, one by one. Messages are looked at together."""
        return {
            "subscriptions": references.of_subscription,
            "tallies": lambda row: self.kept.tally(row, self.findings),
            "marks": lambda row: self.kept.mark(row, self.scope, self.findings),
            "due": references.of_due,
            "waiting": references.of_waiting,
            "providerids": references.of_provider_id,
            "prescriptions": references.of_prescription,
            "patientpages": references.of_page,
            "outbox": references.of_outbox,
            "runs": references.of_run,
            "patients": beside.of_patient,
            "patientindex": beside.of_index,
            "consents": beside.of_consent,
            "daylog": beside.of_log,
            "worklist": beside.of_work,
            "history": beside.of_history,
            "idempotency": beside.of_request,
        }

    def _table(self, table: str, inspector: RowInspector, take: Callable[[Entity], None] | None) -> None:
        self.told(table, inspector.seen.rows)
        rows = self._counted(table, inspector.through(table, self.reader.rows(table)), inspector)
        try:
            if table == "messages":
                messages.take(rows, self.ledger, self.scope, self.findings, self.kept.agrees)
            else:
                for row in rows:
                    self._one(table, row, take)
        except NotReadError as error:
            self.findings.not_read[f"table {table}"] = str(error)

    def _one(self, table: str, row: Entity, take: Callable[[Entity], None] | None) -> None:
        try:
            if take is not None:
                take(row)
        except (KeyError, ValueError, IndexError):
            self.findings.add("strange_row", f"{table} {shapes.masked(str(row['RowKey']))}")

    def _container(self, container: str, inspector: RowInspector) -> None:
        self.told(container, inspector.seen.rows)
        size = self.findings.sizes.setdefault(container, Size())
        try:
            for name, length in self.reader.blobs(container):
                if self.scope.since is not None and name[:8] < f"{self.scope.since:%Y%m%d}":
                    continue
                content = self.reader.content(container, name)
                if content is not None:
                    size.rows += 1
                    size.bytes += length
                    inspector.seen.rows += 1
                    self.told(container, inspector.seen.rows)
                    inspector.blob(container, name, content)
        except NotReadError as error:
            self.findings.not_read[f"container {container}"] = str(error)

    def _told_of_what_is_missing(self) -> None:
        for kind, tables in NEEDS.items():
            missing = [table for table in tables if f"table {table}" in self.findings.not_read]
            if missing:
                self.findings.not_checked[kind] = f"{', '.join(missing)} could not be read whole"

    def _second_looks(self, *looks: Callable[[], None]) -> None:
        self.told("second look", sum(size.rows for size in self.findings.sizes.values()))
        for look in looks:
            try:
                look()
            except NotReadError as error:
                self.findings.not_read["second look"] = str(error)

    def _days(self) -> None:
        if "tally_differs" not in self.findings.not_checked:
            for day, kind, differences in recount.compare(self.ledger.days, self.kept, self.reader, self.scope):
                self.findings.add(kind, f"{' '.join(day)}{differences}")

    def _counted(self, table: str, rows: Iterable[Entity], inspector: RowInspector) -> Iterable[Entity]:
        for row in rows:
            if inspector.seen.rows % 500 == 0:
                self.told(table, inspector.seen.rows)
            yield row
