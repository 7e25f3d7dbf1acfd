"""What leads from one row to another, and whether something is there.

Messages are read first, what leads to them later; whatever then seems to be missing is looked at a second time, by key.
So nothing is called missing that a process has just written, or has just finished and taken away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.ops.audit import shapes
from infra.ops.audit.findings import Findings
from infra.ops.audit.messages import Ledger, Mark, split
from infra.ops.audit.reading import AccountReader, Entity, columns_of, key_of
from infra.ops.audit.reading import written_at as _written
from infra.ops.audit.scope import Scope
from infra.ops.audit.states import TO_BE_SENT, at_of, state_of


@dataclass(slots=True)
class References:
    """Collects while the tables pass by; `judge` looks a second time."""

    ledger: Ledger
    scope: Scope
    findings: Findings
    due: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    subscriptions: set[str] = field(default_factory=set)
    prescriptions: dict[str, bool] = field(default_factory=dict)  # clinic and id -> whether a message stands with it
    _candidates: list[tuple[str, str, str]] = field(default_factory=list)  # kind, where, message

    def of_subscription(self, row: Entity) -> None:
        self.subscriptions.add(key_of(row)[1])

    def of_due(self, row: Entity) -> None:
        _, key = key_of(row)
        message = key[15:]
        if not self._is_meant(message):
            return
        self.due.add(message)
        if not self.scope.long_ago(_written(row)):
            return
        self._needs("due_without_message", f"due {key}", message)
        if self.scope.long_ago(datetime.strptime(key[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)):
            self.findings.add("due_overdue", f"due {key}")

    def of_waiting(self, row: Entity) -> None:
        message = "_".join(key_of(row))
        self.listed.add(message)
        mark = self.ledger.marks.get(message, Mark(0))
        if Mark.FINISHED in mark and self.scope.long_ago(_written(row)) and Mark.SETTLED in mark:
            self._candidates.append(("waiting_but_finished", message, message))

    def of_provider_id(self, row: Entity) -> None:
        partition, key = key_of(row)
        message = str(columns_of(row).get("message", ""))
        if key.endswith("_join") and self._is_meant(message):
            self._needs("provider_id_without_message", f"providerids {partition} {key}", message)

    def of_prescription(self, row: Entity) -> None:
        clinic, key = key_of(row)
        columns = columns_of(row)
        if not key.startswith("p_"):
            return
        one = f"{clinic} {key[:28]}"
        self.prescriptions.setdefault(one, False)
        message = str(columns.get("message", ""))
        if columns.get("event") in ("sent", "resent"):
            self.prescriptions[one] = True
            self._needs("prescription_without_message", f"prescriptions {one}", message)
        elif len(key) == 28 and self.scope.settled(_written(row)):
            self._candidates.append(("prescription_without_message", f"prescriptions {one}", ""))

    def of_page(self, row: Entity) -> None:
        columns = columns_of(row)
        one = f"{columns.get('clinic', '')} p_{columns.get('prescription', '')}"
        if self._is_of_clinic(str(columns.get("clinic", ""))) and one not in self.prescriptions:
            self._if_settled(row, "page_without_prescription", f"patientpages {key_of(row)[0]} {key_of(row)[1]}")

    def of_outbox(self, row: Entity) -> None:
        subscription, key = key_of(row)
        if self._is_of_clinic(str(columns_of(row).get("clinic", ""))) and subscription not in self.subscriptions:
            self._if_settled(row, "outbox_without_subscription", f"outbox {subscription} {key}")

    def of_run(self, row: Entity) -> None:
        clinic, key = key_of(row)
        columns = columns_of(row)
        runs = key.startswith("r_") and columns.get("state") == "running"
        if runs and self.scope.long_ago(at_of(columns, "lease_until")):
            self.findings.add("run_expired", f"runs {clinic} {key}")

    def judge(self, reader: AccountReader, skipped: Collection[str]) -> None:
        """The second look, but for the kinds that cannot be judged. Raises NotReadError."""
        for message, mark in self.ledger.marks.items():
            if Mark.TO_BE_SENT in mark and Mark.SETTLED in mark:
                if message not in self.due:
                    self._candidates.append(("unfinished_without_due", message, message))
                if message not in self.listed:
                    self._candidates.append(("unfinished_not_listed", message, message))
        candidates = [one for one in self._candidates if one[0] not in skipped]
        due_now = _due_now(reader) if any(kind == "unfinished_without_due" for kind, *_ in candidates) else set()
        for kind, where, message in candidates:
            if self._holds(kind, where, message, due_now, reader):
                self.findings.add(kind, where)

    def _holds(self, kind: str, where: str, message: str, due_now: set[str], reader: AccountReader) -> bool:
        if kind == "prescription_without_message" and not message:
            return not self.prescriptions[where.partition(" ")[2]]
        if kind in ("page_without_prescription", "outbox_without_subscription"):
            return True
        facts, events = split(_rows_of(message, reader))
        match kind:
            case "unfinished_without_due":
                return facts is not None and message not in due_now and state_of(events) in TO_BE_SENT
            case "unfinished_not_listed":
                return state_of(events) in TO_BE_SENT and reader.row("waiting", *_partition_and_digest(message)) is None
            case "waiting_but_finished":
                clinic, _, rest = message.partition("_")
                marked = reader.row("marks", clinic, rest[:8]) is not None
                return not marked and reader.row("waiting", *_partition_and_digest(message)) is not None
        return facts is None

    def _needs(self, kind: str, where: str, message: str) -> None:
        if self._is_meant(message) and Mark.FACTS not in self.ledger.marks.get(message, Mark(0)):
            self._candidates.append((kind, where, message))

    def _if_settled(self, row: Entity, kind: str, where: str) -> None:
        if self.scope.long_ago(_written(row)):
            self._candidates.append((kind, where, ""))

    def _is_meant(self, message: str) -> bool:
        clinic, _, rest = message.partition("_")
        return self.scope.holds(clinic, rest[:8])

    def _is_of_clinic(self, clinic: str) -> bool:
        return self.scope.holds(clinic)


def _due_now(reader: AccountReader) -> set[str]:
    return {key_of(row)[1][15:] for row in reader.rows("due")}


def _partition_and_digest(message: str) -> tuple[str, str]:
    partition, _, digest = message.rpartition("_")
    return partition, digest


def _rows_of(message: str, reader: AccountReader) -> Iterable[Entity]:
    partition, digest = _partition_and_digest(message)
    if shapes.KEYS["messages"][0].fullmatch(partition) is None:
        return []
    key = f"m_{digest}"
    wanted = f"PartitionKey eq '{partition}' and RowKey ge '{key}' and RowKey lt '{key}~'"
    return reader.rows("messages", wanted)
