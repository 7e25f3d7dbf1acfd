"""A clinic whose hour has passed without a complete plan is told of, and nobody else."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import SourceUnavailable, StorageUnavailable
from shared.services.jobs import PlanJob
from shared.services.planning.schedule import daily_run_id
from shared.storage.contract import Run, RunState
from shared.storage.places import RUNS
from shared.storage.rows import Row, Rows
from shared.storage.runs import COMPLETE
from tests.storage.wrappers import CountingRows, PassingRows
from tests.world import World, appointment, clinic_document, world

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)  # London's too
QUARTER = timedelta(minutes=15)
THE_HOUR = 6 * 4  # quarters after midnight: every clinic here is planned at 06:00


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "shared.services.planning.schedule")
    return caplog


def late(log: pytest.LogCaptureFixture) -> list[str]:
    return [text for record in log.records if (text := record.getMessage()).startswith("planning_late ")]


async def yesterday(w: World) -> None:
    """A clinic that has been planned before."""
    await w.clinic()
    await w.plan()
    w.clock.at = MIDNIGHT


async def ticks(w: World, first: int, last: int, *, works: bool = True) -> None:
    """The timer at these quarters of the day; `works`: and a worker that does what it asks for."""
    for quarter in range(first, last + 1):
        w.clock.at = MIDNIGHT + quarter * QUARTER
        for job in await w.services.schedule():
            await done(w, job) if works else None


async def done(w: World, job: PlanJob) -> None:
    try:
        await w.services.plan(job)
    except SourceUnavailable:
        return  # the host delivers it again


async def test_on_a_healthy_day_nothing_is_told(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment()) as w:
        await yesterday(w)
        await ticks(w, 0, 95)
    assert late(log) == []


async def test_a_list_that_does_not_answer_is_told_after_45_minutes_and_until_it_does(
    log: pytest.LogCaptureFixture,
) -> None:
    async with world(appointment()) as w:
        await yesterday(w)
        w.source.fails = SourceUnavailable("The list does not answer.")
        await ticks(w, 0, THE_HOUR + 3)
        assert late(log) == [], "at 06:45 it may still be the timer's own quarters"
        await ticks(w, THE_HOUR + 4, THE_HOUR + 6)
        w.source.fails = None
        await ticks(w, THE_HOUR + 7, 95)
    assert late(log) == [
        f"planning_late clinic=riverside state=incomplete delay_s={minutes * 60}" for minutes in (60, 75, 90, 105)
    ], "the tick at which it comes right is the last one that tells"


async def test_jobs_that_no_worker_takes_are_told(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment()) as w:
        await yesterday(w)
        await ticks(w, 0, THE_HOUR + 4, works=False)
    assert late(log) == ["planning_late clinic=riverside state=none delay_s=3600"]


async def test_a_run_that_does_not_end_is_told(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment()) as w:
        await yesterday(w)
        began, day = MIDNIGHT + THE_HOUR * QUARTER, MIDNIGHT.date()
        lease = began + timedelta(hours=2)  # it is renewed all the time
        run_id = daily_run_id("riverside", day)
        run = Run(run_id, "riverside", day, "daily", RunState.RUNNING, "a worker", began, lease)
        assert await w.storage.runs.begin(run, began)
        await ticks(w, THE_HOUR, THE_HOUR + 4)
    assert late(log) == ["planning_late clinic=riverside state=running delay_s=3600"]


async def test_a_clinic_that_came_after_its_hour_has_its_time(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment()) as w:
        w.clock.at = MIDNIGHT + timedelta(hours=15)
        await w.clinic()
        await ticks(w, 60, 95)
    assert late(log) == []


async def test_a_clinic_that_came_after_its_hour_and_is_not_planned_is_told(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment()) as w:
        w.clock.at = MIDNIGHT + timedelta(hours=15)
        await w.clinic()
        await ticks(w, 60, 64, works=False)
    assert late(log) == ["planning_late clinic=riverside state=none delay_s=3600"]


async def test_the_hour_is_the_clinics_own_also_where_clocks_skip_it(log: pytest.LogCaptureFixture) -> None:
    async with world() as w:
        w.clock.at = datetime(2026, 3, 28, 12, tzinfo=UTC)
        await w.clinic(plan_at="01:30")
        await w.plan()
        for minutes, said in ((15, 0), (45, 0), (46, 1)):  # the clocks show 02:30 in the place of 01:30
            w.clock.at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC) + timedelta(minutes=minutes)
            await w.services.schedule()
            assert len(late(log)) == said


async def test_a_look_costs_one_request_for_each_clinic_and_one_more_where_nothing_has_begun() -> None:
    counted: list[CountingRows] = []

    def count(rows: Rows) -> CountingRows:
        counted.append(CountingRows(rows))
        return counted[0]

    async with world(appointment(), around_rows=count) as w:
        await yesterday(w)
        await w.services.clinics.load(clinic_document(id="lakeside"), "test")
        w.clock.at = MIDNIGHT + timedelta(hours=6)
        await w.services.schedule()
        counted[0].requests.clear()
        await w.services.schedule()
        assert dict(counted[0].requests) == {"runs": 2}
        w.clock.advance(minutes=50)
        await w.services.clinics.all()
        counted[0].requests.clear()
        await w.services.schedule()
        assert dict(counted[0].requests) == {"runs": 4}


class LastCompleteFails(PassingRows):
    """The one row that only telling needs cannot be read."""

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        if table == RUNS and key == COMPLETE:
            raise StorageUnavailable("Storage does not answer.")
        return await super().get(table, partition, key)


async def test_what_cannot_be_read_for_telling_keeps_nobody_from_being_planned(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment(), around_rows=LastCompleteFails) as w:
        w.clock.at = MIDNIGHT + timedelta(hours=7)
        await w.clinic()
        assert len(await w.services.schedule()) == 1
    assert late(log) == ["planning_late clinic=riverside state=none delay_s=3600"]
