"""What is found changed at the moment of sending is planned anew within a quarter of an hour, and sent once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from shared.domain.appointment import AppointmentStatus
from shared.domain.identity import MessageId
from shared.domain.message import EventName
from shared.errors import SourceIncomplete
from shared.services.jobs import PlanJob
from shared.storage.contract import RunState
from tests.world import NOW, World, appointment, patient, world


async def send_what_is_right(w: World) -> list[MessageId]:
    """What a quarter of a minute feeds; the messages that were dropped in it."""
    began, gone = w.clock.now(), []
    for job in await w.send_for(15):
        whole = await w.storage.messages.whole(job.message_id)
        if whole and any(e.name is EventName.DROPPED and e.at >= began for e in whole.events):
            gone.append(job.message_id)
    return gone


async def runs_of_a_timer(w: World) -> list[PlanJob]:
    jobs = list(await w.services.schedule())
    for job in jobs:
        await w.services.plan(job)
    return jobs


def arrived(w: World) -> list[str]:
    """Which times stood in what was sent."""
    return [found[0] for entry in w.whatsapp.ledger.entries if (found := re.search(r"\b\d+pm\b", entry.text))]


async def test_an_appointment_that_was_moved_is_reminded_once_for_its_new_time() -> None:
    async with world(appointment(days=7, hour=14)) as w:
        await w.clinic(steps=[{"days": 7, "hour": "10:00"}, {"days": 2, "hour": "10:00"}])
        await runs_of_a_timer(w)
        w.source.items = [appointment(days=7, hour=16)]
        w.clock.advance(hours=1)
        assert len(await send_what_is_right(w)) == 1
        assert w.whatsapp.ledger.entries == []
        assert await w.services.schedule() == [], "a run that begins now might not see that it was dropped"
        w.clock.advance(minutes=15)
        [job] = await runs_of_a_timer(w)
        assert job.trigger == "moved"
        assert await w.told() == {("a1", "7d"): "scheduled", ("a1", "2d"): "scheduled"}
        for _ in range(3):
            assert await send_what_is_right(w) == []
            w.clock.advance(minutes=3)
        assert arrived(w) == ["4pm"]
        w.clock.advance(minutes=15)
        assert await runs_of_a_timer(w) == [], "the wish is fulfilled"
        w.clock.at = NOW + timedelta(days=5, hours=1)
        await runs_of_a_timer(w)
        await send_what_is_right(w)
        assert arrived(w) == ["4pm", "4pm"], "one for each step"


async def test_other_words_at_the_same_time_are_restored_and_sent_once_with_the_new_words() -> None:
    places = {"Level 2": {"en": "Level 2"}, "Level 9": {"en": "Level 9, new building"}}
    async with world(appointment()) as w:
        await w.clinic(public_locations=places)
        await runs_of_a_timer(w)
        w.source.items = [appointment(location="Level 9")]
        w.clock.advance(hours=1)
        [gone] = await send_what_is_right(w)
        w.clock.advance(minutes=15)
        await runs_of_a_timer(w)
        assert await send_what_is_right(w) == []
        [entry] = w.whatsapp.ledger.entries
        assert "Level 9, new building" in entry.text
        events = [event.name for event in await w.storage.messages.events(gone)]
        assert {EventName.DROPPED, EventName.RESTORED, EventName.CLAIMED} <= set(events)


async def test_a_change_before_the_planning_hour_does_not_wait_for_it() -> None:
    async with world(appointment()) as w:
        await w.clinic(plan_at="23:00")
        await w.plan()
        await w.storage.runs.want("riverside", w.clock.now())
        w.clock.advance(minutes=15)
        assert [(j.trigger, j.run_id.rpartition("_")[2][:5]) for j in await w.services.schedule()] == [
            ("moved", "moved")
        ]


async def test_a_clinic_is_planned_anew_at_most_once_in_a_quarter_of_an_hour() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(minutes=5)
        runs = []
        for _ in range(6):
            await w.storage.runs.want("riverside", w.clock.now())
            runs += [await w.services.plan(job) for job in await w.services.schedule()]
            w.clock.advance(minutes=5)
        assert len([run for run in runs if run]) == 3, "six wishes in half an hour, from 09:05 to 09:30"


async def test_a_run_that_did_not_read_the_whole_list_leaves_the_wish() -> None:
    async with world(appointment(), appointment(2)) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(minutes=15)
        await w.storage.runs.want("riverside", w.clock.now())
        w.clock.advance(minutes=1)
        w.source.fails = SourceIncomplete("half of it")
        [first] = [await w.services.plan(job) for job in await w.services.schedule()]
        assert first is not None
        assert first.state is RunState.INCOMPLETE
        w.source.fails = None
        w.clock.advance(minutes=15)
        [second] = [await w.services.plan(job) for job in await w.services.schedule()]
        assert second is not None
        assert (second.state, second.trigger) == (RunState.COMPLETE, "moved")
        w.clock.advance(minutes=15)
        assert await w.services.schedule() == []


async def test_the_daily_run_fulfils_a_wish_too_and_a_running_one_is_not_joined() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.storage.runs.want("riverside", w.clock.now())
        w.clock.advance(minutes=1)
        [daily] = await w.services.schedule()
        assert daily.trigger == "daily"
        await w.services.plan(daily)
        assert await w.services.schedule() == []


async def test_a_cancelled_appointment_leaves_nothing_to_send() -> None:
    async with world(appointment(), appointment(2)) as w:
        await w.clinic()
        await runs_of_a_timer(w)
        w.source.items = [appointment(status=AppointmentStatus.CANCELLED), appointment(2)]
        w.clock.advance(hours=1)
        assert len(await send_what_is_right(w)) == 1
        w.clock.advance(minutes=15)
        await runs_of_a_timer(w)
        told = await w.told()
        assert (told["a1", "7d"], told["a1", "2d"]) == ("skipped cancelled", "skipped cancelled")
        w.clock.at = NOW + timedelta(days=5, hours=1)
        assert await send_what_is_right(w) == []
        assert [entry.to for entry in w.whatsapp.ledger.entries] == ["+447700900002"] * 2, "both steps of the other one"


async def test_a_corrected_number_gets_the_message_that_was_held_back() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await runs_of_a_timer(w)
        corrected = replace(patient(1), telecoms=patient(7).telecoms)
        w.source.items = [appointment(of=corrected)]
        w.clock.advance(hours=1)
        assert len(await send_what_is_right(w)) == 1
        w.clock.advance(minutes=15)
        await runs_of_a_timer(w)
        await send_what_is_right(w)
        assert [entry.to for entry in w.whatsapp.ledger.entries] == ["+447700900007"]
