"""Release, row by row of the table in `shared.services.sending.release`."""

from dataclasses import replace
from datetime import timedelta

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.message import Kind, Message, Priority
from shared.services.jobs import SendJob
from shared.storage.contract import DueAction, DueRow
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
    from tests.services.planning.test_standing import ID

    job = SendJob(DueRow(ID, NOW, DueAction.CHECK, 3, Priority.TODAY, "whatsapp:default", "a" * 26))
    assert SendJob.from_json(job.to_json()) == job
