"""The auditor finds nothing in what the product left behind after days of trouble, and each mistake that is planted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from infra.ops.audit.appointments import NO_WAY
from infra.ops.audit.audit import NEEDS
from infra.ops.audit.findings import KINDS
from shared.domain.identity import Pseudonyms
from shared.storage.places import CONTAINERS, TABLES
from shared.storage.rows import Row
from shared.storage.seal import Sealer, place
from tests.infra.ops.audit.conftest import KEYS, Stored

DIGEST = Pseudonyms(b"x" * 32).digest("made up", "1")
NUMBER = "+447700900123"


def facts(stored: Stored, event: str, without: str = "") -> tuple[Row, list[Row]]:
    """A message to which `event` happened (and not the other one): its facts and its events."""
    for row in stored.all("messages", "m_"):
        if len(row.key) == 28:
            events = [one for one in stored.all("messages", f"{row.key}_") if one.partition == row.partition]
            happened = {one.columns["event"] for one in events}
            if event in happened and without not in happened:
                return row, events
    raise AssertionError(f"nothing was {event}")


def waiting(stored: Stored) -> tuple[Row, str]:
    """The facts of a message that nothing has happened to, and its id."""
    for row in stored.all("messages", "m_"):
        if len(row.key) == 28 and not stored.all("messages", f"{row.key}_"):
            return row, f"{row.partition}_{row.key[2:]}"
    raise AssertionError("nothing waits")


def test_nothing_is_found_in_what_the_product_left_behind(stored: Stored) -> None:
    found = stored.audit()
    assert (dict(found.examples), found.whole) == ({}, True)
    assert found.sizes["messages"].rows == len(stored.all("messages")) > 300
    assert found.sizes["callbacks"].rows > 50
    assert found.keys["k1"] > 500


def tally_lies(stored: Stored) -> None:
    [row, *_] = stored.all("tallies")
    stored.change("tallies", row, rows=int(row.columns["rows"]) + 1)


def a_receipt_is_gone(stored: Stored) -> None:
    _, events = facts(stored, "delivered", "read")
    stored.remove("messages", next(one for one in events if one.columns["event"] == "delivered"))


def an_answer_is_another(stored: Stored) -> None:
    """As many rows as before, and the same states: only the appointment comes to something else."""
    rows = stored.all("messages", "m_")
    appointment = {row.key: row.columns.get("appointment_key") for row in rows}
    answers: dict[object, list[Row]] = {}
    for row in rows:
        if row.columns.get("event") == "answered":
            answers.setdefault(appointment[row.key[:28]], []).append(row)
    changing = {(row.partition, row.key) for row in stored.all("marks")}  # of those days nothing is said
    alone = [row for row, *more in answers.values() if not more and _day(row) not in changing]
    row = next(row for row in alone if row.columns["detail"] == "confirmed_attendance")
    stored.change("messages", row, detail="pending_cancellation")


def _day(row: Row) -> tuple[str, str]:
    clinic, _, day = row.partition.rpartition("_")
    return clinic, day[:8]


def a_decision_is_another(stored: Stored) -> None:
    """Skipped, but not because there is no way to the patient: as many steps as before."""
    for row in stored.all("messages", "d_"):
        steps = [r for r in stored.all("messages", row.key[:28]) if r.partition == row.partition]
        if {step.columns.get("reason") for step in steps} <= NO_WAY:
            for step in steps:
                stored.change("messages", step, reason="hidden")
            return
    raise AssertionError("everybody can be written to")


def tally_is_gone(stored: Stored) -> None:
    [row, *_] = [r for r in stored.all("tallies") if stored.all("messages") and r.columns["rows"]]
    stored.remove("tallies", row)


def mark_is_old(stored: Stored) -> None:
    stored.put("marks", "riverside", "20261002", at=(stored.now - timedelta(hours=2)).isoformat())


def facts_are_gone(stored: Stored) -> None:
    stored.remove("messages", facts(stored, "accepted")[0])


def due_leads_nowhere(stored: Stored) -> None:
    stored.put(
        "due", "01", f"{stored.now + timedelta(days=1):%Y%m%d%H%M%S}_riverside_2026100401_{DIGEST}", action="send"
    )


def due_is_gone(stored: Stored) -> None:
    _, message = waiting(stored)
    [row] = [one for one in stored.all("due") if one.key.endswith(message)]
    stored.remove("due", row)


def not_listed(stored: Stored) -> None:
    _, message = waiting(stored)
    [row] = [one for one in stored.all("waiting") if message == f"{one.partition}_{one.key}"]
    stored.remove("waiting", row)


def join_leads_nowhere(stored: Stored) -> None:
    stored.put(
        "providerids", f"wechat_{DIGEST[:2]}", f"{DIGEST}_join", message=f"riverside_2026100401_{DIGEST}", due="x"
    )


def prescription_alone(stored: Stored) -> None:
    """Its facts, as a process leaves them that was killed before the event."""
    sealed = stored.all("messages", "m_")[0].columns["sealed"]
    stored.put("prescriptions", "riverside", f"p_{DIGEST}", kind="nhs_eps", sealed=sealed)


def prescription_sent_by_nothing(stored: Stored) -> None:
    message = f"riverside_2026100401_{DIGEST}"
    stored.put("prescriptions", "riverside", f"p_{DIGEST}_sent", event="sent", message=message)


def page_alone(stored: Stored) -> None:
    stored.put("patientpages", DIGEST[:2], DIGEST, clinic="riverside", prescription=DIGEST)


def outbox_alone(stored: Stored) -> None:
    stored.put("outbox", "s" * 26, f"e_{'a' * 26}", clinic="riverside", topic="patient_reply")


def still_listed(stored: Stored) -> None:
    row, _ = facts(stored, "read")
    stored.put("waiting", row.partition, row.key[2:])


def claim_ran_out(stored: Stored) -> None:
    row, _ = waiting(stored)
    at = stored.now - timedelta(hours=3)
    lease = (at + timedelta(minutes=2)).isoformat()
    stored.put(
        "messages", row.partition, f"{row.key}_go_1", event="claimed", at=at.isoformat(), attempt=1, lease_until=lease
    )  # fmt: skip


def due_is_old(stored: Stored) -> None:
    _, message = waiting(stored)
    stored.put("due", "01", f"{stored.now - timedelta(hours=2):%Y%m%d%H%M%S}_{message}", action="send")


def run_hangs(stored: Stored) -> None:
    row = stored.all("runs", "r_")[0]
    stored.change("runs", row, state="running", lease_until=(stored.now - timedelta(hours=2)).isoformat())


def accepted_again(stored: Stored) -> None:
    row, events = facts(stored, "accepted", "resumed")
    one = next(event for event in events if event.columns["event"] == "accepted")
    columns = {name: value for name, value in one.columns.items() if name != "sealed"}
    stored.put("messages", row.partition, f"{row.key}_accepted_9", **{**columns, "attempt": 9})


def same_reminder(stored: Stored) -> None:
    row = next(r for r in stored.all("messages", "m_") if r.columns.get("step") and r.columns["kind"] == "reminder")
    stored.put("messages", row.partition, f"m_{DIGEST}", **row.columns)


def written_in_plain(stored: Stored) -> None:
    stored.change("inbound", stored.all("inbound")[0], sealed=b'{"text": "I cannot come"}')


def written_as_text(stored: Stored) -> None:
    stored.change("inbound", stored.all("inbound")[0], sealed="I cannot come")


def sealed_column_gone(stored: Stored) -> None:
    stored.change("patients", stored.all("patients", "c_")[0], sealed=None)


def moved_elsewhere(stored: Stored) -> None:
    first, second, *_ = stored.all("patients", "c_")
    stored.change("patients", first, sealed=second.columns["sealed"])


def blob_in_plain(stored: Stored) -> None:
    [name, *_] = stored.blobs._contents
    stored.blobs._contents[name] = b'{"entry": [{"changes": []}]}'


def number_in_key(stored: Stored) -> None:
    stored.put("history", "riverside_01", f"{NUMBER}_2026100401", at="x")


def number_in_another_key(stored: Stored) -> None:
    stored.put("failures", "riverside_20261001", f"{NUMBER}_{DIGEST}")


def in_plain_column(text: str) -> Callable[[Stored], None]:
    def plant(stored: Stored) -> None:
        stored.change("messages", stored.all("messages", "m_")[0], detail=text)

    return plant


def nonsense(stored: Stored) -> None:
    row, _ = facts(stored, "accepted")
    stored.put("messages", row.partition, f"{row.key}_sent", event="sent", at="yesterday")


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (tally_lies, "tally_differs"),
        (a_receipt_is_gone, "tally_differs"),
        (an_answer_is_another, "tally_differs"),
        (a_decision_is_another, "tally_differs"),
        (tally_is_gone, "day_never_counted"),
        (mark_is_old, "day_not_counted"),
        (facts_are_gone, "events_without_facts"),
        (due_leads_nowhere, "due_without_message"),
        (due_is_gone, "unfinished_without_due"),
        (not_listed, "unfinished_not_listed"),
        (join_leads_nowhere, "provider_id_without_message"),
        (prescription_alone, "prescription_without_message"),
        (prescription_sent_by_nothing, "prescription_without_message"),
        (page_alone, "page_without_prescription"),
        (outbox_alone, "outbox_without_subscription"),
        (still_listed, "waiting_but_finished"),
        (claim_ran_out, "claim_expired"),
        (due_is_old, "due_overdue"),
        (run_hangs, "run_expired"),
        (accepted_again, "accepted_twice"),
        (same_reminder, "same_reminder_twice"),
        (written_in_plain, "not_sealed"),
        (written_as_text, "not_sealed"),
        (blob_in_plain, "not_sealed"),
        (sealed_column_gone, "sealed_missing"),
        (moved_elsewhere, "does_not_open"),
        (number_in_key, "key_of_no_known_form"),
        (number_in_another_key, "key_of_no_known_form"),
        (in_plain_column(f"rang {NUMBER}"), "looks_like_patient_data"),
        (in_plain_column("07700 900123"), "looks_like_patient_data"),
        (in_plain_column("oMadeUpOpenidOfNobody0000001"), "looks_like_patient_data"),
        (in_plain_column("robin@example.org"), "looks_like_patient_data"),
        (in_plain_column("Wilhelmina Quince"), "looks_like_patient_data"),
        (in_plain_column("王小明"), "looks_like_patient_data"),
        (nonsense, "strange_row"),
    ],
)
def test_a_mistake_is_found(stored: Stored, plant: Callable[[Stored], None], kind: str) -> None:
    plant(stored)
    found = stored.audit()
    assert kind in found.counts
    said = str(found.examples)
    assert not any(secret in said for secret in (NUMBER, "900123", "Quince", "王小明", "robin@", "cannot come"))


def test_what_is_sealed_does_not_stand_beside_it(stored: Stored) -> None:
    """In a form that nothing else would notice."""
    row = stored.all("patients", "c_")[0]
    where = place("patients", row.partition, row.key, "sealed")
    sealed = Sealer(KEYS, "k1").seal_json({"name": "quince", "language": "en-gb"}, where)
    stored.change("patients", row, sealed=sealed, fingerprint="en-gb")
    assert not stored.audit().counts
    stored.change("patients", row, sealed=sealed, fingerprint="of-quince")
    assert dict(stored.audit().counts) == {"sealed_value_in_plain": 1}


def test_every_kind_has_words_and_what_it_needs_is_a_table() -> None:
    assert set(NEEDS) <= set(KINDS)
    assert {table for tables in NEEDS.values() for table in tables} <= set(TABLES)


def test_the_auditor_reads_every_table_and_container_that_there_is(stored: Stored) -> None:
    assert set(stored.audit().sizes) == {*TABLES, *CONTAINERS}


def test_a_clinic_and_a_day_narrow_what_is_looked_at(stored: Stored) -> None:
    clinic = stored.all("tallies")[0].partition
    tally_lies(stored)
    assert stored.audit(clinic=clinic).counts["tally_differs"] == 1
    others = {row.partition for row in stored.all("tallies")} - {clinic}
    assert not stored.audit(clinic=others.pop()).counts
    day = date.fromisoformat(stored.all("tallies")[0].key)
    assert stored.audit(since=day).counts["tally_differs"] == 1
    assert not stored.audit(since=day + timedelta(days=1)).counts


def test_what_is_in_motion_is_left_alone(stored: Stored) -> None:
    """A message that was put a moment ago has no due row yet; one that has just ended is still on the list."""
    due_is_gone(stored)
    row, _ = waiting(stored)
    stored.change("messages", row, created_at=(stored.now - timedelta(minutes=1)).isoformat())
    assert not stored.audit().counts
