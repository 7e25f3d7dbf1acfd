"""What needs a person stands on the worklist once, soonest first, until somebody resolves it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import InvalidCursor
from shared.storage import memory
from shared.storage.contract import Hold, WorkItem, WorkKind
from shared.storage.opened import OpenStorage
from shared.storage.rows import Rows
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, ENCRYPTION_KEYS, INDEX_KEY, NAME, NOW, NUMBER, PSEUDONYMS, planned
from tests.storage.wrappers import CountingRows, RepeatingRows, TinyPages

ALL: frozenset[WorkKind] = frozenset()
NO_WAY = frozenset({WorkKind.NO_WAY})
LATER = NOW + timedelta(hours=1)


def item(n: int = 1, kind: WorkKind = WorkKind.NO_WAY, **changes: object) -> WorkItem:
    """Item `n`, to be done `n` hours from now."""
    made = WorkItem(PSEUDONYMS.digest("test", str(n)), CLINIC, kind, NOW, NOW + timedelta(hours=n), "no_address")
    return replace(made, **changes)  # type: ignore[arg-type]


async def listed(
    storage: OpenStorage, kinds: frozenset[WorkKind] = ALL, top: int = 100, clinic: str = CLINIC
) -> Sequence[WorkItem]:
    """All pages of what is open."""
    found: list[WorkItem] = []
    cursor = ""
    while True:
        page = await storage.worklist.open_items(clinic, kinds, top, cursor)
        assert len(page.items) <= top
        found += page.items
        if not (cursor := page.next_cursor):
            return found


async def test_an_item_comes_back_as_it_was_put(storage: OpenStorage) -> None:
    message = planned()
    whole = item(
        channel="whatsapp",
        suggestion="pending_cancellation",
        message_id=message.id,
        appointment_key=message.appointment_key,
        patient_key=message.patient_key,
        starts_at=message.starts_at,
        holds=(Hold(CLINIC, "whatsapp", "a" * 26, "c" * 26), Hold("another-1", "whatsapp", "b" * 26, "c" * 26)),
        patient_name=NAME,
        appointment_id="A-1",
        contact=NUMBER,
        said="I cannot come",
        note="twice this week",
    )
    await storage.worklist.open([whole])
    assert await storage.worklist.read(CLINIC, whole.id) == whole
    assert await listed(storage) == [whole]


async def test_the_soonest_comes_first_in_pages_of_any_size(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=TinyPages)
    items = [item(n) for n in range(1, 8)]
    await storage.worklist.open([items[n] for n in (3, 0, 6, 2, 5, 1, 4)])
    assert await listed(storage, top=100) == items
    assert await listed(storage, top=3) == items


async def test_a_list_of_some_kinds_leaves_the_others_out(storage: OpenStorage) -> None:
    kinds = [WorkKind.NO_WAY, WorkKind.STUCK, WorkKind.UNKNOWN_OUTCOME, WorkKind.NO_WAY, WorkKind.STUCK]
    items = [item(n, kind) for n, kind in enumerate(kinds)]
    await storage.worklist.open(items)
    assert await listed(storage, NO_WAY, top=1) == [items[0], items[3]]
    two = frozenset({WorkKind.STUCK, WorkKind.UNKNOWN_OUTCOME})
    assert await listed(storage, two, top=2) == [items[1], items[2], items[4]]


async def test_each_clinic_has_a_list_of_its_own(storage: OpenStorage) -> None:
    here, there = item(1), item(1, clinic_id="lotus")
    other = item(2, clinic_id="lotus")
    await storage.worklist.open([here, other])
    await storage.worklist.open([replace(there, id=PSEUDONYMS.digest("test", "3"))])
    assert await listed(storage) == [here]
    assert len(await listed(storage, clinic="lotus")) == 2
    assert await storage.worklist.read("lotus", here.id) is None
    assert await storage.worklist.resolve("lotus", here.id, "done", "nurse", NOW) is None


async def test_what_is_there_already_stays_as_it_is(storage: OpenStorage) -> None:
    await storage.worklist.open([item(1), item(2)])
    await storage.worklist.resolve(CLINIC, item(1).id, "done", "nurse", LATER)
    again = [item(n, reason="opted_out", act_by=NOW) for n in (1, 2)]
    await storage.worklist.open([*again, item(3), item(3)])
    assert await listed(storage) == [item(2), item(3)]
    resolved = await storage.worklist.read(CLINIC, item(1).id)
    assert resolved is not None
    assert (resolved.reason, resolved.resolution) == ("no_address", "done")


async def test_many_are_opened_although_some_are_there(storage: OpenStorage) -> None:
    items = [item(n) for n in range(170)]
    await storage.worklist.open(items[50:60])
    await storage.worklist.open(items)
    assert await listed(storage) == items


async def test_a_resolved_item_leaves_the_list_and_says_who_did_it(storage: OpenStorage) -> None:
    await storage.worklist.open([item(1), item(2)])
    resolved = await storage.worklist.resolve(CLINIC, item(1).id, "done", "nurse", LATER, "rang her husband")
    expected = item(1, resolution="done", resolved_by="nurse", resolved_at=LATER, note="rang her husband")
    assert resolved == expected
    assert await storage.worklist.read(CLINIC, item(1).id) == expected
    assert await listed(storage) == [item(2)]
    assert (await storage.worklist.resolved_items(CLINIC, 10, "")).items == (expected,)


async def test_a_note_comes_behind_what_stood_there(storage: OpenStorage) -> None:
    await storage.worklist.open([item(1, note='{"callback": "c1"}')])
    resolved = await storage.worklist.resolve(CLINIC, item(1).id, "done", "operator", LATER, "replayed")
    assert resolved is not None
    assert resolved.note == '{"callback": "c1"}\nreplayed'


async def test_the_first_who_resolves_an_item_counts(storage: OpenStorage) -> None:
    await storage.worklist.open([item(1)])
    both = await asyncio.gather(
        *(storage.worklist.resolve(CLINIC, item(1).id, "done", f"nurse {n}", LATER) for n in range(5))
    )
    assert len({done.resolved_by for done in both if done}) == 1
    late = await storage.worklist.resolve(CLINIC, item(1).id, "leave", "somebody", LATER + timedelta(days=1))
    assert late == both[0]
    assert len((await storage.worklist.resolved_items(CLINIC, 10, "")).items) == 1


async def test_what_was_resolved_last_comes_first(storage: OpenStorage) -> None:
    await storage.worklist.open([item(n) for n in range(5)])
    for n in (3, 0, 4):
        await storage.worklist.resolve(CLINIC, item(n).id, "done", "nurse", NOW + timedelta(minutes=n))
    first = await storage.worklist.resolved_items(CLINIC, 2, "")
    second = await storage.worklist.resolved_items(CLINIC, 2, first.next_cursor)
    assert [one.id for one in (*first.items, *second.items)] == [item(n).id for n in (4, 3, 0)]
    assert not second.next_cursor


async def test_an_item_that_never_was_is_none(storage: OpenStorage) -> None:
    assert await storage.worklist.read(CLINIC, item(1).id) is None
    assert await storage.worklist.resolve(CLINIC, item(1).id, "done", "nurse", NOW) is None


async def test_a_cursor_of_another_list_is_refused(storage: OpenStorage) -> None:
    await storage.worklist.open([item(n) for n in range(3)])
    cursor = (await storage.worklist.open_items(CLINIC, ALL, 1, "")).next_cursor
    with pytest.raises(InvalidCursor):
        await storage.worklist.open_items(CLINIC, NO_WAY, 1, cursor)
    with pytest.raises(InvalidCursor):
        await storage.worklist.open_items("lotus", ALL, 1, cursor)
    with pytest.raises(InvalidCursor):
        await storage.worklist.resolved_items(CLINIC, 1, cursor)


async def test_our_own_repeated_requests_open_and_resolve_once(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=RepeatingRows)
    await storage.worklist.open([item(1), item(2)])
    assert await listed(storage) == [item(1), item(2)]
    resolved = await storage.worklist.resolve(CLINIC, item(1).id, "done", "nurse", LATER)
    assert resolved is not None
    assert resolved.resolved_by == "nurse"
    assert await listed(storage) == [item(2)]


async def test_a_list_and_its_items_cost_few_requests() -> None:
    counted: list[CountingRows] = []

    def count(rows: Rows) -> CountingRows:
        counted.append(CountingRows(rows))
        return counted[0]

    storage = memory.open_storage(encryption_keys=ENCRYPTION_KEYS, index_key=INDEX_KEY, around_rows=count)
    costs = []
    for step in (
        storage.worklist.open([item(n) for n in range(100)]),  # two batches of 100 rows
        storage.worklist.open([item(100)]),
        storage.worklist.open_items(CLINIC, NO_WAY, 1000, ""),
        storage.worklist.resolve(CLINIC, item(1).id, "done", "nurse", NOW),
    ):
        before = counted[0].requests.total()
        await step
        costs.append(counted[0].requests.total() - before)
    assert costs == [2, 1, 1, 2]
