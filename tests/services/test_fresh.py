"""A fresh look at the moment of sending: still right, no longer, or nobody can tell (promises 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.appointment import AppointmentStatus, HumanName, Telecom, TelecomSystem
from shared.domain.decision import SkipReason
from shared.domain.message import Kind
from shared.errors import SourceRefused, SourceUnavailable
from shared.services.fresh import CannotTell, Look, NoLonger, StillRight, Verdict, may_send_unseen
from shared.storage.contract import AddressStanding
from tests.storage.wrappers import CountingRows
from tests.world import NOW, World, appointment, patient, world

BOTH_WAYS = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "required"}]
AUTO = AppointmentStatus


async def planned(w: World, **clinic: Any) -> None:
    """A reminder planned for 10:00, and the clock at that hour."""
    await w.clinic(**clinic)
    await w.plan()
    w.clock.advance(hours=1)


async def looked(w: World, standing: AddressStanding | None = None, **message: Any) -> Look:
    clinic = await w.services.clinics.get("riverside")
    return await w.services.fresh.look(clinic, replace((await w.message()).message, **message), standing)


def phone(number: str, use: str = "mobile") -> Telecom:
    return Telecom(TelecomSystem.PHONE, number, use)


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, ""),
    "what no patient reads": ({"practitioner": "Dr Example", "specialty": "Cardiology"}, ""),
    "cancelled": ({"status": AUTO.CANCELLED}, "cancelled"),
    "cancelled and moved": ({"status": AUTO.CANCELLED, "hour": 9}, "cancelled"),
    "cancelled without a time": ({"status": AUTO.CANCELLED, "start": None}, "cancelled"),
    "entered by mistake": ({"status": AUTO.ENTERED_IN_ERROR}, "not_booked"),
    "on the waiting list": ({"status": AUTO.WAITLIST, "start": None}, "not_booked"),
    "no time any more": ({"start": None}, "no_start"),
    "an hour later": ({"hour": 15}, "moved"),
    "to next month": ({"days": 40}, "moved"),
    "to yesterday": ({"days": -1}, "moved"),
    "hidden": ({"hidden": True}, "hidden"),
    "without a patient": ({"patient": None}, "no_patient"),
    "deceased": ({"of": patient(1, deceased=True)}, "deceased"),
    "restricted": ({"of": patient(1, restricted=True)}, "restricted"),
    "excluded": ({"of": patient(1, excluded=True)}, "excluded_patient"),
    "under age": ({"of": patient(1, birth_on=NOW.date() - timedelta(days=3000))}, "under_age"),
    "no number": ({"of": patient(1, telecoms=())}, "no_address"),
    "a landline": ({"of": patient(1, telecoms=(phone("020 7946 0018"),))}, "number_landline"),
    "the wife's number": ({"of": patient(1, telecoms=(phone("07700 900123 (wife)"),))}, "number_third_party"),
    "an old number": ({"of": patient(1, telecoms=(phone("07700 900001", "old"),))}, "number_outdated"),
    "another number": ({"of": patient(1, telecoms=(phone("07700 900999"),))}, "changed"),
    "the same number, written otherwise": ({"of": patient(1, telecoms=(phone("+44 (0)7700 900001"),))}, ""),
    "another name": ({"of": patient(1, name=HumanName(text="Sam Example"))}, "changed"),
    "another person's record": ({"of": patient(1, id="p2")}, "changed"),
    "another place that patients read": ({"location": "Level 3"}, "changed"),
}  # fmt: skip
PLACES = {"Level 2": {"en": "Level 2, west wing"}, "Level 3": {"en": "Level 3"}}


@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
async def test_what_the_source_says_now_decides(change: dict[str, Any], reason: str) -> None:
    async with world(appointment()) as w:
        await planned(w, public_locations=PLACES)
        w.source.items = [appointment(**change)]
        expected = NoLonger(SkipReason(reason)) if reason else StillRight()
        assert await looked(w) == expected
        wish = await w.storage.runs.wanted("riverside")
        assert (wish is not None) is bool(reason), "what no longer holds asks for a new planning"


async def test_an_appointment_that_the_source_does_not_know_is_gone() -> None:
    async with world(appointment()) as w:
        await planned(w)
        w.source.items = [appointment(2)]
        assert await looked(w) == NoLonger(SkipReason.NOT_IN_LIST)


async def test_our_own_register_is_asked_first_and_holds_when_the_source_is_silent() -> None:
    async with world(appointment()) as w:
        await planned(w)
        w.source.refuses = SourceUnavailable("down")
        key = (await w.message()).message.address_key
        await w.storage.patients.mark_unreachable("riverside", "whatsapp", key, NOW, "131026", NOW + timedelta(days=30))
        assert await looked(w) == NoLonger(SkipReason.UNREACHABLE)
        await w.storage.patients.opt_out("riverside", "whatsapp", key, NOW, "reply")
        assert await looked(w) == NoLonger(SkipReason.OPTED_OUT)
        assert w.source.questions == 0
        assert isinstance(await looked(w, AddressStanding()), CannotTell), "what the caller has read is not read again"


async def test_a_missing_opt_in_stops_it() -> None:
    async with world(appointment()) as w:
        await planned(w)
        await w.clinic(channels=[{"channel": "whatsapp", "opt_in": "required"}])
        assert await looked(w) == NoLonger(SkipReason.NO_OPT_IN)
        await w.opt_in("whatsapp", [patient(1)])
        assert await looked(w) == StillRight()


async def test_a_bound_address_counts_on_its_channel() -> None:
    async with world(appointment(of=patient(1, telecoms=()))) as w:
        await w.opt_in("wechat", [patient(1)])
        key = w.pseudonyms.patient("riverside", "p1")
        await w.storage.patients.bind("riverside", key, "wechat", "o_first_0001", NOW)
        await planned(w, channels=BOTH_WAYS)
        assert (await w.message()).message.channel == "wechat"
        assert await looked(w) == StillRight()
        await w.storage.patients.bind("riverside", key, "wechat", "o_second_0002", NOW)
        assert await looked(w) == NoLonger(SkipReason.CHANGED)


async def test_a_way_that_has_become_better_does_not_stop_the_one_that_was_planned() -> None:
    """Only the planned channel is looked at: a fallback on another channel is right for as long as its own way is."""
    async with world(appointment()) as w:
        await planned(w, channels=[*reversed(BOTH_WAYS)])
        with_openid = patient(1, telecoms=(*patient(1).telecoms, Telecom(TelecomSystem.OPENID, "o_example_0001")))
        w.source.items = [appointment(of=with_openid)]
        await w.opt_in("wechat", [patient(1)])
        assert await looked(w) == StillRight()


@pytest.mark.parametrize(
    "channels",
    [[{"channel": "wechat"}], [{"channel": "whatsapp", "opt_in": "opt_out", "account": "second"}]],
    ids=["channel gone", "another account"],
)
async def test_a_clinic_that_changed_its_way_stops_what_was_planned_for_the_old_one(
    channels: list[dict[str, str]],
) -> None:
    async with world(appointment()) as w:
        await planned(w)
        await w.clinic(channels=channels)
        assert await looked(w) == NoLonger(SkipReason.CHANGED)


async def test_many_that_have_changed_at_once_ask_for_one_run_and_a_later_one_for_another() -> None:
    counted: list[CountingRows] = []
    async with world(appointment(), around_rows=lambda rows: counted.append(CountingRows(rows)) or counted[0]) as w:
        await planned(w)
        w.source.items = []
        before = counted[0].requests["runs"]
        for _ in range(20):
            assert await looked(w) == NoLonger(SkipReason.NOT_IN_LIST)
        assert counted[0].requests["runs"] == before + 2, "one look whether it is wished already, one wish"
        first = await w.storage.runs.wanted("riverside")
        w.clock.advance(seconds=15)
        await looked(w)
        second = await w.storage.runs.wanted("riverside")
        assert first is not None
        assert second is not None
        assert w.clock.now() + timedelta(minutes=1) < second == first + timedelta(seconds=15)


async def test_only_reminders_of_an_appointment_are_looked_up() -> None:
    async with world(appointment()) as w:
        await planned(w)
        w.source.items = []
        for other in ({"kind": Kind.RAW}, {"kind": Kind.REPLY}, {"kind": Kind.PRESCRIPTION}, {"appointment_id": ""}):
            assert await looked(w, **other) == StillRight()
        assert w.source.questions == 0


async def test_where_the_source_does_not_answer_the_last_whole_list_counts_for_a_day() -> None:
    async with world(appointment()) as w:
        await planned(w)
        w.source.refuses = SourceUnavailable("down")
        look = await looked(w)
        assert look == CannotTell(NOW)
        for hours, allowed in ((0, True), (23, True), (24, False), (48, False)):
            assert may_send_unseen(NOW, NOW + timedelta(hours=hours)) is allowed
        assert not may_send_unseen(None, NOW)


async def test_a_list_that_was_not_read_to_its_end_does_not_count() -> None:
    async with world(appointment()) as w:
        await planned(w)
        w.clock.advance(days=1)
        w.source.fails = SourceUnavailable("half of it")
        w.source.refuses = SourceRefused("no")
        await w.plan()
        assert await looked(w) == CannotTell(NOW)


async def test_when_the_last_whole_list_was_read_is_asked_once_a_minute() -> None:
    async with world(appointment()) as w:
        await planned(w)
        w.source.refuses = SourceUnavailable("down")
        assert await looked(w) == CannotTell(NOW)
        await w.plan_again()
        assert await looked(w) == CannotTell(NOW)
        w.clock.advance(seconds=60)
        assert await looked(w) == CannotTell(NOW + timedelta(hours=1))


async def test_an_hour_that_clocks_show_twice_is_no_move() -> None:
    """Midnight of 1 November in Havana comes twice; a source may give it as that zone's time."""
    havana = ZoneInfo("America/Havana")
    start = datetime(2026, 11, 1, 0, 30, tzinfo=havana)
    async with world(appointment(start=start)) as w:
        w.clock.at = datetime(2026, 10, 25, 9, 0, tzinfo=UTC)
        clinic = await w.clinic(zone="Europe/London")
        await w.plan()
        message = (await w.message()).message
        assert await w.services.fresh.look(clinic, message) == StillRight()
        assert await w.services.fresh.verdict(clinic, "a1", start.astimezone(UTC)) is Verdict.CURRENT


