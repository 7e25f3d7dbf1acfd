"""A person cancels a message: it competes with the claim, and what has left cannot be called back."""

from __future__ import annotations

import asyncio

import pytest

from shared.domain.message import Event, EventName, MessageId, State
from shared.errors import Conflict, NotFound
from shared.services.callers import Caller
from tests.services.looks import released
from tests.services.rows import every_row
from tests.world import World, appointment, world

NURSE = Caller("key-1", "nurse station 2", frozenset({"riverside"}))
STRANGER = Caller("key-2", "another clinic", frozenset({"lakeside"}))


async def cancelled_events(w: World, message_id: MessageId) -> list[Event]:
    return [e for e in await w.storage.messages.events(message_id) if e.name is EventName.CANCELLED]


async def test_what_is_cancelled_is_not_sent_and_a_run_leaves_it_so() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        view = await w.services.cancel(NURSE, str(message.id))
        assert (view.status.state, view.status.reason) == (State.CANCELLED, "by_staff")
        await w.services.send(job)
        await w.plan_again()
        w.clock.advance(minutes=3)
        await w.send_due()
        assert w.whatsapp.ledger.entries == []
        assert await w.told() == {("a1", "7d"): "cancelled by_staff"}
        [event] = await cancelled_events(w, message.id)
        assert event.owner == NURSE.id, "who cancelled is kept"


async def test_a_repeat_changes_nothing_and_gets_the_same_answer() -> None:
    async with world(appointment()) as w:
        _, message = await released(w)
        first = await w.services.cancel(NURSE, str(message.id))
        before = await every_row(w.storage.rows)
        w.clock.advance(minutes=1)
        assert await w.services.cancel(NURSE, str(message.id)) == first
        assert await every_row(w.storage.rows) == before


async def test_many_who_cancel_at_once_cancel_once() -> None:
    async with world(appointment()) as w:
        _, message = await released(w)
        views = await asyncio.gather(*(w.services.cancel(NURSE, str(message.id)) for _ in range(5)))
        assert {view.status.state for view in views} == {State.CANCELLED}
        assert len(await cancelled_events(w, message.id)) == 1


async def test_what_has_left_or_may_have_left_is_refused_in_plain_words() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        events = w.storage.messages
        await events.claim(Event(message.id, EventName.CLAIMED, w.clock.now(), owner="worker"))
        for happens, words in (
            (None, "at this moment"),
            (EventName.UNKNOWN, "may already have reached"),
            (EventName.ACCEPTED, "already been sent"),
            (EventName.DELIVERED, "already been sent"),
        ):
            if happens is not None:
                await events.append(Event(message.id, happens, w.clock.now()))
            with pytest.raises(Conflict, match=words):
                await w.services.cancel(NURSE, str(message.id))
        assert await cancelled_events(w, message.id) == []
        await w.services.send(job)


async def test_an_attempt_that_was_refused_leaves_the_next_one_to_cancel() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        await w.storage.messages.claim(Event(message.id, EventName.CLAIMED, w.clock.now(), owner="worker"))
        await w.storage.messages.append(Event(message.id, EventName.REJECTED, w.clock.now(), detail="130429"))
        view = await w.services.cancel(NURSE, str(message.id))
        assert view.status.state is State.CANCELLED
        w.clock.advance(minutes=3)
        await w.services.send(job)
        await w.send_due()
        assert w.whatsapp.ledger.entries == []


async def test_a_message_that_was_dropped_is_not_planned_again_once_it_is_cancelled() -> None:
    async with world(appointment()) as w:
        _, message = await released(w)
        await w.services.plan.withdraw(message.id, "number_shared")  # type: ignore[arg-type]
        assert (await w.services.cancel(NURSE, str(message.id))).status.state is State.CANCELLED
        await w.plan_again()
        w.clock.advance(minutes=3)
        await w.send_due()
        assert w.whatsapp.ledger.entries == []


async def test_nobody_cancels_what_is_not_there_or_another_clinics() -> None:
    async with world(appointment()) as w:
        _, message = await released(w)
        for caller, text in (
            (NURSE, "nonsense"),
            (STRANGER, str(message.id)),
            (NURSE, f"{message.id.partition}_{'a' * 26}"),
        ):
            with pytest.raises(NotFound):
                await w.services.cancel(caller, text)
