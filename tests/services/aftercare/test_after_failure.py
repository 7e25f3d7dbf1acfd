"""What follows when a message does not go: the contact is marked, another channel goes, or a person is told."""

from dataclasses import replace
from typing import Any

import pytest

from shared.channels.whatsapp.simulator.behaviours import ReceiptScript, ReceiptStep
from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.appointment import Appointment, AppointmentStatus, Telecom, TelecomSystem
from shared.domain.message import EventName, State
from shared.errors import SourceUnavailable, StorageUnavailable
from tests.services.looks import ONE_STEP, events, next_due, open_items
from tests.services.rows import StoreThatStops
from tests.world import World, appointment, patient, world

BOTH = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]
FOLLOWER = "oMock_follower_0001"
UNREACHABLE = 131026
SENT_ONLY = ReceiptScript("sent_only", (ReceiptStep("sent", 0.02),), reaches=False)


def reachable_twice(openid: str = FOLLOWER, **changes: Any) -> Appointment:
    """Of a patient with a mobile and an openid."""
    mobile = Telecom(TelecomSystem.PHONE, "07700 900001", "mobile")
    return appointment(of=patient(1, telecoms=(mobile, Telecom(TelecomSystem.OPENID, openid))), **changes)


async def due_now(w: World, **clinic: Any) -> None:
    await w.clinic(**{"steps": ONE_STEP, "channels": BOTH, **clinic})
    await w.plan()
    w.clock.advance(hours=1)


async def sweeps(w: World, count: int = 3) -> None:
    for _ in range(count):
        await w.send_due()
        w.clock.advance(seconds=6)


async def test_whoever_cannot_be_reached_on_one_channel_is_reached_on_the_next_one() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        await sweeps(w)
        first, [second] = await w.message(), [view for view in await w.sent() if view.message.channel == "wechat"]
        assert [event.detail for event in first.events if event.name is EventName.REROUTED] == ["wechat"]
        assert second.message.instead_of == str(first.message.id)
        assert (second.status.state, second.message.to) == (State.DELIVERED, FOLLOWER)
        assert (second.message.step, second.message.starts_at) == (first.message.step, first.message.starts_at)
        assert [taken.reached for taken in w.wechat.ledger] == [1]
        assert await open_items(w) == [], "nobody needs to phone"
        assert await next_due(w) is None


async def test_the_refusal_may_come_by_receipt() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.whatsapp.script("not_on_whatsapp")
        await sweeps(w, 6)
        assert [(view.message.channel, view.status.state) for view in await w.sent()] == [
            ("wechat", State.DELIVERED), ("whatsapp", State.FAILED),
        ]  # fmt: skip


async def test_another_channel_goes_at_most_once() -> None:
    async with world(reachable_twice(f"{FOLLOWER}_gone")) as w:
        await due_now(w)
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        await sweeps(w, 6)
        assert [view.status.state for view in await w.sent()] == [State.FAILED, State.FAILED]
        [item] = await open_items(w)
        assert (item.kind, item.reason, item.note, item.channel, item.contact) == (
            "not_sent", "recipient", "43004", "wechat", "+447700900001",
        )  # fmt: skip


async def test_without_another_channel_a_person_is_told_with_the_number_to_phone() -> None:
    async with world(appointment()) as w:
        await due_now(w)
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        await sweeps(w)
        [item] = await open_items(w)
        assert (item.kind, item.reason, item.note, item.contact) == (
            "not_sent", "recipient", "131026", "+447700900001",
        )  # fmt: skip
        assert item.act_by == appointment().start
        assert await next_due(w) is None


async def test_whoever_objected_to_the_other_channel_is_phoned() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        key = w.pseudonyms.address("riverside", "wechat", FOLLOWER)
        await w.storage.patients.opt_out("riverside", "wechat", key, w.clock.now(), "unsubscribed")
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        await sweeps(w)
        assert [item.kind for item in await open_items(w)] == ["not_sent"]
        assert list(w.wechat.ledger) == []


@pytest.mark.parametrize("code", [100, 131051, 131053])
async def test_a_refusal_that_does_not_speak_of_the_patient_leads_to_no_other_channel(code: int) -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.whatsapp.fault(FaultKind.ERROR, code=code)
        await sweeps(w)
        assert [item.note for item in await open_items(w)] == [str(code)]
        assert list(w.wechat.ledger) == []


async def test_an_unknown_outcome_leads_to_no_other_channel() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.whatsapp.script("never_reports")
        w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
        await sweeps(w)
        for _ in range(20):
            w.clock.advance(hours=3)
            await w.send_due()
        assert list(w.wechat.ledger) == []
        assert [item.kind for item in await open_items(w)] == ["unknown_outcome"]


async def test_what_is_not_delivered_in_four_hours_goes_by_the_next_channel() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.whatsapp.script(SENT_ONLY)
        await sweeps(w)
        w.clock.advance(hours=3, minutes=50)
        await sweeps(w)
        assert list(w.wechat.ledger) == []
        w.clock.advance(minutes=20)
        await sweeps(w)
        assert [taken.reached for taken in w.wechat.ledger] == [1]
        for _ in range(10):
            w.clock.advance(hours=5)
            await sweeps(w)
        assert len(w.wechat.ledger) == 1
        assert await open_items(w) == []


