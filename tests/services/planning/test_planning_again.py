"""What a later run does with what an earlier one planned: moved, cancelled, vanished, restored, renamed."""

from datetime import timedelta

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.appointment import AppointmentStatus, HumanName
from tests.services.looks import sends_to_come
from tests.services.rows import every_row
from tests.world import NOW, appointment, patient, world

CANCELLED = AppointmentStatus.CANCELLED


async def test_an_appointment_that_vanished_is_withdrawn_with_all_its_steps() -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic()
        await w.plan()
        w.source.items.pop(0)
        run = await w.plan_again()
        assert run.counts["withdrawn"] == 2
        told = await w.told()
        assert told["a1", "7d"] == told["a1", "2d"] == "dropped not_in_list"
        assert told["a2", "7d"] == "scheduled"


async def test_moved_within_the_day_the_old_message_is_dropped_and_a_new_one_planned() -> None:
    async with world(appointment(hour=14)) as w:
        await w.clinic()
        await w.plan()
        old = await w.message()
        w.source.items = [appointment(hour=16)]
        await w.plan_again()
        assert await w.told() == {("a1", "7d"): "scheduled", ("a1", "2d"): "scheduled"}
        new = await w.message()
        assert new.message.id != old.message.id
        whole = await w.storage.messages.whole(old.message.id)
        assert whole is not None
        assert [(str(e.name), e.detail) for e in whole.events] == [("dropped", "moved")]


async def test_moved_forward_within_the_day_so_that_its_step_is_too_late_no_message_names_the_old_time() -> None:
    """Found by the simulation, seed 12: planned for 16:00, moved to 10:30, where a reminder at 10:00 is too late."""
    async with world(appointment(days=1, hour=16)) as w:
        await w.clinic(steps=[{"days": 0, "hour": "10:00"}])
        await w.plan()
        w.source.items = [appointment(days=1, hour=10, start=NOW.replace(hour=10, minute=30) + timedelta(days=1))]
        run = await w.plan_again()
        assert run.counts["withdrawn"] == 1
        assert await w.told() == {("a1", "0d"): "skipped too_late_for_step"}
        w.clock.advance(days=1, hours=1)
        await w.send_due()
        assert w.whatsapp.ledger.entries == []


async def test_moved_to_another_day_the_old_messages_are_dropped_as_moved() -> None:
    async with world(appointment(days=7)) as w:
        await w.clinic()
        await w.plan()
        w.source.items = [appointment(days=5)]
        await w.plan_again()
        assert await w.told() == {
            ("a1", "7d"): "scheduled, dropped moved",
            ("a1", "2d"): "scheduled, dropped moved",
        }


async def test_moved_and_moved_back_the_first_message_is_planned_again() -> None:
    async with world(appointment(hour=14)) as w:
        await w.clinic()
        await w.plan()
        first = await w.message()
        for hour in (16, 14):
            w.source.items = [appointment(hour=hour)]
            await w.plan_again()
        again = await w.message()
        assert again.message.id == first.message.id
        w.clock.advance(hours=1)
        await w.send_for(15)
        assert len(w.whatsapp.ledger.entries) == 1


async def test_cancelled_after_planning_it_is_dropped_and_never_sent() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        planned = await w.message()
        w.source.items = [appointment(status=CANCELLED)]
        await w.plan_again()
        assert set((await w.told()).values()) == {"skipped cancelled"}
        whole = await w.storage.messages.whole(planned.message.id)
        assert whole is not None
        assert [e.detail for e in whole.events] == ["cancelled"]
        w.clock.advance(days=6)
        await w.send_due()
        assert w.whatsapp.ledger.entries == []


async def test_cancelled_after_sending_the_story_stays_as_it_was() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_due()
        w.source.items = [appointment(status=CANCELLED)]
        await w.plan_again()
        assert await w.told() == {("a1", "7d"): "accepted", ("a1", "2d"): "skipped cancelled"}


@pytest.mark.parametrize("gone", [[], [appointment(status=CANCELLED)]], ids=["vanished", "cancelled"])
async def test_what_was_dropped_and_holds_again_is_sent_once(gone: list[object]) -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        for _ in range(2):
            w.source.items = list(gone)  # type: ignore[arg-type]
            await w.plan_again()
            w.source.items = [appointment()]
            await w.plan_again()
        assert await w.told() == {("a1", "7d"): "scheduled", ("a1", "2d"): "scheduled"}
        restored = await w.message()
        assert [(str(e.name), e.attempt) for e in restored.events] == [
            ("dropped", 1), ("dropped", 2), ("restored", 1), ("restored", 2),
        ]  # fmt: skip
        before = await every_row(w.storage.rows, "messages", "due")
        await w.plan_again()
        assert await every_row(w.storage.rows, "messages", "due") == before, "restored once"
        w.clock.advance(hours=1)
        for _ in range(5):
            await w.send_due()
            w.clock.advance(minutes=3)
        assert len(w.whatsapp.ledger.entries) == 1
        assert (await w.told())["a1", "7d"] == "read"


async def test_a_refused_attempt_that_waits_for_the_next_one_is_withdrawn_too() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        planned = await w.message()
        w.clock.advance(hours=1)
        w.whatsapp.fault(FaultKind.ERROR, code=130429)
        await w.send_due()
        w.source.items = [appointment(status=CANCELLED)]
        await w.plan_again()
        whole = await w.storage.messages.whole(planned.message.id)
        assert whole is not None
        assert [(str(e.name), e.attempt) for e in whole.events] == [("claimed", 1), ("dropped", 2), ("rejected", 1)]
        w.clock.advance(hours=1)
        await w.send_due()
        assert w.whatsapp.ledger.entries == []
        assert (await w.told())["a1", "7d"] == "skipped cancelled"


async def test_a_shorter_name_changes_an_unsent_message_and_not_a_sent_one() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_due()
        w.source.items = [appointment(of=patient(1, name=HumanName(text="R. Example")))]
        await w.plan_again()
        sent, unsent = await w.message(step="7d"), await w.message(step="2d")
        assert (sent.message.patient_name, unsent.message.patient_name) == ("Robin Example 1", "R. Example")


async def test_a_message_whose_time_is_near_keeps_its_facts() -> None:
    """It may leave while the run is under way, and the log must say what the patient read."""
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(minutes=50)
        w.source.items = [appointment(of=patient(1, name=HumanName(text="R. Example")))]
        await w.plan_again()
        near, far = await w.message(step="7d"), await w.message(step="2d")
        assert (near.message.patient_name, far.message.patient_name) == ("Robin Example 1", "R. Example")


async def test_a_later_run_does_not_move_what_waits_for_its_turn() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(hours=1, minutes=5)  # due since five minutes, the sweeper is late
        await w.plan_again()
        assert await sends_to_come(w) == [("20 10:00", 1), ("25 10:00", 1)]
        assert (await w.message()).message.scheduled_for == NOW + timedelta(hours=1)


async def test_a_clinic_that_changes_its_hour_moves_its_unsent_messages() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        await w.clinic(steps=[{"days": 7, "hour": "15:00"}, {"days": 2, "hour": "10:00"}])
        await w.plan_again()
        w.clock.advance(hours=1)
        await w.send_due()  # the first due row is still there
        assert w.whatsapp.ledger.entries == []
        w.clock.advance(hours=5)
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1
