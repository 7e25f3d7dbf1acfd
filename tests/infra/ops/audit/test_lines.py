"""Lines that lead nowhere: told where something is lost, only counted where nothing can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from infra.ops.audit import lines, shapes
from infra.ops.audit.audit import Audit
from infra.ops.audit.hashes import Hashes
from infra.ops.audit.reading import Entity
from infra.ops.audit.scope import Scope
from shared.domain.identity import PATIENT_SHARDS, Pseudonyms
from shared.services.clinics import UNASSIGNED
from shared.settings import index_key, read_settings
from shared.storage.contract import ConsentMethod, ConsentRecord, WorkKind
from shared.storage.opened import storage_over
from shared.storage.places import patient_partition
from shared.storage.rows import Row
from tests.infra.ops.audit.conftest import KEYS, Stored
from tests.infra.ops.audit.reader import QUEUES, MemoryReader
from tests.world import SETTINGS

DIGEST = Pseudonyms(b"x" * 32).digest("made up", "1")
OTHER = Pseudonyms(b"x" * 32).digest("made up", "2")
NEVER = f"riverside_2026100401_{DIGEST}"


def clinic_of(stored: Stored) -> str:
    return sorted(row.key for row in stored.all("clinics") if row.partition == "clinic")[0]


def log_is_of_nothing(stored: Stored) -> None:
    row = stored.all("daylog")[0]
    clinic = row.partition.rpartition("_")[0]
    stored.put("daylog", row.partition, f"{row.key[:13]}_{clinic}_2026100401_{DIGEST}_sending", **row.columns)


def work_of_nothing(stored: Stored) -> None:
    stored.change("worklist", about_a_message(stored), message=NEVER)


def work_of_nobody(stored: Stored) -> None:
    stored.change("worklist", an_item(stored, WorkKind.NO_WAY), patient_key=DIGEST)


def an_item(stored: Stored, kind: WorkKind) -> Row:
    return next(row for row in stored.all("worklist", "i_") if row.columns["kind"] == kind)


def about_a_message(stored: Stored) -> Row:
    return next(row for row in stored.all("worklist", "i_") if row.columns.get("message"))


def wish_of_nobody(stored: Stored) -> None:
    partition = patient_partition(clinic_of(stored), DIGEST)
    sealed = stored.all("patients", "c_")[0].columns["sealed"]
    stored.put("consents", partition, f"{DIGEST}_1234567890123_whatsapp", sealed=sealed)


def index_of_nobody(stored: Stored) -> None:
    line = stored.all("patientindex")[0]
    stored.put("patientindex", line.partition, f"{line.key[:26]}_{DIGEST}")


def contact_is_gone(stored: Stored) -> None:
    """Of a patient of whom one line tells."""
    wanted = stored.all("patientindex")[0]
    patient = wanted.key.partition("_")[2]
    for line in stored.all("patientindex"):
        if line.key.endswith(patient) and line.key != wanted.key:
            stored.remove("patientindex", line)
    for item in stored.all("worklist"):
        if item.columns.get("patient_key") == patient:
            stored.remove("worklist", item)
    contact = next(row for row in stored.all("patients", "c_") if row.key == f"c_{patient}")
    stored.remove("patients", contact)


def clinic_is_gone(stored: Stored) -> None:
    stored.put("runs", "nowhere", "s_wanted", at=stored.now.isoformat())


def request_of_nonsense(stored: Stored) -> None:
    stored.put("idempotency", DIGEST, OTHER, message="x", until=stored.now.isoformat())


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (log_is_of_nothing, "log_without_message"),
        (work_of_nothing, "work_without_message"),
        (work_of_nobody, "work_without_patient"),
        (index_of_nobody, "index_without_patient"),
        (contact_is_gone, "index_without_patient"),
        (clinic_is_gone, "rows_without_clinic"),
        (request_of_nonsense, "strange_row"),
    ],
)
def test_a_mistake_is_found_and_no_other(stored: Stored, plant: Callable[[Stored], None], kind: str) -> None:
    plant(stored)
    found = stored.audit()
    assert dict(found.counts) == {kind: 1}, found.examples
    assert not found.leftovers


def test_a_wish_of_nobody_is_found(stored: Stored) -> None:
    """What is sealed in the line was sealed elsewhere, and does not open either."""
    wish_of_nobody(stored)
    assert dict(stored.audit().counts) == {"consent_without_patient": 1, "does_not_open": 1}


def test_a_message_that_was_promised_and_is_gone_is_missed(stored: Stored) -> None:
    """With all its rows, and before anything happened to it."""
    row = next(r for r in stored.all("messages", "m_") if not stored.all("messages", f"{r.key[:28]}_"))
    message, clinic = f"{row.partition}_{row.key[2:]}", row.partition.rpartition("_")[0]
    stored.remove("messages", row)
    [due] = [one for one in stored.all("due") if one.key.endswith(message)]
    stored.remove("due", due)
    [tally] = [one for one in stored.all("tallies") if (one.partition, one.key) == (clinic, row.partition[-10:-2])]
    found = stored.audit()
    assert dict(found.counts) == {"decision_without_message": 1, "tally_differs": 1}
    stored.remove("tallies", tally)  # and where nobody ever counted
    stored.put("marks", tally.partition, tally.key, at=stored.now.isoformat())
    found = stored.audit()
    assert dict(found.counts) == {"decision_without_message": 1}
    [where] = found.examples["decision_without_message"]
    assert where.startswith(f"{row.partition} d_")
    assert found.leftovers["history"] > 0


def test_a_decision_of_this_moment_may_be_ahead_of_its_message(stored: Stored) -> None:
    row = next(r for r in stored.all("messages", "d_") if r.columns.get("message"))
    reader = MemoryReader(stored=stored.rows, kept=stored.blobs)
    reader.written["messages", row.partition, row.key] = stored.now - timedelta(minutes=5)
    stored.change("messages", row, message=f"{row.partition}_{DIGEST}")
    audit = Audit(reader, stored.waiting, QUEUES, Scope(stored.now), KEYS)
    assert "decision_without_message" not in audit.run().counts


async def test_what_a_crash_leaves_behind_is_counted_and_no_finding(stored: Stored) -> None:
    """History and key stand before the message; a schedule's key leads to no message at all."""
    clinic = clinic_of(stored)
    message = f"{clinic}_2026100401_{DIGEST}"
    stored.put("history", patient_partition(clinic, OTHER), f"{OTHER}_1234567890123_{message}")
    stored.put("idempotency", DIGEST, OTHER, message=message, until=stored.now.isoformat())
    found = stored.audit()
    assert (dict(found.counts), dict(found.leftovers)) == ({}, {"history": 1, "idempotency": 1})
    assert not stored.audit(since=date(2026, 10, 5)).leftovers
    assert not stored.audit(clinic=sorted({row.key for row in stored.all("clinics")} - {clinic})[0]).leftovers


