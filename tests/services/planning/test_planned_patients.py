"""Patients in a planning run: shared numbers, contacts, objections, rows that say nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.domain.appointment import (
    AppointmentStatus,
    BadRow,
    ContactPreference,
    Patient,
    Telecom,
    TelecomSystem,
    Unreadable,
)
from shared.domain.decision import SkipReason
from shared.errors import SourceIncomplete
from shared.storage.contract import ContactRow
from tests.services.looks import sends_to_come
from tests.services.rows import every_row
from tests.world import NOW, World, appointment, patient, world

CANCELLED = AppointmentStatus.CANCELLED


async def test_two_patients_with_one_number_are_both_left_to_staff() -> None:
    same = (Telecom(TelecomSystem.PHONE, "07700 900555", "mobile"),)
    people = [patient(1, telecoms=same), patient(2, telecoms=same), patient(3)]
    async with world(*(appointment(n, of=one) for n, one in enumerate(people, 1))) as w:
        await w.clinic()
        dry = await w.services.start_run.dry(await w.clinic(), None)
        run = await w.plan()
        assert run is not None
        assert dict(run.counts) == {"read": 3, "planned": 2, "skipped.number_shared": 4, "withdrawn": 2}
        assert dict(dry.counts) == dict(run.counts)
        told = await w.told()
        assert {told[f"a{n}", step] for n in (1, 2) for step in ("7d", "2d")} == {"skipped number_shared"}
        assert w.source.readings == 4, "twice for the dry run, twice for the run"
        before = await every_row(w.storage.rows, "messages", "patients", "due")
        again = await w.plan_again()
        assert await every_row(w.storage.rows, "messages", "patients", "due") == before
        assert again.counts["skipped.number_shared"] == 4
        w.clock.advance(days=6)
        await w.send_for(10)
        assert {entry.to for entry in w.whatsapp.ledger.entries} == {"+447700900003"}


async def test_a_number_that_is_no_longer_shared_is_used_again() -> None:
    same = (Telecom(TelecomSystem.PHONE, "07700 900555", "mobile"),)
    async with world(appointment(1, of=patient(1, telecoms=same)), appointment(2, of=patient(2, telecoms=same))) as w:
        await w.clinic()
        await w.plan()
        w.source.items.pop()
        await w.plan_again()
        told = await w.told()
        assert told["a1", "7d"] == told["a1", "2d"] == "scheduled"
        w.clock.advance(hours=1)
        await w.send_due()
        w.clock.advance(minutes=3)
        await w.send_due()
        assert [entry.to for entry in w.whatsapp.ledger.entries] == ["+447700900555"]


async def test_a_patient_whose_address_is_marked_is_written_to_on_the_next_channel_until_the_mark_ends() -> None:
    both = [{"channel": channel, "opt_in": "opt_out"} for channel in ("whatsapp", "wechat")]
    people = [patient(1), patient(2, telecoms=(*patient(2).telecoms, Telecom(TelecomSystem.OPENID, "o_example_0002")))]
    async with world(*(appointment(n, of=one) for n, one in enumerate(people, 1))) as w:
        await w.clinic(channels=both)
        for number in (1, 2):
            key = w.pseudonyms.address("riverside", "whatsapp", f"+44770090000{number}")
            end = NOW + timedelta(days=30)
            await w.storage.patients.mark_unreachable("riverside", "whatsapp", key, NOW, "131026", end)
        await w.plan()
        ways = {(s.decision.appointment_id, s.decision.channel, s.decision.reason) for s in await w.steps()}
        assert ways == {("a1", "", SkipReason.UNREACHABLE), ("a2", "wechat", None)}
        w.clock.advance(days=30)
        w.source.items = [appointment(1, days=37)]
        await w.plan()
        assert {s.decision.channel for s in await w.steps()} == {"whatsapp"}


async def test_a_patients_zone_is_kept_with_the_message_and_a_new_one_is_planned_anew() -> None:
    async with world(appointment(of=patient(1, zone="America/New_York"))) as w:
        await w.clinic()
        await w.plan()
        message = (await w.message(step="2d")).message
        assert message.zone == "America/New_York"
        assert f"{message.scheduled_for:%H:%M}" == "13:00", "10:00 at the clinic is 05:00 there"
        for zone, kept in (("Europe/Berlin", "Europe/Berlin"), ("Europe/London", ""), ("nonsense", "")):
            w.source.items = [appointment(of=patient(1, zone=zone))]
            await w.plan_again()
            assert (await w.message(step="2d")).message.zone == kept


async def test_an_appointment_that_comes_twice_counts_once() -> None:
    async with world(appointment(1), appointment(2), appointment(1, hour=16)) as w:
        await w.clinic()
        run = await w.plan()
        assert run is not None
        assert dict(run.counts) == {"read": 2, "repeated": 1, "planned": 4}
        assert len(await sends_to_come(w)) == 4


async def test_bad_rows_are_counted_and_listed() -> None:
    bad = [BadRow(str(n), Unreadable.BAD_DATE, "date") for n in range(120)]
    async with world(appointment(), *bad) as w:
        await w.clinic()
        run = await w.plan()
        assert run is not None
        assert run.counts["bad_rows"] == 120
        assert run.bad_rows == tuple(bad[:100])


async def test_a_contact_is_written_once_and_when_it_changes() -> None:
    visits = [appointment(1), appointment(2, days=3, of=patient(1)), appointment(3, of=patient(1), status=CANCELLED)]
    async with world(*visits) as w:
        await w.clinic()
        await w.plan()
        stored = await every_row(w.storage.rows, "patients")
        await w.plan_again()
        assert await every_row(w.storage.rows, "patients") == stored
        moved = patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 900777", "mobile"),))
        w.source.items = [replace(visit, patient=moved) for visit in visits]
        await w.plan_again()
        contact = await w.storage.patients.contact("riverside", w.pseudonyms.patient("riverside", "p1"))
        assert contact is not None
        assert dict(contact.addresses) == {"phone": "+447700900777"}


async def test_who_opted_out_is_skipped_and_what_was_planned_for_them_withdrawn() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        key = w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
        await w.storage.patients.opt_out("riverside", "whatsapp", key, NOW, "stop")
        run = await w.plan_again()
        assert run.counts["withdrawn"] == 2
        assert set((await w.told()).values()) == {"skipped opted_out"}


async def test_a_patient_without_the_opt_in_that_a_clinic_asks_for_is_skipped() -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic(channels=[{"channel": "whatsapp", "opt_in": "required"}])
        await w.opt_in("whatsapp", [patient(2)])
        await w.plan()
        told = await w.told()
        assert (told["a1", "7d"], told["a2", "7d"]) == ("skipped no_opt_in", "scheduled")


async def contact_of(w: World, number: int = 1) -> ContactRow:
    found = await w.storage.patients.contact("riverside", w.pseudonyms.patient("riverside", f"p{number}"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("person", "stops"),
    [
        (patient(1), {}),
        (patient(1, deceased=True), {"": "deceased"}),
        (patient(1, interpreter_required=True), {"": "interpreter"}),
        (patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "020 7946 0123", "home"),)), {"phone": "number_landline"}),
        (patient(1, contact_preferences=frozenset({ContactPreference.NO_TELEPHONE})), {"phone": "no_telephone"}),
        (patient(1, birth_on=date(2015, 1, 1)), {}),  # changes by itself: asked for on the day
    ],
)
async def test_what_stands_against_writing_is_kept_with_the_contact(person: Patient, stops: dict[str, str]) -> None:
    async with world(appointment(1, of=person)) as w:
        await w.clinic()
        await w.plan()
        assert dict((await contact_of(w)).stops) == stops
        before = await every_row(w.storage.rows, "patients")
        await w.plan_again()
        assert await every_row(w.storage.rows, "patients") == before, "nothing has changed"


async def test_what_no_longer_stands_against_writing_goes() -> None:
    async with world(appointment(1, of=patient(1, deceased=True))) as w:
        await w.clinic()
        await w.plan()
        w.source.items = [appointment(1)]
        await w.plan_again()
        assert dict((await contact_of(w)).stops) == {}


async def test_a_shared_number_is_kept_as_shared_until_a_whole_list_has_it_once() -> None:
    same = (Telecom(TelecomSystem.PHONE, "07700 900555", "mobile"),)
    both = [appointment(n, of=patient(n, telecoms=same)) for n in (1, 2)]
    async with world(*both) as w:
        await w.clinic()
        await w.plan()
        shared = {"phone": "number_shared"}
        assert [dict((await contact_of(w, n)).stops) for n in (1, 2)] == [shared, shared]
        w.source.items = both[:1]
        w.source.fails = SourceIncomplete("The list broke off.")
        await w.plan_again()
        assert dict((await contact_of(w)).stops) == shared, "the other may stand in what was not read"
        w.source.fails = None
        await w.plan_again()
        assert dict((await contact_of(w)).stops) == {}
        assert dict((await contact_of(w, 2)).stops) == shared, "of whom nothing was heard since"
