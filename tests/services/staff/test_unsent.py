"""The list of what could not be sent: every appointment of the day without a reminder that arrived, and why."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.appointment import Appointment, AppointmentStatus, Telecom, TelecomSystem
from shared.domain.message import Event, EventName
from shared.services.staff.unsent import Unsent
from shared.storage.contract import WorkItem, WorkKind
from shared.storage.rows import Change, Verb
from tests.services.rows import every_row
from tests.world import NOW, World, appointment, patient, world

TOMORROW = NOW.date() + timedelta(days=1)
STEPS = [{"days": 1, "hour": "10:00"}]
CANCELLED = AppointmentStatus.CANCELLED


async def planned(w: World, **changes: Any) -> None:
    """Tomorrow's reminders are due at ten; it is ten past."""
    await w.clinic(**{"steps": STEPS, **changes})
    await w.plan()
    w.clock.advance(minutes=70)


async def unsent(w: World, day: date = TOMORROW) -> Sequence[Unsent]:
    clinic = await w.services.clinics.get("riverside")
    return (await w.services.unsent.page(clinic, day, 200, "")).items


async def why(w: World) -> dict[str, str]:
    return {one.decision.appointment_id: f"{one.why} {one.reason}".strip() for one in await unsent(w)}


def tomorrow(n: int = 1, **changes: Any) -> Appointment:
    return appointment(n, days=1, **changes)


async def test_a_reminder_that_arrived_is_not_on_the_list() -> None:
    async with world(tomorrow(1), tomorrow(2)) as w:
        await planned(w)
        assert await why(w) == {"a1": "waiting", "a2": "waiting"}
        await w.send_due()
        w.clock.advance(minutes=1)
        await w.receipts()
        assert await why(w) == {}


async def test_each_reason_is_told() -> None:
    landline = (Telecom(TelecomSystem.PHONE, "020 7946 0000", "home"),)
    nobody, at_home = tomorrow(5, of=patient(5, telecoms=())), tomorrow(6, of=patient(6, telecoms=landline))
    async with world(*(tomorrow(n) for n in range(1, 5)), nobody, at_home) as w:
        w.whatsapp.fault(FaultKind.ERROR, code=131026, to="+447700900001")
        w.whatsapp.fault(FaultKind.TIMEOUT_BEFORE, to="+447700900002")
        await planned(w)
        stopped = (await w.message("a4", "1d")).message
        await w.storage.messages.claim(Event(stopped.id, EventName.CANCELLED, w.clock.now(), 1, "by_a_person"))
        for job in await w.released():
            await w.services.send(job)
        assert await why(w) == {
            "a1": "failed 131026",
            "a2": "unknown timeout",
            "a3": "no_receipt",
            "a4": "stopped by_a_person",
            "a5": "skipped no_address",
            "a6": "skipped number_landline",
        }
        contacts = {one.decision.appointment_id: one.contact for one in await unsent(w)}
        assert contacts == {f"a{n}": f"+44770090000{n}" for n in range(1, 5)} | {"a5": "", "a6": "020 7946 0000"}


async def test_a_reminder_whose_time_is_still_ahead_is_not_missing() -> None:
    async with world(tomorrow()) as w:
        await w.clinic(steps=[{"days": 1, "hour": "10:00"}, {"days": 0, "hour": "09:00"}])
        await w.plan()
        assert await why(w) == {}
        w.whatsapp.fault(FaultKind.ERROR, code=131026)
        w.clock.advance(minutes=70)
        await w.send_due()
        assert await why(w) == {"a1": "failed 131026"}, "although another one is planned"


async def test_one_reminder_of_several_is_enough() -> None:
    async with world(appointment(1, days=8)) as w:
        await w.clinic(steps=[{"days": 7, "hour": "10:00"}, {"days": 1, "hour": "10:00"}], window_days=8)
        await w.plan()
        w.clock.advance(days=1, hours=1)
        await w.send_due()
        w.clock.advance(minutes=1)
        await w.receipts()
        w.whatsapp.fault(FaultKind.ERROR, code=131026)
        w.clock.advance(days=6)
        await w.send_due()
        assert (await w.message("a1", "1d")).events
        assert await unsent(w, NOW.date() + timedelta(days=8)) == ()


NOT_MISSING = {
    "cancelled": tomorrow(status=CANCELLED),
    "hidden": tomorrow(hidden=True),
    "excluded by the clinic": tomorrow(type_text="Sexual health"),
    "a child": tomorrow(of=patient(1, birth_on=date(2020, 1, 1))),
    "restricted": tomorrow(of=patient(1, restricted=True)),
}


@pytest.mark.parametrize("one", NOT_MISSING.values(), ids=NOT_MISSING)
async def test_an_appointment_that_gets_no_reminder_by_rule_is_not_on_the_list(one: Appointment) -> None:
    async with world(one) as w:
        await planned(w, exclusions={"appointment_types": ["Sexual health"]})
        assert await why(w) == {}


@pytest.mark.parametrize("now", [[], [tomorrow(status=CANCELLED)], [appointment(1, days=3)]], ids=str)
async def test_an_appointment_that_is_not_on_that_day_any_more_is_not_on_the_list(now: list[Appointment]) -> None:
    async with world(tomorrow()) as w:
        await w.clinic(steps=STEPS)
        await w.plan()
        w.source.items = list(now)
        await w.plan_again()
        w.clock.advance(minutes=70)
        assert await why(w) == {}


