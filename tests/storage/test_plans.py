"""What planning writes and finds again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.identity import MESSAGE_SHARDS, PATIENT_SHARDS
from shared.domain.message import EventName
from shared.errors import RowTooLarge, StorageUnavailable
from shared.storage.contract import DecisionRecord, DueAction, DueRow, KnownPlans, PlanEntry, Turn
from shared.storage.due import SHARDS
from shared.storage.opened import OpenStorage
from shared.storage.rows import Change, Span
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS, TODAY, contact, decided, entry, event, planned, skipped
from tests.storage.wrappers import CountingRows, PassingRows, TinyPages

ORDER = ["patientindex", "patients", "history", "waiting", "due", "messages"]
WEEK = (TODAY, TODAY + timedelta(days=7))


async def test_what_was_written_is_known(storage: OpenStorage) -> None:
    one, other = entry("A-1"), skipped("A-2")
    await storage.plans.write(CLINIC, [one, other])
    known = (await storage.plans.known(CLINIC, *WEEK)).decisions
    assert set(known) == {(e.decision.appointment_key, e.decision.step, e.decision.day) for e in (one, other)}
    plan = known[one.decision.appointment_key, "2d", one.decision.day]
    assert one.message is not None
    assert (plan.planned, plan.message_digest, plan.fingerprint) == (True, one.message.id.digest, "f1")
    assert (plan.day, plan.scheduled_for) == (one.decision.day, one.decision.scheduled_for)
    skip = known[other.decision.appointment_key, "2d", TODAY]
    assert (skip.planned, skip.message_digest, skip.fingerprint, skip.scheduled_for) == (False, "", "s1", None)


async def test_other_days_and_clinics_are_not_known(storage: OpenStorage) -> None:
    await storage.plans.write(CLINIC, [entry()])
    assert await storage.plans.known(CLINIC, TODAY, TODAY + timedelta(days=2)) == KnownPlans()
    assert await storage.plans.known("river", *WEEK) == KnownPlans()
    assert await storage.plans.known("riverside-2", *WEEK) == KnownPlans()


@pytest.mark.parametrize("name", [EventName.CLAIMED, EventName.CANCELLED, EventName.DROPPED])
async def test_the_turn_that_a_message_took_is_known(storage: OpenStorage, name: EventName) -> None:
    await storage.plans.write(CLINIC, [entry("A-1"), entry("A-2")])
    await storage.messages.claim(event(planned("A-1").id, name, detail="why"))
    await storage.messages.append(event(planned("A-2").id, EventName.REJECTED))
    known = await storage.plans.known(CLINIC, *WEEK)
    assert known.turns == {planned("A-1").id.digest: Turn(name, 1, "why")}


async def test_the_last_turn_of_a_message_counts(storage: OpenStorage) -> None:
    await storage.plans.write(CLINIC, [entry()])
    message_id = planned().id
    turns = [(EventName.DROPPED, 1), (EventName.RESTORED, 1), (EventName.CLAIMED, 2)]
    for name, attempt in turns:
        await storage.messages.claim(event(message_id, name, attempt=attempt))
        known = await storage.plans.known(CLINIC, *WEEK)
        assert known.turns == {message_id.digest: Turn(name, attempt)}


async def test_everything_of_a_planned_step_is_written(storage: OpenStorage) -> None:
    step = entry()
    await storage.plans.write(CLINIC, [step], [contact()])
    message = planned()
    assert await storage.messages.read(message.id) == message
    assert await storage.patients.contact(CLINIC, message.patient_key) == contact()
    assert (await storage.messages.history(CLINIC, message.patient_key, 10, "")).items == (message.id,)
    due = await storage.due.take(message.scheduled_for, 10)
    assert due == [DueRow.of(message, message.scheduled_for, DueAction.SEND)]
    assert (await storage.plans.appointments(CLINIC, *WEEK, 10, "")).items == (step.decision,)


async def test_a_later_run_replaces_the_decision(storage: OpenStorage) -> None:
    await storage.plans.write(CLINIC, [entry()])
    later = decided(planned(), message_id=None, scheduled_for=None, channel="", fingerprint="f2", detail="x")
    await storage.plans.write(CLINIC, [PlanEntry(later)])
    assert (await storage.plans.appointments(CLINIC, *WEEK, 10, "")).items == (later,)


async def test_writing_again_changes_nothing(storage: OpenStorage) -> None:
    entries = [entry(f"A-{n}", f"P-{n % 3}") for n in range(7)]
    for _ in range(2):
        await storage.plans.write(CLINIC, entries)
    assert len((await storage.plans.known(CLINIC, *WEEK)).decisions) == 7
    assert len(await storage.due.take(NOW + timedelta(days=30), 100)) == 7


async def test_the_last_of_two_entries_for_one_step_counts(storage: OpenStorage) -> None:
    """A batch may name a row once only; a list may hold an appointment or a patient twice."""
    one = entry()
    two = replace(one, decision=replace(one.decision, fingerprint="f2"))
    await storage.plans.write(CLINIC, [one, two], [contact(), contact(name="Winnie Quince")])
    [known] = (await storage.plans.known(CLINIC, *WEEK)).decisions.values()
    assert known.fingerprint == "f2"
    stored = await storage.patients.contact(CLINIC, planned().patient_key)
    assert stored is not None
    assert stored.name == "Winnie Quince"


async def test_a_message_of_another_day_than_its_decision_is_written_too(storage: OpenStorage) -> None:
    message = planned()
    await storage.plans.write(CLINIC, [PlanEntry(decided(message, day=TODAY), message)])
    assert await storage.messages.read(message.id) == message
    [known] = (await storage.plans.known(CLINIC, *WEEK)).decisions.values()
    assert (known.day, known.message_digest) == (TODAY, message.id.digest)


async def all_decisions(storage: OpenStorage, top: int) -> list[DecisionRecord]:
    found: list[DecisionRecord] = []
    cursor = ""
    while True:
        page = await storage.plans.appointments(CLINIC, *WEEK, top, cursor)
        assert len(page.items) <= top
        found += page.items
        if not (cursor := page.next_cursor):
            return found


@pytest.mark.parametrize("top", [1, 4, 200])
async def test_decisions_are_listed_by_day(open_store: OpenAnother, top: int) -> None:
    storage = await open_store(around_rows=TinyPages)
    entries = [skipped(f"A-{n}", TODAY + timedelta(days=n % 5)) for n in range(11)]
    await storage.plans.write(CLINIC, [*entries, entry("B-1")])
    found = await all_decisions(storage, top)
    assert [d.day for d in found] == sorted(d.day for d in found)
    assert len(found) == 12
    assert {e.decision for e in entries} <= set(found)


async def test_nothing_to_write_asks_nothing(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=CountingRows)
    await storage.plans.write(CLINIC, [])
    assert storage.rows.requests.total() == 0


async def test_batches_are_filled_across_entries(in_memory: OpenStorage) -> None:
    counted = CountingRows(in_memory.rows)
    storage = _over(counted)
    contacts = [contact(f"P-{n}") for n in range(2_000)]
    await storage.plans.write(CLINIC, [entry(f"A-{n}", f"P-{n}") for n in range(2_000)], contacts)
    sizes = {table: [n for t, n in counted.batches if t == table] for table in ORDER}
    assert sum(sizes["messages"]) == 4_000
    assert sum(sizes["patients"]) == sum(sizes["history"]) == sum(sizes["due"]) == 2_000
    assert max(map(max, sizes.values())) == 100
    # each partition has at most one batch that is not full
    assert len(sizes["messages"]) <= 40 + MESSAGE_SHARDS
    assert len(sizes["waiting"]) <= 20 + MESSAGE_SHARDS
    assert len(sizes["patients"]) <= 20 + PATIENT_SHARDS
    assert len(sizes["due"]) <= 20 + SHARDS


class OrderKeepingRows(PassingRows):
    """Remembers which table was written to, in what order; stops answering after some requests."""

    def __init__(self, inner: PassingRows, answers: int = 1_000) -> None:
        super().__init__(inner)
        self.written: list[str] = []
        self.answers = answers

    async def write(self, table: str, change: Change) -> str:
        self._next(table)
        return await super().write(table, change)

    async def apply(self, table: str, changes: object) -> object:  # type: ignore[override]
        self._next(table)
        return await super().apply(table, changes)  # type: ignore[arg-type]

    def _next(self, table: str) -> None:
        if len(self.written) >= self.answers:
            raise StorageUnavailable("The store did not answer.")
        self.written.append(table)


def _over(rows: PassingRows) -> OpenStorage:
    from shared.storage.memory import MemoryBlobs
    from shared.storage.opened import storage_over
    from tests.storage.samples import ENCRYPTION_KEYS, INDEX_KEY

    return storage_over(rows, MemoryBlobs(), ENCRYPTION_KEYS, INDEX_KEY)


async def test_contacts_go_first_and_decisions_last(in_memory: OpenStorage) -> None:
    ordered = OrderKeepingRows(in_memory.rows)  # type: ignore[arg-type]
    contacts = [contact(f"P-{n}") for n in range(300)]
    await _over(ordered).plans.write(CLINIC, [entry(f"A-{n}", f"P-{n}") for n in range(300)], contacts)
    assert list(dict.fromkeys(ordered.written)) == ORDER
    assert ordered.written == sorted(ordered.written, key=ORDER.index)


@pytest.mark.parametrize("answers", [0, 1, 2, 3])
async def test_an_interrupted_write_is_mended_by_writing_again(in_memory: OpenStorage, answers: int) -> None:
    cut = OrderKeepingRows(in_memory.rows, answers)  # type: ignore[arg-type]
    with pytest.raises(StorageUnavailable):
        await _over(cut).plans.write(CLINIC, [entry()], [contact()])
    assert await in_memory.plans.known(CLINIC, *WEEK) == KnownPlans(), "what is known is not written again"
    await in_memory.plans.write(CLINIC, [entry()])
    assert len(await in_memory.due.take(NOW + timedelta(days=30), 10)) == 1
    assert await in_memory.messages.read(planned().id) == planned()


async def test_a_row_over_the_limits_is_refused_before_it_travels(in_memory: OpenStorage) -> None:
    with pytest.raises(RowTooLarge):
        await in_memory.plans.write(CLINIC, [entry(patient_name="x" * 70_000)])


async def test_the_decision_and_its_message_share_a_partition(in_memory: OpenStorage) -> None:
    for n in range(40):
        await in_memory.plans.write(CLINIC, [entry(f"A-{n}")])
        partition = planned(f"A-{n}").id.partition
        page = await in_memory.rows.query("messages", Span.prefixed(partition, "d_"))
        assert any(PSEUDONYMS.appointment(CLINIC, f"A-{n}") in row.key for row in page.rows)


async def test_the_decisions_on_one_appointment_are_read_in_one_request(open_store: OpenAnother) -> None:
    counted: list[CountingRows] = []
    storage = await open_store(around_rows=lambda rows: counted.append(CountingRows(rows)) or counted[0])
    steps = [entry("A-1", step=step) for step in ("2d", "7d")]
    await storage.plans.write(CLINIC, [*steps, entry("A-2"), entry("A-1", starts_at=NOW + timedelta(days=9))])
    day, key = steps[0].decision.day, steps[0].decision.appointment_key
    before = sum(counted[0].requests.values())
    found = await storage.plans.of_appointment(CLINIC, day, key)
    assert sum(counted[0].requests.values()) == before + 1
    assert list(found) == [step.decision for step in steps]
    assert await storage.plans.of_appointment("elsewhere", day, key) == ()


async def test_decisions_on_an_appointment_are_read_by_keys_alone(storage: OpenStorage) -> None:
    moved = entry("A-1", starts_at=NOW + timedelta(days=9))
    await storage.plans.write(CLINIC, [entry("A-1"), moved, entry("A-2", starts_at=NOW + timedelta(days=4))])
    key, days = moved.decision.appointment_key, [(NOW + timedelta(days=n)).date() for n in range(12)]
    found = await storage.plans.decided(CLINIC, key, days, ["7d", "2d"])
    assert list(found) == [entry("A-1").decision, moved.decision]
    assert await storage.plans.decided(CLINIC, key, days, ["7d"]) == []
    assert await storage.plans.decided("elsewhere", key, days, ["2d"]) == []
