"""A job that was set aside is done again: once, whatever happens in between, and only if it may be."""

import pytest

from functions.interface.news import news_body
from shared.domain.message import EventName
from shared.errors import Conflict, InvalidInput, NotFound, SourceUnavailable
from shared.services.callers import Caller
from shared.services.jobs import CallbackJob, StuckJob, TellJob
from shared.services.staff.replay import DAY_IS_OVER, DONE_AGAIN
from shared.services.work_items import public_id
from shared.storage.contract import RunState, StoredCallback, WorkItem, WorkKind
from tests.services.looks import ONE_STEP, daily_job, open_items, released
from tests.services.staff.test_worklist import an_item
from tests.world import NOW, World, appointment, world

OPERATOR = Caller("operator", "operator robin", None)
NURSE = Caller("k2", "nurses of lakeside", frozenset({"lakeside"}))


async def set_aside(w: World, kind: StuckJob, job: str, clinic_id: str = "riverside") -> WorkItem:
    await w.services.set_aside(kind, "m1", job.encode())
    [item] = [item for item in await open_items(w, clinic_id) if item.kind is WorkKind.STUCK]
    return item


async def replayed(w: World, item: WorkItem, caller: Caller = OPERATOR) -> WorkItem:
    return await w.services.replay(caller, public_id(item), news_body)


async def test_a_run_is_made_after_all() -> None:
    async with world(appointment()) as w:
        clinic = await w.clinic(steps=ONE_STEP)
        job = daily_job(clinic)
        item = await set_aside(w, StuckJob.PLAN, job.to_json())
        done = await replayed(w, item)
        assert (done.resolution, done.resolved_by) == ("done", "operator robin")
        assert done.note == f"{job.to_json()}\n{DONE_AGAIN}"
        run = await w.storage.runs.read("riverside", job.run_id)
        assert run is not None
        assert run.state is RunState.COMPLETE


async def test_a_message_goes_once_however_often_its_job_is_done_again() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        first = await set_aside(w, StuckJob.SEND, job.to_json())
        await replayed(w, first)
        await w.services.set_aside(StuckJob.SEND, "m2", job.to_json().encode())
        [second] = await open_items(w)
        await replayed(w, second)
        await w.services.send(job)
        events = await w.storage.messages.events(message.id)
        assert [event.name for event in events].count(EventName.CLAIMED) == 1
        assert w.whatsapp.ledger.accepted == 1


async def test_a_check_is_done_again() -> None:
    async with world(appointment()) as w:
        job, _ = await released(w)
        item = await set_aside(w, StuckJob.CHECK, job.to_json())
        assert (await replayed(w, item)).resolution == "done"


async def test_a_callback_is_worked_through_and_counts_once() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        reference = await w.storage.callbacks.store(StoredCallback("whatsapp", "default", NOW, {}, b'{"entry": []}'))
        item = await set_aside(w, StuckJob.CALLBACK, CallbackJob(reference).to_json())
        assert (await replayed(w, item)).resolution == "done"


async def test_a_subscriber_is_told_or_is_there_no_more() -> None:
    async with world() as w:
        item = await set_aside(w, StuckJob.TELL, TellJob("a" * 26, "b" * 26).to_json(), "unassigned")
        assert (await replayed(w, item)).resolution == "done"


async def test_a_run_of_a_day_that_is_over_is_not_made() -> None:
    async with world(appointment()) as w:
        clinic = await w.clinic(steps=ONE_STEP)
        job = daily_job(clinic)
        item = await set_aside(w, StuckJob.PLAN, job.to_json())
        w.clock.advance(days=1)
        assert (await replayed(w, item)).note.endswith(DAY_IS_OVER)
        assert await w.storage.runs.read("riverside", job.run_id) is None


async def test_what_fails_again_stays_on_the_list() -> None:
    async with world(appointment()) as w:
        clinic = await w.clinic(steps=ONE_STEP)
        item = await set_aside(w, StuckJob.PLAN, daily_job(clinic).to_json())
        w.source.fails = SourceUnavailable("The source does not answer.")
        with pytest.raises(Conflict, match="incomplete"):
            await replayed(w, item)
        assert item in await open_items(w)
        w.source.fails = None
        assert (await replayed(w, item)).resolution == "done"


async def test_what_was_dealt_with_is_not_done_again() -> None:
    async with world() as w:
        clinic = await w.clinic(steps=ONE_STEP)
        item = await set_aside(w, StuckJob.PLAN, daily_job(clinic).to_json())
        await replayed(w, item)
        with pytest.raises(Conflict, match="operator robin"):
            await replayed(w, item)


@pytest.mark.parametrize(
    ("kind", "job"), [(StuckJob.SEND, "no json"), (StuckJob.SEND, '{"due": 7}'), (StuckJob.PLAN, "[1]")]
)
async def test_a_job_that_cannot_be_read_is_refused_and_stays(kind: StuckJob, job: str) -> None:
    async with world() as w:
        await w.clinic()
        item = await set_aside(w, kind, job, "unassigned")
        with pytest.raises(InvalidInput, match="cannot be read"):
            await replayed(w, item)
        assert await open_items(w, "unassigned") == [item]


async def test_only_ones_own_stuck_jobs_are_found() -> None:
    async with world() as w:
        clinic = await w.clinic(steps=ONE_STEP)
        item = await set_aside(w, StuckJob.PLAN, daily_job(clinic).to_json())
        other = an_item(w)
        await w.storage.worklist.open([other])
        tries: list[tuple[Caller, WorkItem]] = [(NURSE, item), (OPERATOR, other)]
        for caller, one in tries:
            with pytest.raises(NotFound):
                await replayed(w, one, caller)


async def test_looking_does_nothing() -> None:
    async with world(appointment()) as w:
        clinic = await w.clinic(steps=ONE_STEP)
        item = await set_aside(w, StuckJob.PLAN, daily_job(clinic).to_json())
        assert await w.services.replay.look(OPERATOR, public_id(item)) == (item, daily_job(clinic))
        assert await open_items(w) == [item]
        assert await w.storage.runs.read("riverside", daily_job(clinic).run_id) is None
