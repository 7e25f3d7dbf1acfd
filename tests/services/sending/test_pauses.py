"""A person pauses an account or a clinic: nothing leaves, nothing is lost, everybody sees why, and it goes on after."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.message import EventName, HoldReason, Priority, State
from shared.errors import InvalidInput, NotFound
from shared.services.callers import Caller
from shared.services.sending.pauses import Scope
from shared.services.sending.stoppages import StopReason
from shared.services.work_items import Resolution
from shared.storage.contract import DueAction, WorkKind
from shared.wiring.services import build_services
from tests.services.conversation import PHONE, asked
from tests.services.lanes import LANE, OTHER_LANE, clinic_of, sweep, waiting
from tests.services.looks import ONE_STEP, open_items, released
from tests.services.sending.test_pace_at_release import clinics, open_work
from tests.world import NOW, World, appointment, world

OPERATOR = Caller("operator", "operator robin", None)
OTHER = Caller("operator", "operator alex", None)
ACCOUNT = Scope(channel="whatsapp", account="default")
CLINIC = Scope(clinic_id="riverside")


async def page_of(w: World) -> tuple[State, str]:
    """What the page of the one message says."""
    message = (await w.message()).message
    view = await w.services.reports.message(OPERATOR, str(message.id))
    return view.status.state, view.status.reason


@pytest.mark.parametrize("scope", [ACCOUNT, CLINIC])
async def test_nothing_leaves_until_it_goes_on(scope: Scope) -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        await w.services.pauses.pause(OPERATOR, scope)
        w.clock.advance(hours=1)
        await w.send_for(20 * 60)
        assert w.whatsapp.ledger.accepted == 0
        assert await page_of(w) == (State.SCHEDULED, HoldReason.PAUSED)
        assert await w.services.pauses.resume(OPERATOR, scope)
        await w.send_for(5 * 60)
        assert w.whatsapp.ledger.accepted == 1
        assert (await page_of(w))[1] != HoldReason.PAUSED


@pytest.mark.parametrize("scope", [ACCOUNT, CLINIC])
async def test_what_was_fed_already_is_kept_back_by_the_gate_and_its_story_says_so(scope: Scope) -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        await w.services.pauses.pause(OPERATOR, scope)
        await w.services.send(job)
        events = await w.storage.messages.events(message.id)
        assert [(event.name, event.detail) for event in events] == [(EventName.HELD, HoldReason.PAUSED)]
        rows = await w.storage.due.take(w.clock.now() + timedelta(minutes=5), 10)
        assert [row.action for row in rows] == [DueAction.SEND]
        await w.services.pauses.resume(OPERATOR, scope)
        await w.send_for(6 * 60)
        assert w.whatsapp.ledger.accepted == 1


async def test_a_paused_clinic_keeps_no_other_from_sending() -> None:
    async with clinics("riverside", "lakeside") as w:
        await w.services.pauses.pause(OPERATOR, CLINIC)
        rows = [row for clinic in ("riverside", "lakeside") for row in waiting(w, clinic, range(10))]
        await w.storage.due.put(rows)
        assert {clinic_of(job) for job in await sweep(w)} == {"lakeside"}


async def test_a_paused_account_keeps_no_other_from_sending() -> None:
    async with clinics("riverside") as w:
        await w.services.pauses.pause(OPERATOR, ACCOUNT)
        await w.storage.due.put(waiting(w, "riverside", range(5), lane=LANE))
        await w.storage.due.put(waiting(w, "riverside", range(5, 8), lane=OTHER_LANE))
        assert len(await sweep(w)) == 3


async def test_staff_of_every_clinic_concerned_are_told_once_and_when_it_is_over() -> None:
    async with clinics("riverside", "lakeside") as w:
        first = await w.services.pauses.pause(OPERATOR, ACCOUNT)
        w.clock.advance(minutes=7)
        assert await w.services.pauses.pause(OPERATOR, ACCOUNT) == first
        assert await open_work(w) == await open_work(w, "lakeside") == [(StopReason.PAUSED, "whatsapp")]
        assert await w.services.pauses.resume(OPERATOR, ACCOUNT)
        assert await open_work(w) == await open_work(w, "lakeside") == []
        assert not await w.services.pauses.resume(OPERATOR, ACCOUNT)


async def test_only_the_staff_of_a_paused_clinic_are_told() -> None:
    async with clinics("riverside", "lakeside") as w:
        await w.services.pauses.pause(OPERATOR, CLINIC, "until six: the token is renewed")
        [item] = await open_items(w)
        assert (item.kind, item.reason, item.channel) == (WorkKind.SENDING_STOPPED, StopReason.PAUSED, "")
        assert item.note == "operator robin: until six: the token is renewed", "staff ask who knows"
        assert await open_items(w, "lakeside") == []
        await w.services.pauses.resume(OTHER, CLINIC)
        done = await w.storage.worklist.read("riverside", item.id)
        assert done is not None
        assert (done.resolution, done.resolved_by) == (Resolution.SENDS_AGAIN, OTHER.name)


async def test_other_instances_obey_within_ten_seconds() -> None:
    async with clinics("riverside") as w:
        other = build_services(w.settings, w.storage, w.clock)
        await w.storage.due.put(waiting(w, "riverside", range(3)))
        assert await other.pacing.circuits.paused(LANE, "riverside") is None
        await w.services.pauses.pause(OPERATOR, CLINIC)
        w.clock.advance(seconds=11)
        assert await sweep(w, other.release) == []


async def test_what_is_too_late_when_it_goes_on_is_not_sent_and_staff_are_told() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        await w.services.pauses.pause(OPERATOR, CLINIC)
        w.clock.at = NOW + timedelta(days=8)
        await w.send_due()
        await w.services.pauses.resume(OPERATOR, CLINIC)
        await w.send_for(6 * 60)
        assert w.whatsapp.ledger.accepted == 0
        assert [item.kind for item in await open_items(w)] == [WorkKind.NOT_SENT]


@pytest.mark.parametrize("scope", [Scope(clinic_id="nowhere"), Scope(channel="whatsapp", account="nobodys")])
async def test_what_is_not_there_cannot_be_paused(scope: Scope) -> None:
    async with clinics("riverside") as w:
        with pytest.raises(NotFound):
            await w.services.pauses.pause(OPERATOR, scope)
        with pytest.raises(NotFound):
            await w.services.pauses.resume(OPERATOR, scope)
        assert await w.storage.lanes.stops() == []


async def test_the_account_says_so_itself() -> None:
    async with clinics("riverside") as w:
        await w.services.pauses.pause(OPERATOR, ACCOUNT)
        [found] = [one for one in await w.services.connections(OPERATOR, "whatsapp") if one.account == "default"]
        assert not found.ok
        assert found.stop is not None
        assert found.stop.error_class == StopReason.PAUSED


async def test_a_note_that_is_too_long_pauses_nothing() -> None:
    async with clinics("riverside") as w:
        with pytest.raises(InvalidInput, match="500"):
            await w.services.pauses.pause(OPERATOR, CLINIC, "x" * 501)
        assert await w.storage.lanes.stops() == []


async def test_what_comes_in_and_what_waits_for_a_person_goes_on_while_it_is_paused() -> None:
    """Receipts, answers and STOP count, and staff read what patients write; only nothing leaves."""
    async with asked() as talk:
        w = talk.w
        await w.services.pauses.pause(OPERATOR, CLINIC)
        await talk.write("2")
        await talk.write("I have a pain in my chest")
        await talk.write("STOP")
        assert (await talk.status()).answer == "pending_cancellation"
        kinds = {item.kind for item in await talk.work()}
        assert {WorkKind.PENDING_CANCELLATION, WorkKind.NEEDS_A_PERSON} <= kinds
        key = w.pseudonyms.address("riverside", "whatsapp", PHONE)
        assert (await w.storage.patients.standing("riverside", "whatsapp", key, w.clock.now())).opted_out
        assert await talk.heard() == [], "not even our own word of thanks"
        await w.services.pauses.resume(OPERATOR, CLINIC)
        await w.send_for(5 * 60)
        assert len(talk.on_the_phone()) == talk.asked + 2, "the words that wait go, if they are in time"


async def test_when_it_goes_on_the_more_urgent_go_first_at_the_pace_of_the_account() -> None:
    async with clinics("riverside", pace=20) as w:
        await w.storage.due.put(waiting(w, "riverside", range(30)))
        await w.services.pauses.pause(OPERATOR, CLINIC)
        assert await sweep(w) == []
        await w.storage.due.put(waiting(w, "riverside", range(30, 33), priority=Priority.ANSWER))
        assert await sweep(w) == []
        await w.services.pauses.resume(OPERATOR, CLINIC)
        w.clock.advance(minutes=5)
        fed = await sweep(w)
        assert {job.due.priority for job in fed[:3]} == {Priority.ANSWER}
        assert len(fed) <= 10, "not thirty-three at once"
