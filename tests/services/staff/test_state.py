"""How it all stands: runs, what is due by priority, worklists, what has stopped, who cannot be told."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.message import Priority
from shared.domain.outcome import ErrorClass
from shared.domain.topics import Topic
from shared.services.publishing.trouble import Trouble
from shared.services.staff.state import SystemState, backlog
from shared.storage.contract import DueAction, RunState, Subscription, WorkKind
from tests.services.lanes import waiting
from tests.services.looks import ONE_STEP
from tests.world import NOW, World, appointment, patient, world


async def state(w: World) -> SystemState:
    return await w.services.state(list(await w.storage.clinics.all()))


async def test_a_clinic_is_told_with_its_run_its_backlog_and_its_worklist() -> None:
    items = [appointment(1), appointment(2), appointment(3, of=patient(3, telecoms=()))]
    async with world(*items) as w:
        await w.clinic(steps=ONE_STEP)
        assert (await state(w)).clinics[0].planning_due
        run = await w.plan()
        assert run is not None
        [one] = (await state(w)).clinics
        assert (one.planning_due, one.last_complete_at) == (False, run.started_at)
        assert one.last_run is not None
        assert (one.last_run.id, one.last_run.state) == (run.id, RunState.COMPLETE)
        assert (one.work.kinds, one.work.more) == ({WorkKind.NO_WAY: 1}, False)
        assert (one.backlog.waiting, one.backlog.coming) == ({}, 2)
        w.clock.advance(hours=2)
        [one] = (await state(w)).clinics
        assert (one.backlog.waiting, one.backlog.coming) == ({Priority.LATER: 2}, 0)
        assert one.backlog.oldest_at == NOW + timedelta(hours=1)


async def test_each_clinic_has_its_own_figures() -> None:
    async with world() as w:
        for clinic_id in ("north", "south"):
            await w.clinic(id=clinic_id)
        rows = waiting(w, "south", range(3)) + waiting(w, "south", range(2), priority=Priority.TODAY)
        await w.storage.due.put(rows)
        found = {one.clinic.id: one.backlog.waiting for one in (await state(w)).clinics}
        assert found == {"north": {}, "south": {Priority.LATER: 3, Priority.TODAY: 2}}


async def test_what_was_passed_over_waits_and_what_was_fed_does_not() -> None:
    async with world() as w:
        late, fed, parked, planned = waiting(w, "north", range(4), at=NOW - timedelta(minutes=7))
        fed = replace(fed, action=DueAction.CHECK)
        parked = replace(parked, at=NOW + timedelta(hours=1), since=NOW - timedelta(minutes=9))
        planned = replace(planned, at=NOW + timedelta(hours=1))
        found = backlog([late, fed, parked, planned], NOW)
        assert (found.waiting, found.coming, found.looked_after) == ({Priority.LATER: 2}, 1, 1)
        assert found.oldest_at == NOW - timedelta(minutes=9)


async def test_what_has_stopped_is_told() -> None:
    async with world() as w:
        await w.clinic()
        await w.services.pacing.circuits.open("whatsapp:default", "190", ErrorClass.AUTH)
        kept = await w.storage.lanes.feed("whatsapp:default")
        await w.storage.lanes.keep_feed("whatsapp:default", replace(kept.value, full_since=NOW), kept.etag)
        await w.storage.clinics.put("broken", "{}", NOW)
        found = await state(w)
        assert [(stop.lane, stop.code) for stop in found.stops] == [("whatsapp:default", "190")]
        assert found.full == {"whatsapp:default": NOW}
        assert found.invalid == ("broken",)


async def test_only_subscriptions_in_trouble_are_told() -> None:
    async with world() as w:
        well = Subscription("a" * 26, Topic.MESSAGE_SENT, None, "", "https://flows.example/a", "t", "k", NOW)
        failing = replace(well, id="b" * 26, failures=3, failing_since=NOW)
        dead = replace(well, id="c" * 26, ended_at=NOW, ended_why=Trouble.GONE)
        left = replace(well, id="d" * 26, ended_at=NOW, ended_why="unsubscribed")
        for one in (well, failing, dead, left):
            await w.storage.subscriptions.add(one)
        assert {one.id[0] for one in (await state(w)).subscriptions} == {"b", "c"}