def test_an_old_name_that_still_leads_to_the_patient_is_nothing(stored: Stored) -> None:
    line = stored.all("patientindex")[0]
    stored.put("patientindex", line.partition, f"{DIGEST}_{line.key.partition('_')[2]}")
    found = stored.audit()
    assert (dict(found.counts), dict(found.leftovers)) == ({}, {})


def test_what_nobody_could_be_found_for_is_of_no_clinic(stored: Stored) -> None:
    stored.put("marks", UNASSIGNED, "20261002", at=stored.now.isoformat())
    assert not stored.audit().counts
    assert lines.NOBODY == UNASSIGNED


def test_a_job_that_failed_may_be_about_anything(stored: Stored) -> None:
    stored.change("worklist", about_a_message(stored), message=NEVER, kind=WorkKind.STUCK.value)
    assert not stored.audit().counts
    assert {str(WorkKind.STUCK), str(WorkKind.NO_WAY)} == {"stuck", "no_way"}


def test_what_is_in_motion_is_left_alone(stored: Stored) -> None:
    """A run writes a line of the index just before the contact."""
    index_of_nobody(stored)
    reader = MemoryReader(stored=stored.rows, kept=stored.blobs)
    for row in stored.all("patientindex"):
        reader.written["patientindex", row.partition, row.key] = stored.now - timedelta(minutes=5)
    assert not Audit(reader, stored.waiting, QUEUES, Scope(stored.now), KEYS).run().counts


class Behind(MemoryReader):
    """What is written while the tables are read: there by its key, and not in the list that was read before."""

    def rows(self, table: str, wanted: str = "") -> Iterator[Entity]:
        late = {"patients": "c_", "clinics": "", "messages": "m_"}
        for row in super().rows(table, wanted):
            if wanted or table not in late or not str(row["RowKey"]).startswith(late[table]):
                yield row


def test_what_comes_while_the_tables_are_read_is_found_at_the_second_look(stored: Stored) -> None:
    found = Audit(Behind(stored=stored.rows, kept=stored.blobs), stored.waiting, QUEUES, Scope(stored.now), KEYS).run()
    assert set(lines.NEEDS) & set(found.counts) == set()


def test_many_that_are_missing_are_looked_at_a_thousand_at_a_time(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "AT_ONCE", 5)
    line, made = stored.all("patientindex")[0], Pseudonyms(b"x" * 32)
    for number in range(12):
        stored.put("patientindex", line.partition, f"{line.key[:26]}_{made.digest('made up', str(number))}")
    assert dict(stored.audit().counts) == {"index_without_patient": 12}


def test_contacts_stand_where_the_auditor_looks_for_them(stored: Stored) -> None:
    assert shapes.PATIENT_SHARDS == PATIENT_SHARDS
    contacts = stored.all("patients", "c_")
    found = [shapes.contact_of(row.partition.rpartition("_")[0], row.key[2:]) for row in contacts]
    assert found == [(row.partition, row.key) for row in contacts]


@pytest.mark.parametrize("what", ["", "riverside", "x' or RowKey gt '", f"riverside_2026100401_{DIGEST}'"])
def test_what_is_no_key_is_never_asked_for(what: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        shapes.facts_of(what)
    with pytest.raises(ValueError, match="not a"):
        shapes.contact_of("riverside", what)


def test_hashes_remember_what_was_taken_and_nothing_else() -> None:
    taken = Hashes()
    for number in range(2_000):
        taken.add(f"patient {number}")
    assert all(f"patient {number}" in taken for number in range(2_000))
    assert not any(f"patient {number}" in taken for number in range(2_000, 9_000))
    taken.add("one more")
    assert "one more" in taken
    assert len(taken) == 2_001


async def test_a_wish_that_staff_recorded_leads_to_its_patient(stored: Stored) -> None:
    storage = storage_over(stored.rows, stored.blobs, KEYS, index_key(read_settings(SETTINGS)))
    contact = stored.all("patients", "c_")[0]
    clinic, patient = contact.partition.rpartition("_")[0], contact.key[2:]
    wish = ConsentRecord(patient, "whatsapp", False, stored.now, ConsentMethod.PHONE, "nurse@example.org", "rang")
    await storage.consents.add(clinic, wish)
    found = stored.audit()
    assert (dict(found.counts), found.sizes["consents"].rows) == ({}, 1)
