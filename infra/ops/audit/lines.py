"""Lines beside messages and patients, and whether what they name is there.

    a decision    on its message: both are written in one batch
    daylog        a turn of a message: written before the turn, but by whoever had read the message
    worklist      about a message, or about a patient whom a list has brought
    consents      of a patient whom somebody had found
    patientindex  written just before the contact, by a run that comes again until it has written that too
    history       written before the message, which a crash may keep from ever coming: harmless
    idempotency   the same, and kept for requests that make no message of their own: harmless

All but the last two lead somewhere, or something is lost. Of the last two only the number is told: what they lead to
may never have been. Messages that were there are missed all the same: by decisions, figures, events and the log.
An index line of a name that a patient had before leads to the patient, and harms nobody. What patients wrote
(`inbound`) names nobody in plain; like all rows it must be of a clinic that there is.

Patients are held as hashes of eight bytes. What seems to be missing is looked at a second time, by its key, a thousand
at a time, so that a table which is gone does not fill the memory.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from infra.ops.audit.findings import Findings
from infra.ops.audit.hashes import Hashes
from infra.ops.audit.messages import Ledger
from infra.ops.audit.reading import AccountReader, Entity, columns_of, key_of, written_at
from infra.ops.audit.scope import Scope
from infra.ops.audit.shapes import contact_of, facts_of

AT_ONCE = 1_000
NOBODY = "unassigned"  # where things to do stand that no clinic could be found for
_STUCK = "stuck"  # about a job that failed, whatever it named
_FROM_A_LIST = "no_way"  # about an appointment whose patient nobody can write to

NEEDS: Mapping[str, tuple[str, ...]] = {
    "decision_without_message": ("messages",),
    "log_without_message": ("messages",),
    "work_without_message": ("messages",),
    "work_without_patient": ("patients",),
    "consent_without_patient": ("patients",),
    "index_without_patient": ("patients",),
    "rows_without_clinic": ("clinics",),
}


class Doubt(NamedTuple):
    """What leads somewhere, and table, partition and key of what seems to be missing."""

    kind: str
    where: str
    table: str
    partition: str
    key: str


@dataclass(slots=True)
class Lines:
    """Collects while the tables pass by, contacts before what leads to them."""

    ledger: Ledger
    scope: Scope
    findings: Findings
    reader: AccountReader
    _patients: Hashes = field(default_factory=Hashes)
    _doubts: list[Doubt] = field(default_factory=list)

    def of_patient(self, row: Entity) -> None:
        partition, key = key_of(row)
        if key.startswith("c_"):
            self._patients.add(f"{partition} {key}")

    def of_index(self, row: Entity) -> None:
        partition, key = key_of(row)
        self._needs_patient("index_without_patient", row, partition.rpartition("_")[0], key.partition("_")[2])

    def of_consent(self, row: Entity) -> None:
        partition, key = key_of(row)
        self._needs_patient("consent_without_patient", row, partition.rpartition("_")[0], key.partition("_")[0])

    def of_log(self, row: Entity) -> None:
        self._needs_message("log_without_message", row, key_of(row)[1].partition("_")[2].rpartition("_")[0])

    def of_work(self, row: Entity) -> None:
        """By the item alone: its lines say the same. Who is asked for by name need be on no list that we have read."""
        clinic, key = key_of(row)
        columns = columns_of(row)
        if not key.startswith("i_") or columns.get("kind") == _STUCK:
            return
        if message := str(columns.get("message", "")):
            self._needs_message("work_without_message", row, message)
        elif columns.get("kind") == _FROM_A_LIST and (patient := str(columns.get("patient_key", ""))):
            self._needs_patient("work_without_patient", row, clinic, patient)

    def of_history(self, row: Entity) -> None:
        self._may_be_left("history", row, key_of(row)[1].split("_", 2)[2])

    def of_request(self, row: Entity) -> None:
        self._may_be_left("idempotency", row, str(columns_of(row)["message"]))

    def judge(self, clinics: Collection[tuple[str, str]]) -> None:
        """The second look at what is left. `clinics`: tables, and whose rows stand in them. Raises NotReadError."""
        there = {clinic for table, clinic in clinics if table == "clinics"} | {"", NOBODY}
        for table, clinic in sorted(clinics):
            if clinic not in there and self._may_judge("rows_without_clinic"):
                where = f"{table}: rows of the clinic {clinic}"
                self._doubt(Doubt("rows_without_clinic", where, "clinics", "clinic", clinic))
        self._promises()
        self._look_again()

    def _promises(self) -> None:
        """What decisions say is planned. A message of another day than its decision's may have been read later."""
        for message, where in self.ledger.promised.items():
            partition, key = facts_of(message)
            if self._is_meant(message) and not self.ledger.has(message) and self._may_judge("decision_without_message"):
                self._doubt(Doubt("decision_without_message", where, "messages", partition, key))

    def _needs_message(self, kind: str, row: Entity, message: str) -> None:
        partition, key = facts_of(message)
        if self.ledger.has(message) or not self._is_meant(message):
            return
        if self._may_judge(kind) and self.scope.long_ago(written_at(row)):
            self._doubt(Doubt(kind, " ".join(key_of(row)), "messages", partition, key))

    def _needs_patient(self, kind: str, row: Entity, clinic: str, patient: str) -> None:
        partition, key = contact_of(clinic, patient)
        if f"{partition} {key}" in self._patients:
            return
        if self._may_judge(kind) and self.scope.long_ago(written_at(row)):
            self._doubt(Doubt(kind, " ".join(key_of(row)), "patients", partition, key))

    def _may_be_left(self, table: str, row: Entity, message: str) -> None:
        facts_of(message)  # or the row is a strange one
        if self._is_meant(message) and not self.ledger.has(message) and self._is_whole("messages"):
            self.findings.leftovers[table] += self.scope.long_ago(written_at(row))

    def _is_meant(self, message: str) -> bool:
        clinic, _, rest = message.partition("_")
        return self.scope.holds(clinic, rest[:8])

    def _may_judge(self, kind: str) -> bool:
        """Half a table would make everything that leads to it an orphan."""
        return all(map(self._is_whole, NEEDS[kind]))

    def _is_whole(self, table: str) -> bool:
        return f"table {table}" not in self.findings.not_read

    def _doubt(self, doubt: Doubt) -> None:
        self._doubts.append(doubt)
        if len(self._doubts) >= AT_ONCE:
            self._look_again()

    def _look_again(self) -> None:
        doubts, self._doubts = self._doubts, []
        for kind, where, table, partition, key in doubts:
            if self.reader.row(table, partition, key) is None:
                self.findings.add(kind, where)
