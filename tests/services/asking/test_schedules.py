"""Scheduling many messages at once: each row for itself, each once, each looked at again when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.appointment import AppointmentStatus, Telecom, TelecomSystem
from shared.domain.message import Kind, Priority
from shared.errors import IdempotencyMismatch, InvalidInput, NotFound, SourceUnavailable, StorageUnavailable
from shared.services.asking.schedules import RowOutcome
from shared.services.callers import Caller
from shared.services.fresh import NoLonger, StillRight
from shared.storage.contract import Hold, MessageLog
from tests.services.asking.test_submitting import WHATSAPP
from tests.services.rows import StoreThatStops, every_row
from tests.world import NOW, World, appointment, patient, world

NURSE = Caller("key-1", "nurse station 2", frozenset({"riverside"}))
SAME_TELECOM = (Telecom(TelecomSystem.PHONE, "07700 900555", "mobile"),)


async def scheduled(w: World, *items: Any, key: str = "", channel: str = "whatsapp") -> Sequence[RowOutcome]:
    _, rows = await w.services.schedules(NURSE, channel, "riverside", list(items), key)
    assert [row.index for row in rows] == list(range(len(items)))
    return rows


def said(row: RowOutcome) -> str:
    """`scheduled 24 10:00` (UTC), or `refused` with the code."""
    if row.refusal is not None:
        assert row.view is None
        assert row.refusal.reason.endswith((".", "!")), row.refusal.reason
        return f"refused {row.refusal.code}"
    assert row.view is not None
    return f"{row.status} {row.view.message.scheduled_for.astimezone(UTC):%d %H:%M}"


async def outcome(w: World, **item: Any) -> str:
    [row] = await scheduled(w, item)
    return said(row)


async def whole(w: World, row: RowOutcome) -> MessageLog:
    assert row.view is not None
    found = await w.storage.messages.whole(row.view.message.id)
    assert found is not None
    return found


def raw(to: str = "+447700900321", body: str = "Your form is ready.") -> dict[str, Any]:
    return {**WHATSAPP, "to": to, "text": {"body": body}}


# the appointment is on Friday 27 November at 14:00, the clinic is quiet from 20:00 to 08:00, and it is the 20th, 09:00
REMINDERS: dict[str, tuple[dict[str, Any], str]] = {
    "two hours before": ({"hoursBefore": 2}, "scheduled 27 12:00"),
    "three days before": ({"hoursBefore": 72}, "scheduled 24 14:00"),
    "and a half": ({"hoursBefore": 2.5}, "scheduled 27 11:30"),
    "in quiet hours": ({"hoursBefore": 8}, "scheduled 27 08:00"),
    "in last night's quiet hours": ({"hoursBefore": 17}, "scheduled 27 08:00"),
    "at a time": ({"sendAt": "2026-11-25T11:00:00+00:00"}, "scheduled 25 11:00"),
    "at a time of another zone": ({"sendAt": "2026-11-25T19:00:00+08:00"}, "scheduled 25 11:00"),
    "an hour before": ({"sendAt": "2026-11-27T13:00:00Z"}, "scheduled 27 13:00"),
    "less than an hour before": ({"sendAt": "2026-11-27T13:00:01Z"}, "refused too_near"),
    "after the start": ({"sendAt": "2026-11-27T15:00:00Z"}, "refused too_near"),
    "yesterday": ({"sendAt": "2026-11-19T11:00:00Z"}, "refused past"),
    "one hour": ({"hoursBefore": 1}, "refused invalid_input"),
    "four days": ({"hoursBefore": 73}, "refused invalid_input"),
    "yes": ({"hoursBefore": True}, "refused invalid_input"),
    "both": ({"hoursBefore": 2, "sendAt": "2026-11-25T11:00:00Z"}, "refused invalid_input"),
    "neither": ({}, "refused invalid_input"),
    "without an offset": ({"sendAt": "2026-11-25T11:00:00"}, "refused invalid_input"),
    "of no calendar": ({"sendAt": "soon"}, "refused invalid_input"),
    "with a message": ({"hoursBefore": 2, "message": {}}, "refused invalid_input"),
    "with a misspelt field": ({"hoursBefore": 2, "sendat": "x"}, "refused invalid_input"),
}


@pytest.mark.parametrize(("when", "expected"), REMINDERS.values(), ids=REMINDERS)
async def test_a_reminder_at_a_time_of_ones_own_choice(when: dict[str, Any], expected: str) -> None:
    async with world(appointment()) as w:
        await w.clinic()
        assert await outcome(w, appointmentId="a1", **when) == expected


async def test_where_quiet_hours_leave_no_time_the_row_is_refused() -> None:
    async with world(appointment(hour=8)) as w:  # quiet hours end at 08:00, the appointment is then
        await w.clinic()
        assert await outcome(w, appointmentId="a1", hoursBefore=3) == "refused in_quiet_hours"
        assert await outcome(w, appointmentId="a1", hoursBefore=13) == "scheduled 26 19:00"


APPOINTMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "cancelled": ({"status": AppointmentStatus.CANCELLED}, "refused cancelled"),
    "deceased": ({"of": patient(1, deceased=True)}, "refused deceased"),
    "restricted": ({"of": patient(1, restricted=True)}, "refused restricted"),
    "no number": ({"of": patient(1, telecoms=())}, "refused no_address"),
    "over": ({"days": -1}, "refused already_started"),
    "in six weeks": ({"days": 42}, "scheduled 31 14:00"),
    "in three months": ({"days": 90}, "refused too_far"),
}


@pytest.mark.parametrize(("changes", "expected"), APPOINTMENTS.values(), ids=APPOINTMENTS)
async def test_the_rules_of_planning_hold_for_what_a_person_schedules(changes: dict[str, Any], expected: str) -> None:
    async with world(appointment(**changes)) as w:
        await w.clinic(window_days=2, steps=[{"days": 1, "hour": "10:00"}])
        assert await outcome(w, appointmentId="a1", hoursBefore=24) == expected


async def test_who_objected_cannot_be_reached_or_shares_a_number_is_refused() -> None:
    people = [patient(n) for n in (1, 2)] + [patient(n, telecoms=SAME_TELECOM) for n in (3, 4)]
    async with world(*(appointment(n, of=one) for n, one in enumerate(people, 1))) as w:
        await w.clinic()
        await w.plan()
        stopped, held = (w.pseudonyms.address("riverside", "whatsapp", f"+44770090000{number}") for number in (1, 2))
        await w.storage.patients.opt_out("riverside", "whatsapp", stopped, NOW, "reply")
        await w.storage.patients.hold(Hold("riverside", "whatsapp", held, "c" * 26), NOW, "wrong_person")
        rows = await scheduled(w, *({"appointmentId": f"a{n}", "hoursBefore": 24} for n in (1, 2, 3, 4, 5)))
        assert [said(row) for row in rows] == [
            "refused opted_out",
            "refused unreachable",
            "refused number_shared",
            "refused number_shared",
            "refused not_in_list",
        ]


async def test_a_clinic_that_asks_for_a_yes_schedules_nothing_without_one() -> None:
    async with world(appointment()) as w:
        await w.clinic(channels=[{"channel": "whatsapp", "opt_in": "required"}])
        assert await outcome(w, appointmentId="a1", hoursBefore=24) == "refused no_opt_in"
        await w.opt_in("whatsapp", [patient(1)])
        assert await outcome(w, appointmentId="a1", hoursBefore=24) == "scheduled 26 14:00"


async def test_a_scheduled_reminder_is_sent_at_its_time_and_looked_at_once_more() -> None:
    async with world(appointment()) as w:
        clinic = await w.clinic(steps=[{"days": 0, "hour": "08:00"}])
        [row] = await scheduled(w, {"appointmentId": "a1", "hoursBefore": 48})
        message = (await whole(w, row)).message
        assert (message.kind, message.sent_by, message.starts_at) == (Kind.REMINDER, NURSE.name, appointment().start)
        assert message.priority is Priority.LATER
        assert await w.services.fresh.look(clinic, message) == StillRight()
        w.clock.at = NOW + timedelta(days=5, hours=4, minutes=59)
        await w.send_due()
        assert w.whatsapp.ledger.entries == []
        w.clock.advance(minutes=1)
        await w.send_due()
        [entry] = w.whatsapp.ledger.entries
        assert "2pm" in entry.text
        w.source.items = [appointment(hour=16)]
        assert isinstance(await w.services.fresh.look(clinic, message), NoLonger)


RAWS: dict[str, tuple[dict[str, Any], str]] = {
    "tomorrow": ({"sendAt": "2026-11-21T11:00:00Z", "message": raw()}, "scheduled 21 11:00"),
    "in sixty days": ({"sendAt": "2027-01-19T09:00:00Z", "message": raw()}, "scheduled 19 09:00"),
    "in more": ({"sendAt": "2027-01-19T09:00:01Z", "message": raw()}, "refused too_far"),
    "yesterday": ({"sendAt": "2026-11-19T11:00:00Z", "message": raw()}, "refused past"),
    "no number": ({"sendAt": "2026-11-21T11:00:00Z", "message": raw(to="07700")}, "refused invalid_input"),
    "no body": ({"sendAt": "2026-11-21T11:00:00Z", "message": {}}, "refused invalid_input"),
    "no object": ({"sendAt": "2026-11-21T11:00:00Z", "message": "x"}, "refused invalid_input"),
    "no time": ({"message": raw()}, "refused invalid_input"),
    "hours before nothing": ({"hoursBefore": 2, "message": raw()}, "refused invalid_input"),
}


@pytest.mark.parametrize(("item", "expected"), RAWS.values(), ids=RAWS)
async def test_any_message_for_a_given_time(item: dict[str, Any], expected: str) -> None:
    async with world() as w:
        await w.clinic()
        assert await outcome(w, **item) == expected


async def test_a_message_in_quiet_hours_is_scheduled_with_a_warning_and_who_objected_is_refused() -> None:
    async with world() as w:
        await w.clinic()
        at_night = {"sendAt": "2026-11-21T23:00:00Z", "message": raw()}
        [row] = await scheduled(w, at_night)
        assert said(row) == "scheduled 21 23:00"
        assert any("quiet" in warning for warning in row.warnings)
        key = w.pseudonyms.address("riverside", "whatsapp", "+447700900321")
        await w.storage.patients.opt_out("riverside", "whatsapp", key, NOW, "reply")
        assert await outcome(w, sendAt="2026-11-21T12:00:00Z", message=raw()) == "refused opted_out"


async def test_one_wrong_row_harms_no_other() -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic()
        rows = await scheduled(
            w,
            {"appointmentId": "a1", "hoursBefore": 24},
            "nonsense",
            {"appointmentId": "a9", "hoursBefore": 24},
            {"sendAt": "2026-11-21T11:00:00Z", "message": raw()},
            {"appointmentId": "a2", "hoursBefore": 24},
        )
        assert [row.status for row in rows] == ["scheduled", "refused", "refused", "scheduled", "scheduled"]


async def test_the_same_row_is_scheduled_once_however_often_it_comes() -> None:
    items = [
        {"appointmentId": "a1", "hoursBefore": 24},
        {"appointmentId": "a1", "sendAt": "2026-11-26T14:00:00Z"},  # the same instant
        {"appointmentId": "a1", "hoursBefore": 25},
        {"sendAt": "2026-11-21T11:00:00Z", "message": raw()},
        {"sendAt": "2026-11-21T11:00:00Z", "message": raw()},
        {"sendAt": "2026-11-21T12:00:00Z", "message": raw()},
        {"sendAt": "2026-11-21T12:00:00Z", "message": raw(), "idempotencyKey": "second form"},
    ]
    first = ["scheduled", "repeat", "scheduled", "scheduled", "repeat", "scheduled", "scheduled"]
    async with world(appointment()) as w:
        await w.clinic()
        rows = await scheduled(w, *items)
        assert [row.status for row in rows] == first
        before = await every_row(w.storage.rows, "messages", "due", "history")
        again = await scheduled(w, *items)
        assert {row.status for row in again} == {"repeat"}
        assert [r.view.message.id for r in again if r.view] == [r.view.message.id for r in rows if r.view]
        assert await every_row(w.storage.rows, "messages", "due", "history") == before
        w.clock.at = datetime(2026, 11, 21, 13, tzinfo=UTC)
        await w.send_for(20)
        assert len(await w.sent()) == 3
        assert said((await scheduled(w, items[3]))[0]) == "repeat 21 11:00", "a repeat of what has passed is no refusal"


async def test_a_rows_key_stands_for_what_it_was_first_used_for() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        item = {"sendAt": "2026-11-21T11:00:00Z", "message": raw(), "idempotencyKey": "k1"}
        assert [said(row) for row in await scheduled(w, item, item)] == ["scheduled 21 11:00", "repeat 21 11:00"]
        other = {**item, "message": raw(body="Other words.")}
        assert await outcome(w, **other) == "refused idempotency_mismatch"


async def test_a_keyed_row_of_a_moved_appointment_is_a_repeat_of_the_first() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        item = {"appointmentId": "a1", "hoursBefore": 24, "idempotencyKey": "k1"}
        assert await outcome(w, **item) == "scheduled 26 14:00"
        w.source.items = [appointment(hour=16)]
        assert await outcome(w, **item) == "repeat 26 14:00"
        assert await outcome(w, appointmentId="a1", hoursBefore=24) == "scheduled 26 16:00", "without its key it is new"


async def test_a_requests_key_with_other_rows_is_refused_as_a_whole() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        item = {"appointmentId": "a1", "hoursBefore": 24}
        for status in ("scheduled", "repeat"):
            assert [row.status for row in await scheduled(w, item, key="flow-1")] == [status]
        before = await every_row(w.storage.rows)
        with pytest.raises(IdempotencyMismatch):
            await scheduled(w, item, item, key="flow-1")
        assert await every_row(w.storage.rows) == before


async def test_a_source_that_does_not_answer_refuses_its_rows_and_takes_the_others() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        w.source.refuses = SourceUnavailable("The server does not answer.")
        rows = await scheduled(
            w, {"appointmentId": "a1", "hoursBefore": 24}, {"sendAt": "2026-11-21T11:00:00Z", "message": raw()}
        )
        assert [said(row) for row in rows] == ["refused source_unavailable", "scheduled 21 11:00"]


@pytest.mark.parametrize("items", [None, {}, [], "x", [{}] * 201])
async def test_only_a_list_of_one_to_two_hundred_rows_is_taken(items: Any) -> None:
    async with world() as w:
        await w.clinic()
        with pytest.raises(InvalidInput):
            await w.services.schedules(NURSE, "whatsapp", "riverside", items, "")


@pytest.mark.parametrize("key", ["", "flow-1"], ids=["rows", "a request's key"])
async def test_broken_off_at_any_write_and_sent_again_it_ends_in_the_same_messages(key: str) -> None:
    items = [
        {"appointmentId": "a1", "hoursBefore": 24},
        {"sendAt": "2026-11-21T11:00:00Z", "message": raw(), "idempotencyKey": "k1"},
    ]
    stores: list[StoreThatStops] = []

    def stop(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[-1]

    async def kept(answers: int | None) -> tuple[object, bool]:
        async with world(appointment(), around_rows=stop) as w:
            await w.clinic()
            store, broke = stores[-1], False
            store.writes, store.answers = 0, answers
            try:
                await scheduled(w, *items, key=key)
            except StorageUnavailable:
                broke = True
            store.answers = None
            for row in await scheduled(w, *items, key=key):
                assert row.refusal is None
            found = await every_row(w.storage.rows, "messages", "due", "history")
            return sorted(map(str, found)), broke

    expected, _ = await kept(None)
    cuts = 0
    while (result := await kept(cuts)) and result[1]:
        assert result[0] == expected, f"after {cuts} writes"
        cuts += 1
    assert cuts >= 6


async def test_a_channel_that_the_clinic_does_not_use_is_refused() -> None:
    async with world() as w:
        await w.clinic()
        with pytest.raises(InvalidInput):
            await w.services.schedules(NURSE, "wechat", "riverside", [{}], "")
        with pytest.raises(NotFound):
            await w.services.schedules(NURSE, "wechat", "", [{}], "")


async def test_what_is_scheduled_is_on_the_list_of_what_is_to_be_sent() -> None:
    async with world(appointment(days=3)) as w:
        clinic = await w.clinic(steps=[{"days": 0, "hour": "08:00"}])
        await scheduled(
            w,
            {"appointmentId": "a1", "hoursBefore": 24},
            {"sendAt": "2026-11-25T11:00:00Z", "message": raw()},
        )
        span = w.services.reports.span(clinic, None, None, ahead=8, back=1)
        page = await w.services.reports.scheduled(clinic, span, "any", frozenset(), 50, "")
        assert sorted(view.message.kind for view in page.items) == ["raw", "reminder"]


async def test_no_refusal_and_no_key_holds_patient_data() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        rows = await scheduled(
            w,
            {"sendAt": "2026-11-21T11:00:00Z", "message": raw(to="0770090032x")},
            {"appointmentId": "a1", "hoursBefore": 24, "idempotencyKey": "Robin Example 1"},
        )
        assert rows[0].refusal is not None
        assert "0770090032" not in rows[0].refusal.reason
        stored = str(await every_row(w.storage.rows, "due", "idempotency", "history"))
        assert "Robin" not in stored
        assert "a1" not in [str(part) for key in await every_row(w.storage.rows, "messages") for part in key]