async def test_a_clinic_may_choose_that_silence_leads_to_no_other_channel() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w, fallback_after_hours=0)
        w.whatsapp.script(SENT_ONLY)
        for _ in range(10):
            await sweeps(w)
            w.clock.advance(hours=5)
        assert list(w.wechat.ledger) == []


async def test_an_appointment_that_was_cancelled_meanwhile_needs_no_other_channel() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        [job] = (await w.services.release()).send
        await w.services.send(job)
        w.source.items = [reachable_twice(status=AppointmentStatus.CANCELLED)]
        await sweeps(w)
        assert list(w.wechat.ledger) == []
        assert await open_items(w) == []


async def test_a_source_that_is_silent_is_asked_again_before_another_channel_goes() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        [job] = (await w.services.release()).send
        await w.services.send(job)
        w.source.refuses = SourceUnavailable("No answer.")
        await sweeps(w)
        assert list(w.wechat.ledger) == []
        w.source.refuses = None
        w.clock.advance(minutes=6)
        await sweeps(w)
        assert [taken.reached for taken in w.wechat.ledger] == [1]


async def test_in_quiet_hours_the_other_channel_waits_and_too_near_the_start_a_person_is_told() -> None:
    late = [{"days": 7, "hour": "19:59"}]
    async with world(reachable_twice()) as w:
        await w.clinic(steps=late, channels=BOTH)
        await w.plan()
        w.clock.advance(hours=10, minutes=59)
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        [job] = (await w.services.release()).send
        await w.services.send(job)
        w.clock.advance(minutes=5)
        await sweeps(w)
        assert list(w.wechat.ledger) == [], "it is five past eight in the evening"
        w.clock.advance(hours=12)
        await sweeps(w)
        assert [taken.reached for taken in w.wechat.ledger] == [1]


async def test_the_number_is_passed_over_from_then_on() -> None:
    second = replace(reachable_twice(days=6), id="a2")
    async with world(reachable_twice(), second) as w:
        await due_now(w, steps=[{"days": 7, "hour": "10:00"}, {"days": 5, "hour": "10:00"}])
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        await sweeps(w)
        await w.plan_again()
        channels = {(s.decision.appointment_id, s.decision.step): s.decision.channel for s in await w.steps()}
        assert channels["a2", "5d"] == "wechat"


async def test_what_expired_is_told_and_nothing_else_is_done() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.clock.advance(days=7, hours=5)
        await sweeps(w)
        assert [(item.kind, item.reason) for item in await open_items(w)] == [("not_sent", "appointment_started")]
        assert list(w.wechat.ledger) == []


async def crashed_after(answers: int) -> bool:
    """The store takes so many writes of the look after a refusal, then none. False: it needed no more than those."""
    stores: list[StoreThatStops] = []

    def stop(rows: Any) -> StoreThatStops:
        stores.append(StoreThatStops(rows))
        return stores[0]

    async with world(reachable_twice(), around_rows=stop) as w:
        await due_now(w)
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        [job] = (await w.services.release()).send
        await w.services.send(job)
        [check] = (await w.services.release()).check
        stores[0].writes, stores[0].answers = 0, answers
        try:
            await w.services.look_after(check)
            crashed = False
        except StorageUnavailable:
            crashed = True
        stores[0].answers = None
        for _ in range(3):
            w.clock.advance(minutes=2)
            await sweeps(w)
        assert [taken.reached for taken in w.wechat.ledger] == [1], f"after {answers} writes"
        assert [e for e in await events(w, (await w.message()).message) if "rerouted" in e] == ["rerouted 1"]
        assert await next_due(w) is None
        return crashed


async def test_a_crash_at_any_write_after_a_refusal_loses_nothing_and_doubles_nothing() -> None:
    answers = 0
    while await crashed_after(answers):
        answers += 1
    assert answers >= 5, "mark, due row, message, history, event"


async def test_staff_see_beside_the_appointment_what_went_in_its_stead() -> None:
    async with world(reachable_twice()) as w:
        await due_now(w)
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        await sweeps(w)
        [step] = await w.steps()
        assert step.status is not None
        assert step.stead is not None
        assert (step.status.state, step.stead.channel, step.stead.status.state) == (
            State.FAILED, "wechat", State.DELIVERED,
        )  # fmt: skip


async def test_whoever_writes_to_us_can_be_written_to_again() -> None:
    second = replace(appointment(days=6), id="a2")
    async with world(appointment(), second) as w:
        await due_now(w, steps=[{"days": 7, "hour": "10:00"}, {"days": 5, "hour": "10:00"}])
        w.whatsapp.fault(FaultKind.ERROR, code=UNREACHABLE)
        await sweeps(w)
        await w.plan_again()
        assert (await w.told())["a2", "5d"] == "skipped unreachable"
        await w.whatsapp.patients.write("+447700900001", "Hello?")
        await w.receipts()
        await w.plan_again()
        assert (await w.told())["a2", "5d"] == "scheduled"
