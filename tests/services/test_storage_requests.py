"""What a reminder costs in requests to the tables, plan to `read`: 15 at most, and what its lane and day cost."""

from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from shared.services.jobs import SendJob
from tests.services.lanes import LANE as LANE_NAME
from tests.services.lanes import sweep, waiting
from tests.storage.wrappers import CountingBlobs, CountingRows, PassingRows
from tests.world import World, appointment, world

BUDGET = 15
LANE = 5  # two rows, what was fed and when its wire is free: each read once in a process's life, and written once for
# all that goes together; and what is stopped, of all lanes, asked for at most every ten seconds
FOUND = 2  # the lines by which a new patient is found: once for each patient
SUBSCRIBERS = 1  # who wants to be told of events: asked once a minute
MARKS = 2  # of its day, before it is planned and before it goes: one for all that happens to the day within 30 seconds
LISTED = 1  # what is planned together is listed together as still to be sent


class Meter:
    """Puts counters around a world's storage."""

    def __init__(self) -> None:
        self.rows = CountingRows(PassingRows(None))  # type: ignore[arg-type]
        self.blobs = CountingBlobs(None)

    def around_rows(self, inner: object) -> CountingRows:
        self.rows = CountingRows(inner)  # type: ignore[arg-type]
        return self.rows

    def around_blobs(self, inner: object) -> CountingBlobs:
        self.blobs = CountingBlobs(inner)
        return self.blobs

    async def cost(self, step: Awaitable[object]) -> Counter[str]:
        before = Counter(self.rows.requests)
        await step
        return Counter(self.rows.requests) - before


async def receipts_one_by_one(w: World) -> None:
    w.clock.advance(seconds=5)
    await w.receipts()


async def test_one_reminder_of_a_new_patient_alone_costs_at_most_fifteen_its_lane_and_its_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    meter = Meter()
    async with world(appointment(), around_rows=meter.around_rows, around_blobs=meter.around_blobs) as w:
        await w.clinic(steps=[{"days": 7, "hour": "10:00"}])
        await w.services.clinics.all()
        w.source.items, visits = [], w.source.items
        empty_run = await meter.cost(w.plan())
        w.source.items = visits
        plan = await meter.cost(w.plan_again()) - empty_run
        w.clock.advance(hours=1)
        await w.services.clinics.all()
        release = await meter.cost(w.services.release())
        empty_sweep = await meter.cost(w.services.release())
        [row] = await w.storage.due.take(w.clock.now() + timedelta(minutes=2), 10)
        send = await meter.cost(w.services.send(SendJob(row)))
        receipts = await meter.cost(receipts_one_by_one(w))
        assert (await w.told())["a1", "7d"] == "read"
    of_the_reminder = plan + (release - empty_sweep) + send + receipts
    with capsys.disabled():
        print(f"\none reminder: {of_the_reminder.total()} table requests {dict(of_the_reminder)}")
        print(
            f"  plan {dict(plan)}, release {dict(release - empty_sweep)}, send {dict(send)}, receipts {dict(receipts)}"
        )
        print(f"  beside it: a run {dict(empty_run)}, a sweep {dict(empty_sweep)}")
        print(f"  blobs {dict(meter.blobs.requests)}; queue messages: 1 job, 3 callbacks (each put, got, deleted)")
    assert of_the_reminder.total() <= BUDGET + LANE + FOUND + SUBSCRIBERS + MARKS + LISTED


async def test_keeping_a_lanes_pace_costs_five_requests_at_first_three_later_and_two_in_between() -> None:
    """Release's row and the wire's are written each time, and read once; what is stopped is read every ten seconds."""
    meter = Meter()
    async with world(around_rows=meter.around_rows) as w:
        await w.clinic()
        costs = []
        for number, wait_s in enumerate((0, 60, 5)):
            w.clock.advance(seconds=wait_s)
            await w.storage.due.put(waiting(w, "riverside", [number]))
            costs.append((await meter.cost(fed_and_on_the_wire(w)))["lanes"])
        assert costs == [5, 3, 2]


async def fed_and_on_the_wire(w: World) -> None:
    pacing = w.services.pacing
    [job] = await sweep(w)
    assert await pacing.circuits.allows(LANE_NAME, job.message_id.digest)
    await pacing.wire.slot(LANE_NAME, await pacing.paces.rule(LANE_NAME))
    await pacing.circuits.accepted(LANE_NAME)


async def test_in_a_day_of_a_hundred_reminders_each_costs_less(capsys: pytest.CaptureFixture[str]) -> None:
    meter = Meter()
    visits = [appointment(n) for n in range(1, 101)]
    async with world(*visits, around_rows=meter.around_rows, around_blobs=meter.around_blobs) as w:
        await w.clinic(steps=[{"days": 7, "hour": "10:00"}])
        meter.rows.requests.clear()
        await w.plan()
        w.clock.advance(hours=1)
        while await w.send_due():  # the provider takes 80 a second
            w.clock.advance(seconds=10)
        await receipts_one_by_one(w)
        w.clock.advance(minutes=3)
        await w.send_due()
        total = Counter(meter.rows.requests)
        assert set((await w.told()).values()) == {"read"}
    with capsys.disabled():
        print(f"\na day of 100 reminders: {total.total() / 100:.2f} table requests each {dict(total)}")
        print(f"  blobs {dict(meter.blobs.requests)}")
    assert total.total() / 100 <= BUDGET
