"""A planning run: one decision per step, nothing twice, nothing void left standing."""

from dataclasses import replace

import pytest

from shared.domain.appointment import AppointmentStatus
from shared.domain.clinic import Clinic
from shared.errors import SourceIncomplete, SourceRefused, SourceUnavailable
from shared.services.planning.plan import LEASE
from shared.storage.contract import Run, RunState
from tests.services.looks import daily_job
from tests.services.rows import every_row
from tests.storage.wrappers import CountingRows
from tests.world import NOW, appointment, world

CANCELLED = AppointmentStatus.CANCELLED


async def test_each_step_of_each_appointment_has_one_decision() -> None:
    async with world(appointment(1), appointment(2, days=1), appointment(3, status=CANCELLED)) as w:
        await w.clinic()
        run = await w.plan()
        assert run is not None
        assert run.state is RunState.COMPLETE
        assert await w.told() == {
            ("a1", "7d"): "scheduled", ("a1", "2d"): "scheduled",
            ("a2", "7d"): "skipped too_late_for_step", ("a2", "2d"): "scheduled",
            ("a3", "7d"): "skipped cancelled", ("a3", "2d"): "skipped cancelled",
        }  # fmt: skip
        assert dict(run.counts) == {
            "read": 3, "planned": 3, "skipped.too_late_for_step": 1, "skipped.cancelled": 2,
        }  # fmt: skip


async def test_a_second_run_writes_no_row_of_the_plan() -> None:
    counted: list[CountingRows] = []

    def count(rows: object) -> CountingRows:
        counted.append(CountingRows(rows))  # type: ignore[arg-type]
        return counted[0]

    async with world(appointment(1), appointment(2, status=CANCELLED), around_rows=count) as w:
        await w.clinic()
        await w.plan()
        before = await every_row(w.storage.rows, "messages", "patients", "history", "due")
        counted[0].requests.clear()
        run = await w.plan_again()
        assert run.counts["unchanged"] == 4
        assert set(counted[0].requests) == {"runs", "patients", "messages", "worklist"}
        assert counted[0].requests["worklist"] == 1
        assert await every_row(w.storage.rows, "messages", "patients", "history", "due") == before


async def test_a_complete_run_is_not_run_again() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        assert await w.plan() is None
        assert w.source.readings == 1


async def test_another_workers_live_lease_is_respected_and_an_expired_one_taken_over() -> None:
    async with world(appointment()) as w:
        clinic = await w.clinic()
        theirs = daily_job(clinic)
        await w.storage.runs.begin(
            Run(theirs.run_id, clinic.id, theirs.day, "daily", RunState.RUNNING, "them", NOW, NOW + LEASE), NOW
        )
        assert await w.services.plan(theirs) is None
        assert w.source.readings == 0
        w.clock.advance(seconds=LEASE.total_seconds() + 1)
        run = await w.services.plan(theirs)
        assert run is not None
        assert (run.state, run.attempt) == (RunState.COMPLETE, 2)


async def test_a_run_that_was_taken_over_meanwhile_ends_quietly() -> None:
    async with world(appointment()) as w:
        clinic = await w.clinic()

        class TakenOver(type(w.source)):  # type: ignore[misc]
            async def read(self, window: object):  # type: ignore[no-untyped-def]
                w.clock.advance(seconds=LEASE.total_seconds() + 1)
                theirs = daily_job(clinic)
                other = Run(
                    theirs.run_id, clinic.id, theirs.day, "daily", RunState.RUNNING, "them",
                    w.clock.now(), w.clock.now() + LEASE,
                )  # fmt: skip
                await w.storage.runs.begin(other, w.clock.now())
                async for item in w.source.read(window):  # type: ignore[arg-type]
                    yield item

        async def opened(_clinic: Clinic) -> object:
            return TakenOver(w.source.items)

        plan = replace(w.services.plan, open_source=opened)  # type: ignore[arg-type]
        assert await plan(daily_job(clinic)) is None
        run = await w.storage.runs.read(clinic.id, daily_job(clinic).run_id)
        assert run is not None
        assert run.owner == "them"


@pytest.mark.parametrize("trouble", [SourceIncomplete("page 3"), SourceUnavailable("no answer")])
async def test_a_list_that_ends_early_withdraws_nothing_and_is_asked_for_until_it_is_whole(trouble: Exception) -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(days=1)
        w.source.items, w.source.fails = [appointment(3)], trouble
        for _ in range(2):
            [again] = await w.services.schedule()
            run = await w.services.plan(again)
            assert run is not None
            assert (run.state, run.problem) == (RunState.INCOMPLETE, trouble.code)  # type: ignore[attr-defined]
        told = await w.told()
        assert told["a1", "2d"] == "scheduled"
        assert told["a3", "2d"] == "scheduled", "what was read is true all the same"
        w.source.fails = None
        [again] = await w.services.schedule()
        await w.services.plan(again)
        assert (await w.told())["a1", "2d"] == "dropped not_in_list"
        assert await w.services.schedule() == []


async def test_a_source_that_refuses_fails_the_run_and_goes_on_up() -> None:
    async with world() as w:
        clinic = await w.clinic()
        w.source.fails = SourceRefused("credentials")
        with pytest.raises(SourceRefused):
            await w.plan()
        run = await w.storage.runs.read(clinic.id, daily_job(clinic).run_id)
        assert run is not None
        assert (run.state, run.problem) == (RunState.FAILED, "source_refused")
        assert [j.run_id for j in await w.services.schedule()] == [run.id], "it is asked for again"


async def test_a_mistake_of_ours_fails_the_run_too() -> None:
    async with world() as w:
        clinic = await w.clinic()
        w.source.fails = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            await w.plan()
        run = await w.storage.runs.read(clinic.id, daily_job(clinic).run_id)
        assert run is not None
        assert (run.state, run.problem) == (RunState.FAILED, "internal")
