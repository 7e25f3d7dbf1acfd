"""Reminding a patient of one appointment: now or later, once, or refused with the reason."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.appointment import AppointmentStatus, Telecom, TelecomSystem
from shared.domain.message import Kind, Priority
from shared.errors import (
    Forbidden,
    IdempotencyMismatch,
    InvalidInput,
    NotAllowed,
    NotFound,
    SourceUnavailable,
    StorageUnavailable,
)
from shared.services.asking.schedule_rows import ReminderAsked
from shared.services.asking.submit import Submitted
from shared.services.callers import Caller
from tests.services.rows import StoreThatStops, every_row
from tests.world import NOW, World, appointment, patient, world

NURSE = Caller("key-1", "nurse station 2", frozenset({"riverside"}))
OTHER = Caller("key-2", "reception", frozenset({"riverside"}))
BOTH = [{"channel": "wechat", "opt_in": "opt_out"}, {"channel": "whatsapp", "opt_in": "opt_out"}]
KEPT = ("messages", "due", "history")


async def remind(
    w: World, *, of: str = "a1", channel: str = "whatsapp", key: str = "", caller: Caller = NURSE, **body: Any
) -> Submitted:
    return await w.services.remind(caller, channel, "riverside", ReminderAsked(of, **body), key)


async def refused(w: World, **asked: Any) -> str:
    """The code of the refusal; nothing is kept."""
    with pytest.raises((NotAllowed, NotFound, InvalidInput)) as caught:
        await remind(w, **asked)
    assert caught.value.message.endswith((".", "!"))
    assert await every_row(w.storage.rows, *KEPT) == {}
    return caught.value.code


async def test_a_reminder_goes_now_and_says_who_sent_it() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        done = await remind(w)
        assert (done.repeat, str(done.status.state), done.warnings) == (False, "queued", ())
        message = done.message
        assert (message.kind, message.sent_by, message.starts_at) == (Kind.REMINDER, NURSE.name, appointment().start)
        assert message.priority is Priority.PRESCRIPTION
        w.clock.advance(seconds=1)
        await w.send_due()
        [entry] = w.whatsapp.ledger.entries
        assert "Robin Example 1" in entry.text
        assert [view.message.id for view in await w.sent()] == [message.id]


async def test_in_quiet_hours_it_goes_when_they_end_and_the_answer_says_so() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        w.clock.at = NOW.replace(hour=22)
        done = await remind(w)
        assert done.message.scheduled_for.astimezone(UTC) == datetime(2026, 11, 21, 8, tzinfo=UTC)
        assert str(done.status.state) == "scheduled"
        assert any("quiet hours" in warning for warning in done.warnings)
        await w.send_for(20)
        assert w.whatsapp.ledger.entries == []


TIMES: dict[str, tuple[dict[str, Any], str]] = {
    "a day before": ({"hours_before": 24}, "26 14:00"),
    "at a time": ({"send_at": "2026-11-25T11:00:00+00:00"}, "25 11:00"),
    "with the other field empty, as a form sends it": ({"send_at": "", "hours_before": 24}, "26 14:00"),
    "with both empty": ({"send_at": "", "hours_before": None}, "20 09:00"),
}


@pytest.mark.parametrize(("when", "at"), TIMES.values(), ids=TIMES)
async def test_it_goes_at_the_time_that_is_asked_for(when: dict[str, Any], at: str) -> None:
    async with world(appointment()) as w:
        await w.clinic()
        assert f"{(await remind(w, **when)).message.scheduled_for.astimezone(UTC):%d %H:%M}" == at


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "cancelled": ({"status": AppointmentStatus.CANCELLED}, {}, "cancelled"),
    "deceased": ({"of": patient(1, deceased=True)}, {}, "deceased"),
    "no number": ({"of": patient(1, telecoms=())}, {}, "no_address"),
    "a landline": (
        {"of": patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "020 7946 0123", "home"),))},
        {},
        "number_landline",
    ),
    "over": ({"days": -1}, {}, "already_started"),
    "in half an hour": ({"days": 0, "hour": 9, "start": NOW + timedelta(minutes=30)}, {}, "too_near"),
    "yesterday": ({}, {"send_at": "2026-11-19T11:00:00Z"}, "past"),
    "in three months": ({"days": 90}, {"hours_before": 24}, "too_far"),
    "unknown": ({}, {"of": "a2"}, "not_found"),
    "both times": ({}, {"send_at": "2026-11-25T11:00:00Z", "hours_before": 24}, "invalid_input"),
    "four days before": ({}, {"hours_before": 96}, "invalid_input"),
    "nothing": ({}, {"of": ""}, "invalid_input"),
    "a channel that the clinic has not": ({}, {"channel": "wechat"}, "invalid_input"),
}


@pytest.mark.parametrize(("changes", "asked", "code"), WRONG.values(), ids=WRONG)
async def test_what_the_rules_forbid_is_refused_with_the_reason(
    changes: dict[str, Any], asked: dict[str, Any], code: str
) -> None:
    async with world(appointment(**changes)) as w:
        await w.clinic()
        assert await refused(w, **asked) == code


async def test_who_has_objected_is_not_reminded() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        key = w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
        await w.storage.patients.opt_out("riverside", "whatsapp", key, NOW, "reply")
        assert await refused(w) == "opted_out"


async def test_a_source_that_is_silent_says_so_and_nothing_is_kept() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        w.source.refuses = SourceUnavailable("The source does not answer.")
        with pytest.raises(SourceUnavailable):
            await remind(w)
        assert await every_row(w.storage.rows, *KEPT, "idempotency") == {}


async def test_auto_takes_the_first_channel_of_the_clinic_that_may_be_used() -> None:
    with_openid = patient(2, telecoms=(Telecom(TelecomSystem.OPENID, "oMock_follower_0001"), *patient(2).telecoms))
    async with world(appointment(1), appointment(2, of=with_openid), appointment(3, of=patient(3, telecoms=()))) as w:
        await w.clinic(channels=BOTH)
        ways = [(await remind(w, of=f"a{n}", channel="auto")).message.channel for n in (1, 2)]
        assert ways == ["whatsapp", "wechat"]
        with pytest.raises(NotAllowed, match=r"\.") as caught:
            await remind(w, of="a3", channel="auto")
        assert caught.value.code == "no_address"


REPEATS: dict[str, tuple[dict[str, Any], dict[str, Any], float, bool]] = {
    "now, a moment later": ({}, {}, 5, True),
    "now, by another nurse": ({}, {"caller": OTHER}, 300, True),
    "now, after the hour": ({}, {}, 3601, False),
    "now, under another key": ({"key": "k1"}, {"key": "k2"}, 5, False),
    "now, under the same key the next day": ({"key": "k1"}, {"key": "k1"}, 86_400, True),
    "the same instant by two names": ({"hours_before": 24}, {"send_at": "2026-11-26T14:00:00Z"}, 7200, True),
    "the same instant under two keys": ({"hours_before": 24, "key": "k1"}, {"hours_before": 24, "key": "k2"}, 5, True),
    "another instant": ({"hours_before": 24}, {"hours_before": 48}, 5, False),
}


@pytest.mark.parametrize(("first", "second", "seconds", "repeat"), REPEATS.values(), ids=REPEATS)
async def test_a_repeat_gives_the_first_answer(
    first: dict[str, Any], second: dict[str, Any], seconds: float, repeat: bool
) -> None:
    async with world(appointment()) as w:
        await w.clinic()
        one = await remind(w, **first)
        w.clock.advance(seconds=seconds)
        other = await remind(w, **second)
        assert (other.repeat, other.message.id == one.message.id) == (repeat, repeat)
        assert any("repeat" in warning for warning in other.warnings) is repeat


async def test_a_repeat_tells_the_truth_where_the_rules_would_refuse_it_by_now() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        one = await remind(w, key="k1")
        w.clock.advance(seconds=1)
        await w.send_due()
        w.source.items = [appointment(status=AppointmentStatus.CANCELLED)]
        w.source.refuses = SourceUnavailable("The source does not answer.")
        again = await remind(w, key="k1")
        assert (again.repeat, again.message.id, str(again.status.state)) == (True, one.message.id, "accepted")


async def test_twenty_presses_at_once_are_one_message() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        done = await asyncio.gather(*(remind(w) for _ in range(20)))
        assert len({one.message.id for one in done}) == 1
        w.clock.advance(seconds=1)
        await w.send_for(10)
        assert len(w.whatsapp.ledger.entries) == 1


async def test_the_same_key_for_another_appointment_is_refused() -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic()
        await remind(w, key="k1")
        with pytest.raises(IdempotencyMismatch):
            await remind(w, of="a2", key="k1")


async def test_another_clinics_appointment_is_forbidden() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        with pytest.raises(Forbidden):
            await remind(w, caller=Caller("key-3", "lakeside", frozenset({"lakeside"})))


@pytest.mark.parametrize("answers", range(8))
async def test_a_request_that_breaks_off_anywhere_and_comes_again_is_one_message(answers: int) -> None:
    stopping: list[StoreThatStops] = []
    async with world(appointment(), around_rows=lambda rows: stopping.append(StoreThatStops(rows)) or stopping[0]) as w:
        await w.clinic()
        [store] = stopping
        store.answers, store.writes = answers, 0
        broke = False
        try:
            await remind(w, key="k1")
        except StorageUnavailable:
            broke = True
        assert broke is (answers < 7)  # key, due row, mark of the day, two lines of the history, index, message
        store.answers = None
        w.clock.advance(minutes=3)
        await remind(w, key="k1")
        w.clock.advance(seconds=1)
        await w.send_for(150)
        assert len(w.whatsapp.ledger.entries) == 1
