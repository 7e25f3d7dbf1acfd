"""Looking after a message that was fed or sent, row by row of the table in `shared.services.aftercare.look_after`."""

from datetime import timedelta

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.message import Event, EventName, Message, State
from shared.services.sending.hand_over import LEASE
from shared.storage.contract import DueAction, DueRow
from shared.storage.rows import Change, Row, Verb
from tests.services.looks import ONE_STEP, events, next_due, open_items
from tests.world import NOW, World, appointment, world


async def one_fed(w: World, **clinic: object) -> Message:
    """Planned, due, and fed to the queue, whose job is lost."""
    await w.clinic(**{"steps": ONE_STEP, **clinic})
    await w.plan()
    w.clock.advance(hours=1)
    await w.services.release()
    return (await w.message()).message


async def happened(w: World, message: Message, *names: EventName) -> None:
    for name in names:
        lease = w.clock.now() + LEASE if name is EventName.CLAIMED else None
        event = Event(message.id, name, w.clock.now(), 1, "said" if name is EventName.FAILED else "", lease_until=lease)
        claimed = name in (EventName.CLAIMED, EventName.DROPPED)
        await (w.storage.messages.claim(event) if claimed else w.storage.messages.append(event))


async def test_a_row_without_a_message_goes() -> None:
    async with world() as w:
        await w.clinic()
        message_id = w.pseudonyms.placed("riverside", NOW.date(), "a" * 26)
        await w.storage.due.put([DueRow(message_id, NOW, DueAction.CHECK)])
        await w.send_due()
        assert await next_due(w) is None


@pytest.mark.parametrize("final", [EventName.DELIVERED, EventName.READ, EventName.DROPPED])
async def test_the_row_of_a_finished_message_goes(final: EventName) -> None:
    async with world(appointment()) as w:
        message = await one_fed(w)
        await happened(w, message, final)
        w.clock.advance(minutes=2)
        assert await w.send_due() == []
        assert await next_due(w) is None


async def test_what_was_fed_and_never_claimed_is_fed_again() -> None:
    async with world(appointment()) as w:
        await one_fed(w)
        w.clock.advance(minutes=2)
        await w.send_due()
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1


async def test_a_running_lease_is_waited_for() -> None:
    async with world(appointment()) as w:
        message = await one_fed(w)
        w.clock.advance(minutes=1)
        await happened(w, message, EventName.CLAIMED)
        w.clock.advance(minutes=1)
        assert await w.send_due() == []
        assert await next_due(w) == (DueAction.CHECK, 1, 60)


async def test_a_claim_without_an_outcome_becomes_unknown_and_is_never_sent_again() -> None:
    async with world(appointment()) as w:
        message = await one_fed(w)
        await happened(w, message, EventName.CLAIMED)
        w.clock.advance(minutes=2)
        assert await w.send_due() == []
        assert (await w.told())["a1", "7d"] == "unknown worker_lost"
        for _ in range(30):
            w.clock.advance(hours=8)
            assert await w.send_due() == []
        assert w.whatsapp.ledger.entries == []


@pytest.mark.parametrize("last", [EventName.ACCEPTED, EventName.SENT, EventName.UNKNOWN])
async def test_an_open_end_is_looked_at_ever_more_seldom_for_a_week_after_expiry(last: EventName) -> None:
    async with world(appointment()) as w:
        message = await one_fed(w, fallback_after_hours=0)
        await happened(w, message, EventName.CLAIMED, last)
        looks = 0
        while (row := await next_due(w)) is not None:
            w.clock.advance(seconds=row[2])
            assert await w.send_due() == []
            looks += 1
        assert looks <= 14
        assert w.clock.now() > message.expires_at + timedelta(days=7)


async def test_a_refused_attempt_whose_row_was_lost_is_fed_as_the_next_attempt() -> None:
    async with world(appointment()) as w:
        message = await one_fed(w)
        await happened(w, message, EventName.CLAIMED, EventName.REJECTED)  # and the worker died before it moved the row
        w.clock.advance(minutes=2)
        [job] = await w.send_for(6)
        assert job.attempt == 2


async def test_a_message_that_cannot_be_opened_does_not_hold_up_the_others() -> None:
    async with world(appointment(1), appointment(2)) as w:
        broken = await one_fed(w)
        row = await w.storage.rows.get("messages", broken.id.partition, f"m_{broken.id.digest}")
        assert row is not None
        spoilt = Row(row.partition, row.key, {**row.columns, "sealed": b"spoilt"})
        await w.storage.rows.write("messages", Change(Verb.UPSERT, spoilt))
        w.clock.advance(minutes=2)
        await w.send_due()
        await w.send_due()
        assert {entry.to for entry in w.whatsapp.ledger.entries} == {"+447700900002"}
        assert await next_due(w) is not None, "it is looked at again"


async def test_what_stays_unknown_is_on_the_worklist_after_ten_minutes_once() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        w.clock.advance(hours=1)
        w.whatsapp.script("never_reports")
        w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
        await w.send_due()
        message = (await w.message()).message
        w.clock.advance(minutes=9)
        await w.send_due()
        assert await open_items(w) == []
        w.clock.advance(minutes=1)
        await w.send_due()
        for _ in range(20):
            w.clock.advance(hours=3)
            await w.send_due()
        [item] = await open_items(w)
        assert (item.kind, item.reason, item.message_id) == ("unknown_outcome", "timeout", message.id)
        assert (item.act_by, item.contact, item.patient_name) == (message.starts_at, "+447700900001", "Robin Example 1")
        assert await events(w, message) == ["claimed 1", "unknown 1", "told 1"]
        assert len(w.whatsapp.ledger.entries) == 1, "never sent again by itself"


async def test_a_receipt_that_comes_after_all_settles_what_was_told() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        w.clock.advance(hours=1)
        w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
        [job] = (await w.services.release()).send
        await w.services.send(job)
        w.clock.advance(minutes=10)
        released = await w.services.release()
        for check in released.check:
            await w.services.look_after(check)
        assert [item.kind for item in await open_items(w)] == ["unknown_outcome"]
        await w.receipts()
        assert (await w.message()).events[-1].name in (
            EventName.READ,
            EventName.UNKNOWN,
            EventName.TOLD,
            EventName.SENT,
        )
        while (row := await next_due(w)) is not None:
            w.clock.advance(seconds=row[2])
            await w.send_due()
        assert await open_items(w) == []
        [item] = (await w.storage.worklist.resolved_items("riverside", 10, "")).items
        assert (item.resolution, item.resolved_by) == (State.READ, "system")


async def test_an_accepted_message_without_receipts_is_asked_for_at_the_provider() -> None:
    """Its callbacks are lost; Meta's own record has them."""
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        w.clock.advance(hours=1)
        [job] = (await w.services.release()).send
        await w.services.send(job)
        message = (await w.message()).message
        w.clock.advance(hours=1)
        for _ in range(3):
            for check in (await w.services.release()).check:
                await w.services.look_after(check)
            w.clock.advance(hours=1)
        assert (await w.told())["a1", "7d"] == "read"
        assert "asked 1" in await events(w, message)
        assert await next_due(w) is None