VERDICTS: dict[str, tuple[Callable[[World], None], Verdict]] = {
    "as it was": (lambda w: None, Verdict.CURRENT),
    "another time": (lambda w: setattr(w.source, "items", [appointment(hour=15)]), Verdict.CHANGED),
    "cancelled": (lambda w: setattr(w.source, "items", [appointment(status=AUTO.CANCELLED)]), Verdict.GONE),
    "a mistake": (lambda w: setattr(w.source, "items", [appointment(status=AUTO.ENTERED_IN_ERROR)]), Verdict.GONE),
    "unknown": (lambda w: setattr(w.source, "items", []), Verdict.GONE),
    "over": (lambda w: w.clock.advance(days=8), Verdict.PASSED),
    "silence": (lambda w: setattr(w.source, "refuses", SourceUnavailable("down")), Verdict.CANNOT_TELL),
}


@pytest.mark.parametrize(("happens", "verdict"), VERDICTS.values(), ids=VERDICTS)
async def test_how_an_appointment_stands_that_a_patient_answers(
    happens: Callable[[World], None], verdict: Verdict
) -> None:
    async with world(appointment()) as w:
        await planned(w)
        happens(w)
        clinic, starts_at = await w.services.clinics.get("riverside"), appointment().start
        assert starts_at is not None
        assert await w.services.fresh.verdict(clinic, "a1", starts_at) is verdict