async def test_a_message_that_arrived_on_another_channel_counts() -> None:
    async with world(tomorrow()) as w:
        w.whatsapp.fault(FaultKind.ERROR, code=131026)
        await planned(w)
        await w.send_due()
        first = (await w.message("a1", "1d")).message
        other = replace(
            first,
            id=w.pseudonyms.placed("riverside", first.id.day, "b" * 26),
            channel="wechat",
            instead_of=str(first.id),
        )
        await w.storage.messages.append(Event(first.id, EventName.REROUTED, w.clock.now(), detail="wechat"))
        await w.storage.messages.put(other)
        w.clock.advance(minutes=1)
        assert await why(w) == {"a1": "waiting"}
        await w.storage.messages.append(Event(other.id, EventName.DELIVERED, w.clock.now()))
        assert await why(w) == {}


@pytest.mark.parametrize("top", [1, 7, 200])
async def test_pages_show_every_appointment_once(top: int) -> None:
    steps = [{"days": 1, "hour": f"{hour}:00"} for hour in (10,)] + [{"days": 0, "hour": "09:00"}]
    async with world(*(tomorrow(n, of=patient(n, telecoms=())) for n in range(1, 31))) as w:
        clinic = await w.clinic(steps=steps)
        await w.plan()
        found: list[str] = []
        cursor = ""
        while True:
            page = await w.services.unsent.page(clinic, TOMORROW, top, cursor)
            assert len(page.items) <= top
            found += [one.decision.appointment_id for one in page.items]
            if not (cursor := page.next_cursor):
                break
        assert sorted(found) == sorted(f"a{n}" for n in range(1, 31))


async def told(w: World) -> Sequence[WorkItem]:
    return (await w.storage.worklist.open_items("riverside", frozenset({WorkKind.UNSENT_LIST}), 10, "")).items


async def test_in_the_afternoon_staff_are_told_once_how_many_there_are(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "shared.services.staff.unsent_daily")
    async with world(*(tomorrow(n, of=patient(n, telecoms=())) for n in range(1, 13)), tomorrow(20)) as w:
        await planned(w, unsent_at="14:30")
        await w.send_due()
        w.clock.at = NOW.replace(hour=14, minute=29)
        await w.receipts()
        await w.services.tell_unsent()
        assert await told(w) == ()
        for minutes in (1, 16, 31):
            w.clock.at = NOW.replace(hour=14, minute=29) + timedelta(minutes=minutes)
            await w.services.tell_unsent()
        [item] = await told(w)
        assert (item.reason, item.act_by) == ("12", tomorrow().start)
        assert [r.getMessage() for r in caplog.records] == ["unsent_list clinic=riverside count=12"]


async def test_a_list_that_was_empty_is_looked_at_again() -> None:
    async with world(tomorrow()) as w:
        await planned(w)
        await w.send_due()
        w.clock.at = NOW.replace(hour=15)
        await w.receipts()
        await w.services.tell_unsent()
        assert await told(w) == ()
        w.source.items.append(tomorrow(2, of=patient(2, telecoms=())))
        await w.plan_again()
        await w.services.tell_unsent()
        assert [item.reason for item in await told(w)] == ["1"]


async def test_each_day_has_its_own_item_and_the_one_of_a_day_that_is_over_ends() -> None:
    async with world(*(appointment(n, days=n, of=patient(n, telecoms=())) for n in (1, 2, 3))) as w:
        await w.clinic()
        for day in range(3):
            w.clock.at = NOW.replace(hour=16) + timedelta(days=day)
            await w.plan()
            await w.services.tell_unsent()
            starts = {item.act_by.date() for item in await told(w)}
            assert starts == {TOMORROW + timedelta(days=back) for back in (day, day - 1) if back >= 0}
        ended = (await w.storage.worklist.resolved_items("riverside", 50, "")).items
        assert [item.resolution for item in ended if item.kind is WorkKind.UNSENT_LIST] == ["past"]


@pytest.mark.parametrize("zone", ["Asia/Hong_Kong", "America/New_York", "Asia/Kolkata"])
async def test_the_hour_and_the_day_are_the_clinics_own(zone: str) -> None:
    async with world() as w:
        clinic = await w.clinic(zone=zone, steps=STEPS)
        start = datetime.combine(TOMORROW + timedelta(days=1), time(9), clinic.zone).astimezone(UTC)
        w.source.items = [appointment(1, of=patient(1, telecoms=()), start=start)]
        w.clock.at = datetime.combine(TOMORROW, time(14, 59), clinic.zone).astimezone(UTC)
        await w.plan()
        await w.services.tell_unsent()
        assert await told(w) == ()
        w.clock.advance(minutes=1)
        await w.services.tell_unsent()
        assert [item.act_by for item in await told(w)] == [start]


async def test_a_clinic_whose_list_cannot_be_made_does_not_keep_the_others_from_theirs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world(tomorrow(1, of=patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "020 7946 0000"),)))) as w:
        for clinic_id in ("lakeside", "riverside"):
            await w.clinic(id=clinic_id)
            await w.plan(clinic_id)
        await damage_a_decision(w, "lakeside")
        w.clock.at = NOW.replace(hour=15)
        await w.services.tell_unsent()
        assert len(await told(w)) == 1
        assert "unsent_list_failed clinic=lakeside code=unsealable" in caplog.text


async def damage_a_decision(w: World, clinic_id: str) -> None:
    found = (await every_row(w.storage.rows, "messages")).values()
    row = next(row for row in found if row.partition.startswith(clinic_id) and row.key.startswith("d_"))
    damaged = replace(row, columns={**row.columns, "sealed": b"\x02k1damaged" * 4})
    await w.storage.rows.write("messages", Change(Verb.UPSERT, damaged))
