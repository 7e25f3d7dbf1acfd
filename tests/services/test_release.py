"""Release, row by row of the table in `shared.services.release`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.message import Event, EventName, Kind, Message, Priority
from shared.services.jobs import SendJob
from shared.services.send import LEASE
from shared.storage.contract import DueAction, DueRow
from shared.storage.rows import Change, Row, Verb
from tests.world import NOW, World, appointment, world

FAR = NOW + timedelta(days=60)


async def one_message(w: World) -> Message:
    """Planned and due now."""
    await w.clinic(steps=[{"days": 7, "hour": "10:00"}])
    await w.plan()
    w.clock.advance(hours=1)
    return (await w.message()).message


async def due_row(w: World) -> tuple[DueAction, int, int] | None:
    """Action, attempt, and in how many seconds the one due row comes up; None: there is none."""
    rows = await w.storage.due.take(FAR, 10)
    assert len(rows) <= 1
    return (rows[0].action, rows[0].attempt, int((rows[0].at - w.clock.now()).total_seconds())) if rows else None


async def happened(w: World, message: Message, *names: EventName) -> None:
    for name in names:
        lease = w.clock.now() + LEASE if name is EventName.CLAIMED else None
        event = Event(message.id, name, w.clock.now(), 1, lease_until=lease)
        claimed = name in (EventName.CLAIMED, EventName.DROPPED)
        await (w.storage.messages.claim(event) if claimed else w.storage.messages.append(event))


async def test_what_is_not_due_yet_stays() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        assert await w.released() == []


async def test_what_is_due_is_fed_and_looked_at_in_two_minutes() -> None:
    async with world(appointment()) as w:
        message = await one_message(w)
        [job] = await w.released()
        assert (job.message_id, job.attempt) == (message.id, 1)
        assert await due_row(w) == (DueAction.CHECK, 1, 120)
        assert await w.released() == []


async def test_a_crash_between_move_and_feed_costs_two_minutes() -> None:
    async with world(appointment()) as w:
        await one_message(w)
        await w.released()  # and the jobs are lost
        w.clock.advance(minutes=2)
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1


async def test_a_row_without_a_message_goes() -> None:
    async with world() as w:
        await w.clinic()
        message_id = w.pseudonyms.placed("riverside", NOW.date(), "a" * 26)
        await w.storage.due.put([DueRow(message_id, NOW, DueAction.SEND)])
        [job] = await w.released()
        await w.services.send(job)
        assert await due_row(w) == (DueAction.CHECK, 1, 120), "its message may still be on its way into the table"
        w.clock.advance(minutes=2)
        assert await w.released() == []
        assert await due_row(w) is None


@pytest.mark.parametrize("final", [EventName.DELIVERED, EventName.READ, EventName.FAILED, EventName.DROPPED])
async def test_the_row_of_a_finished_message_goes(final: EventName) -> None:
    async with world(appointment()) as w:
        message = await one_message(w)
        await w.released()
        await happened(w, message, final)
        w.clock.advance(minutes=2)
        assert await w.released() == []
        assert await due_row(w) is None


async def test_a_running_lease_is_waited_for() -> None:
    async with world(appointment()) as w:
        message = await one_message(w)
        await w.released()
        w.clock.advance(minutes=1)
        await happened(w, message, EventName.CLAIMED)
        w.clock.advance(minutes=1)
        assert await w.released() == []
        assert await due_row(w) == (DueAction.CHECK, 1, 60)


async def test_a_claim_without_an_outcome_becomes_unknown_and_is_never_sent_again() -> None:
    async with world(appointment()) as w:
        message = await one_message(w)
        await w.released()
        await happened(w, message, EventName.CLAIMED)
        w.clock.advance(minutes=2)
        assert await w.released() == []
        assert (await w.told())["a1", "7d"] == "unknown worker_lost"
        for _ in range(30):
            w.clock.advance(hours=8)
            assert await w.released() == []
        assert w.whatsapp.ledger.entries == []


@pytest.mark.parametrize("last", [EventName.ACCEPTED, EventName.SENT, EventName.UNKNOWN])
async def test_an_open_end_is_looked_at_ever_more_seldom_for_a_week_after_expiry(last: EventName) -> None:
    async with world(appointment()) as w:
        message = await one_message(w)
        await w.released()
        await happened(w, message, EventName.CLAIMED, last)
        looks = 0
        while (row := await due_row(w)) is not None:
            w.clock.advance(seconds=row[2])
            assert await w.released() == []
            looks += 1
        assert looks <= 12
        assert w.clock.now() > message.expires_at + timedelta(days=7)


async def test_a_refused_attempt_whose_row_was_lost_is_fed_as_the_next_attempt() -> None:
    async with world(appointment()) as w:
        message = await one_message(w)
        await w.released()
        await happened(w, message, EventName.CLAIMED, EventName.REJECTED)  # and the worker died before it moved the row
        w.clock.advance(minutes=2)
        [job] = await w.released()
        assert job.attempt == 2


async def test_urgent_ones_come_first_and_then_the_older_ones() -> None:
    async with world() as w:
        await w.clinic()
        ids = [w.pseudonyms.placed("riverside", NOW.date(), letter * 26) for letter in "abcd"]
        rows = [
            DueRow(ids[0], NOW - timedelta(hours=1), DueAction.SEND, priority=Priority.BROADCAST),
            DueRow(ids[1], NOW - timedelta(hours=2), DueAction.SEND, priority=Priority.BROADCAST),
            DueRow(ids[2], NOW, DueAction.SEND, priority=Priority.ANSWER),
            DueRow(ids[3], NOW - timedelta(minutes=1), DueAction.SEND, priority=Priority.PRESCRIPTION),
        ]
        await w.storage.due.put(rows)
        jobs = await w.released()
        assert [job.message_id for job in jobs] == [ids[2], ids[3], ids[1], ids[0]]
        assert [job.due.priority for job in jobs] == [1, 3, 5, 5]


async def test_a_message_that_cannot_be_opened_does_not_hold_up_the_others() -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic(steps=[{"days": 7, "hour": "10:00"}])
        await w.plan()
        broken = (await w.message("a1")).message.id
        w.clock.advance(hours=1)
        await w.released()
        row = await w.storage.rows.get("messages", broken.partition, f"m_{broken.digest}")
        assert row is not None
        spoilt = Row(row.partition, row.key, {**row.columns, "sealed": b"spoilt"})
        await w.storage.rows.write("messages", Change(Verb.UPSERT, spoilt))
        w.clock.advance(minutes=2)
        assert [job.message_id.digest for job in await w.released()] != []
        assert {row.action for row in await w.storage.due.take(FAR, 10)} == {DueAction.CHECK}
        w.clock.advance(hours=1)
        await w.send_due()
        assert {entry.to for entry in w.whatsapp.ledger.entries} == {"+447700900002"}


async def test_a_retry_keeps_its_priority() -> None:
    async with world(appointment()) as w:
        message = await one_message(w)
        [job] = await w.released()
        w.whatsapp.fault(FaultKind.ERROR, code=130429)
        await w.services.send(SendJob(replace(job.due, priority=Priority.TODAY)))
        [row] = await w.storage.due.take(FAR, 10)
        assert (row.message_id, row.priority, row.attempt) == (message.id, 2, 2)
        assert message.kind is Kind.REMINDER


def test_a_job_comes_out_of_the_queue_as_it_went_in() -> None:
    from tests.services.test_standing import ID

    job = SendJob(DueRow(ID, NOW, DueAction.CHECK, 3, Priority.TODAY, "whatsapp:default", "a" * 26))
    assert SendJob.from_json(job.to_json()) == job
