"""Messages, their events, claims, and a patient's history."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.content import Content, RawContent, TextContent
from shared.domain.identity import MessageId
from shared.domain.message import EventName, Kind
from shared.errors import InvalidCursor
from shared.storage.contract import MessageLog
from shared.storage.opened import OpenStorage
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS, TODAY, entry, event, planned
from tests.storage.wrappers import RepeatingRows, TinyPages

RECEIPTS = [EventName.SENT, EventName.DELIVERED, EventName.READ, EventName.FAILED]
PER_ATTEMPT = [EventName.ACCEPTED, EventName.REJECTED, EventName.UNKNOWN]


async def test_a_message_comes_back_as_it_was_put(storage: OpenStorage) -> None:
    message = planned()
    await storage.messages.put(message)
    assert await storage.messages.read(message.id) == message


@pytest.mark.parametrize(
    "content",
    [
        TextContent("您好 — see you at 9:30"),
        RawContent({"to": "x", "template": {"name": "t", "components": [1, None, True, {"a": []}]}}),
    ],
)
async def test_every_kind_of_content_comes_back(in_memory: OpenStorage, content: Content) -> None:
    message = planned(content=content, kind=Kind.RAW, patient_key="", starts_at=NOW, mock=False)
    await in_memory.messages.put(message)
    assert await in_memory.messages.read(message.id) == message


async def test_a_message_that_is_not_there_is_none(storage: OpenStorage) -> None:
    assert await storage.messages.read(planned().id) is None
    assert await storage.messages.whole(planned().id) is None
    assert await storage.messages.events(planned().id) == ()


async def test_the_whole_is_facts_and_events_of_this_message_alone(storage: OpenStorage) -> None:
    message, neighbour = planned("A-1"), planned("A-1", step="7d")
    assert message.id.partition == neighbour.id.partition
    for one in (message, neighbour):
        await storage.messages.put(one)
        claim = event(one.id, EventName.CLAIMED, owner="w1", lease_until=NOW + timedelta(minutes=2))
        await storage.messages.claim(claim)
        await storage.messages.append(event(one.id, EventName.ACCEPTED, provider_id="wamid.1", detail="held"))
        await storage.messages.append(event(one.id, EventName.FAILED, error_class="recipient", detail="131026"))
    whole = await storage.messages.whole(message.id)
    assert whole is not None
    assert whole.message == message
    assert set(whole.events) == {
        event(message.id, EventName.CLAIMED, owner="w1", lease_until=NOW + timedelta(minutes=2)),
        event(message.id, EventName.ACCEPTED, provider_id="wamid.1", detail="held"),
        event(message.id, EventName.FAILED, error_class="recipient", detail="131026"),
    }
    assert set(await storage.messages.events(message.id)) == set(whole.events)


async def test_receipts_of_a_message_that_was_never_planned_are_kept_but_make_no_message(storage: OpenStorage) -> None:
    message_id = planned().id
    assert await storage.messages.append(event(message_id, EventName.DELIVERED))
    assert await storage.messages.whole(message_id) is None
    assert len(await storage.messages.events(message_id)) == 1


@pytest.mark.parametrize("name", RECEIPTS)
async def test_a_receipt_counts_once_whatever_its_attempt_or_time(storage: OpenStorage, name: EventName) -> None:
    message_id = planned().id
    assert await storage.messages.append(event(message_id, name))
    assert not await storage.messages.append(event(message_id, name))
    assert not await storage.messages.append(event(message_id, name, attempt=2, at=NOW + timedelta(hours=1)))
    assert len(await storage.messages.events(message_id)) == 1


@pytest.mark.parametrize("name", PER_ATTEMPT)
async def test_an_outcome_counts_once_per_attempt(storage: OpenStorage, name: EventName) -> None:
    message_id = planned().id
    assert await storage.messages.append(event(message_id, name))
    assert not await storage.messages.append(event(message_id, name, detail="other"))
    assert await storage.messages.append(event(message_id, name, attempt=2))


async def test_of_fifty_claims_at_once_one_wins(storage: OpenStorage) -> None:
    message_id = planned().id
    claims = [event(message_id, EventName.CLAIMED, owner=f"worker-{n}") for n in range(50)]
    won = await asyncio.gather(*map(storage.messages.claim, claims))
    assert sum(won) == 1
    assert await storage.messages.events(message_id) == (claims[won.index(True)],)


@pytest.mark.parametrize("second", [EventName.CANCELLED, EventName.DROPPED, EventName.CLAIMED])
@pytest.mark.parametrize("first", [EventName.CANCELLED, EventName.DROPPED, EventName.CLAIMED])
async def test_claim_cancel_and_drop_exclude_each_other(
    in_memory: OpenStorage, first: EventName, second: EventName
) -> None:
    message_id = planned().id
    assert await in_memory.messages.claim(event(message_id, first, owner="a"))
    assert not await in_memory.messages.claim(event(message_id, second, owner="b"))
    assert await in_memory.messages.claim(event(message_id, second, owner="b", attempt=2))


async def test_our_own_repeated_claim_is_won(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=RepeatingRows)
    claim = event(planned().id, EventName.CLAIMED, owner="w1", lease_until=NOW + timedelta(minutes=2))
    assert await storage.messages.claim(claim)
    assert not await storage.messages.claim(replace(claim, owner="w2"))


async def test_our_own_repeated_receipt_is_new_once(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=RepeatingRows)
    receipt = event(planned().id, EventName.DELIVERED, provider_id="wamid.1")
    assert await storage.messages.append(receipt)
    assert not await storage.messages.append(receipt)


async def all_unfinished(storage: OpenStorage, top: int = 200, days: int = 7) -> list[MessageLog]:
    found: list[MessageLog] = []
    cursor = ""
    for _ in range(100):
        page = await storage.messages.unfinished(CLINIC, TODAY, TODAY + timedelta(days=days), top, cursor)
        assert len(page.items) <= top
        found += page.items
        if not (cursor := page.next_cursor):
            return found
    raise AssertionError("the list does not end")


async def make_life(storage: OpenStorage) -> dict[str, Any]:
    """Twelve messages over three days; every third one is waiting, claimed or finished."""
    messages = [planned(f"A-{n}", starts_at=NOW + timedelta(days=1 + n % 3, hours=n)) for n in range(12)]
    for n, message in enumerate(messages):
        await storage.plans.write(CLINIC, [entry(f"A-{n}", starts_at=message.starts_at)])
        if n % 3:
            await storage.messages.claim(event(message.id, EventName.CLAIMED, owner="w"))
        if n % 3 == 2:
            await storage.messages.append(event(message.id, EventName.ACCEPTED, provider_id="wamid.1"))
    return {message.appointment_id: message for n, message in enumerate(messages) if n % 3 != 2}


@pytest.mark.parametrize("top", [1, 3, 200])
async def test_unfinished_messages_are_those_still_to_be_sent_by_day(storage: OpenStorage, top: int) -> None:
    expected = await make_life(storage)
    found = await all_unfinished(storage, top)
    assert {log.message.appointment_id: log.message for log in found} == expected
    assert len(found) == len(expected)
    assert [log.message.id.day for log in found] == sorted(log.message.id.day for log in found)


async def test_unfinished_messages_survive_the_smallest_pages(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=TinyPages)
    expected = await make_life(storage)
    assert len(await all_unfinished(storage, top=4)) == len(expected)


async def test_unfinished_messages_of_other_days_and_clinics_stay_out(in_memory: OpenStorage) -> None:
    await make_life(in_memory)
    found = await all_unfinished(in_memory, days=1)
    assert {log.message.id.day for log in found} == {TODAY + timedelta(days=1)}
    elsewhere = await in_memory.messages.unfinished("river", TODAY, TODAY + timedelta(days=7), 50, "")
    assert elsewhere.items == ()


async def test_a_patients_history_is_newest_first_and_theirs_alone(storage: OpenStorage) -> None:
    hours = [5, 1, 3, 4, 2]
    entries = [entry(f"A-{h}", scheduled_for=NOW + timedelta(hours=h)) for h in hours]
    await storage.plans.write(CLINIC, [*entries, entry("B-1", "P-2")])
    by_hour = {h: entry.message.id for h, entry in zip(hours, entries, strict=True) if entry.message}
    patient = PSEUDONYMS.patient(CLINIC, "P-1")
    found: list[MessageId] = []
    cursor = ""
    while True:
        page = await storage.messages.history(CLINIC, patient, 2, cursor)
        found += page.items
        if not (cursor := page.next_cursor):
            break
    assert found == [by_hour[h] for h in (5, 4, 3, 2, 1)]


async def test_a_message_that_was_moved_to_another_hour_stands_in_the_history_once(in_memory: OpenStorage) -> None:
    message = planned()
    await in_memory.messages.put(message)
    await in_memory.messages.put(replace(message, scheduled_for=message.scheduled_for + timedelta(hours=1)))
    page = await in_memory.messages.history(CLINIC, message.patient_key, 10, "")
    assert page.items == (message.id,)


async def test_a_cursor_is_good_for_its_own_list_only(in_memory: OpenStorage) -> None:
    await in_memory.plans.write(CLINIC, [entry(f"A-{n}") for n in range(5)])
    patient = PSEUDONYMS.patient(CLINIC, "P-1")
    history = (await in_memory.messages.history(CLINIC, patient, 2, "")).next_cursor
    days = (TODAY, TODAY + timedelta(days=7))
    waiting = (await in_memory.messages.unfinished(CLINIC, *days, 2, "")).next_cursor
    assert history
    assert waiting
    with pytest.raises(InvalidCursor):
        await in_memory.messages.history(CLINIC, PSEUDONYMS.patient(CLINIC, "P-2"), 2, history)
    with pytest.raises(InvalidCursor):
        await in_memory.messages.history("elsewhere", patient, 2, history)
    with pytest.raises(InvalidCursor):
        await in_memory.messages.unfinished(CLINIC, *days, 2, history)
    with pytest.raises(InvalidCursor):
        await in_memory.messages.unfinished(CLINIC, TODAY, TODAY + timedelta(days=8), 2, waiting)
    with pytest.raises(InvalidCursor):
        await in_memory.plans.appointments(CLINIC, *days, 2, waiting)
