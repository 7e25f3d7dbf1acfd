"""At its time a message is checked again: never late, never stale, never to whom it must not go."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.appointment import AppointmentStatus, Telecom, TelecomSystem
from shared.domain.message import EventName
from shared.errors import SourceUnavailable
from shared.storage.contract.messages import PLANNED_WITHIN
from tests.services.looks import ONE_STEP, events, next_due, open_items
from tests.world import MOBILE, World, appointment, patient, world

OTHER_NUMBER = (Telecom(TelecomSystem.PHONE, "07700 900456", "mobile"),)


async def due_now(w: World, **clinic: Any) -> None:
    await w.clinic(**{"steps": ONE_STEP, **clinic})
    await w.plan()
    w.clock.advance(hours=1)


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "cancelled": ({"status": AppointmentStatus.CANCELLED}, "cancelled"),
    "not booked any more": ({"status": AppointmentStatus.NOSHOW}, "not_booked"),
    "moved": ({"hour": 16}, "moved"),
    "hidden": ({"hidden": True}, "hidden"),
    "another number": ({"of": patient(1, telecoms=OTHER_NUMBER)}, "changed"),
    "no number": ({"of": patient(1, telecoms=())}, "no_address"),
    "a landline": ({"of": patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "020 7946 0123"),))}, "number_landline"),
    "died": ({"of": patient(1, deceased=True)}, "deceased"),
    "restricted": ({"of": patient(1, restricted=True)}, "restricted"),
    "another patient": ({"of": patient(2)}, "changed"),
}


@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
async def test_what_does_not_hold_any_more_is_not_sent(change: dict[str, Any], reason: str) -> None:
    async with world(appointment()) as w:
        await due_now(w)
        w.source.items = [appointment(**change)]
        await w.send_due()
        assert w.whatsapp.ledger.entries == []
        assert [e.detail for e in (await w.message()).events if e.name is EventName.DROPPED] == [reason]


async def test_gone_from_the_source_it_is_not_sent() -> None:
    async with world(appointment()) as w:
        await due_now(w)
        w.source.items = []
        await w.send_due()
        assert w.whatsapp.ledger.entries == []


async def test_what_moved_is_planned_anew_within_a_quarter_of_an_hour_and_sent_once_for_its_new_time() -> None:
    async with world(appointment()) as w:
        await due_now(w)
        w.source.items = [appointment(hour=16)]
        await w.send_due()
        w.clock.advance(minutes=15)
        for job in await w.services.schedule():
            await w.services.plan(job)
        w.clock.advance(seconds=PLANNED_WITHIN.total_seconds())
        await w.send_due()
        assert [entry.to for entry in w.whatsapp.ledger.entries] == ["+447700900001"]
        [sent] = await w.sent()
        assert sent.message.starts_at == appointment(hour=16).start


async def test_a_corrected_number_gets_the_reminder() -> None:
    async with world(appointment()) as w:
        await due_now(w)
        w.source.items = [appointment(of=patient(1, telecoms=OTHER_NUMBER))]
        await w.send_due()
        w.clock.advance(minutes=15)
        for job in await w.services.schedule():
            await w.services.plan(job)
        await w.send_due()
        assert [entry.to for entry in w.whatsapp.ledger.entries] == ["+447700900456"]


async def test_whoever_said_stop_after_the_planning_gets_nothing() -> None:
    async with world(appointment()) as w:
        await due_now(w)
        key = w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
        await w.storage.patients.opt_out("riverside", "whatsapp", key, w.clock.now(), "patient")
        await w.send_due()
        assert w.whatsapp.ledger.entries == []
        assert (await w.told())["a1", "7d"] == "dropped opted_out"


async def test_a_raw_message_binds_to_an_objection_too_and_its_sender_is_told() -> None:
    async with world() as w:
        await w.clinic()
        raw = {"to": "+447700900123", "type": "text", "text": {"body": "Hello"}}
        caller = await w.services.callers.identify("local")
        await w.services.submit(caller, "whatsapp", "", raw, "")
        key = w.pseudonyms.address("riverside", "whatsapp", "+447700900123")
        await w.storage.patients.opt_out("riverside", "whatsapp", key, w.clock.now(), "patient")
        for _ in range(3):
            w.clock.advance(minutes=2)
            await w.send_due()
        assert w.whatsapp.ledger.entries == []
        assert [(item.kind, item.reason, item.contact) for item in await open_items(w)] == [
            ("not_sent", "opted_out", MOBILE.replace("0", "+44", 1).replace(" ", "")),
        ]


async def test_a_silent_source_whose_list_is_young_holds_nothing_up() -> None:
    async with world(appointment()) as w:
        await due_now(w)
        w.source.refuses = SourceUnavailable("No answer.")
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1


async def test_a_silent_source_whose_list_is_old_holds_it_until_it_answers() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=[{"days": 5, "hour": "10:00"}])
        await w.plan()
        w.clock.advance(days=2, hours=1)  # nobody planned for two days
        w.source.refuses = SourceUnavailable("No answer.")
        for _ in range(3):
            await w.send_due()
            w.clock.advance(minutes=5)
        assert w.whatsapp.ledger.entries == []
        assert await events(w, (await w.message(step="5d")).message) == ["held 0"]
        assert (await w.told())["a1", "5d"] == "scheduled source_silent"
        w.source.refuses = None
        w.clock.advance(minutes=2)
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1


async def test_a_source_that_stays_silent_until_it_is_too_late_leaves_it_to_a_person() -> None:
    async with world(appointment(days=5)) as w:
        await w.clinic(steps=[{"days": 0, "hour": "10:00"}, {"days": 5, "hour": "20:00"}], quiet_hours=NEVER_QUIET)
        await w.plan()
        message = (await w.message(step="0d")).message
        w.clock.advance(days=5, hours=1)
        w.source.refuses = SourceUnavailable("No answer.")
        while w.clock.now() < message.expires_at + timedelta(minutes=10):
            await w.send_due()
            w.clock.advance(minutes=5)
        assert [e.to for e in w.whatsapp.ledger.entries] == []
        assert [(i.kind, i.reason) for i in await open_items(w) if i.message_id == message.id] == [
            ("not_sent", "expired")
        ]


NEVER_QUIET = {"start": "00:00", "end": "00:00"}


async def test_quiet_hours_hold_it_and_say_so() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=[{"days": 7, "hour": "19:59"}])
        await w.plan()
        w.clock.at = datetime.fromisoformat("2026-11-20T20:00:30+00:00")
        await w.send_due()
        assert w.whatsapp.ledger.entries == []
        assert (await w.told())["a1", "7d"] == "scheduled quiet_hours"
        due = await next_due(w)
        assert due is not None
        w.clock.advance(seconds=due[2])
        assert (w.clock.now().hour, w.clock.now().minute) == (8, 0)
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1
