"""Sending: once, in time, and whatever the provider says is on record."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.message import Event, EventName, State
from shared.storage.contract import DueAction
from tests.services.looks import events, next_due, released
from tests.world import appointment, world


async def test_twenty_deliveries_of_one_job_at_once_send_once() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        await asyncio.gather(*(w.services.send(job) for _ in range(20)))
        assert len(w.whatsapp.ledger.entries) == 1
        assert await events(w, message) == ["claimed 1", "accepted 1"]
        assert len(await w.sent()) == 1


OUTCOMES = {
    "accepted": ({}, ["claimed 1", "accepted 1"], "accepted", (DueAction.CHECK, 1, 120)),
    "held": ({"kind": FaultKind.HELD}, ["claimed 1", "accepted 1"], "accepted", (DueAction.CHECK, 1, 120)),
    "refused for good": (
        {"kind": FaultKind.ERROR, "code": 131026}, ["claimed 1", "failed 1"], "failed 131026", (DueAction.CHECK, 1, 0),
    ),
    "throttled": (
        {"kind": FaultKind.ERROR, "code": 130429}, ["claimed 1", "rejected 1"], "scheduled 130429",
        (DueAction.SEND, 2, 5),
    ),
    "throttled with a wait": (
        {"kind": FaultKind.ERROR, "code": 130429, "retry_after_s": 90}, ["claimed 1", "rejected 1"],
        "scheduled 130429", (DueAction.SEND, 2, 90),
    ),
    "refused for now": (
        {"kind": FaultKind.ERROR, "code": 131057}, ["claimed 1", "rejected 1"], "scheduled 131057",
        (DueAction.SEND, 2, 5),
    ),
    "not reached": (
        {"kind": FaultKind.CONNECTION_REFUSED}, ["claimed 1", "rejected 1"], "scheduled connect_error",
        (DueAction.SEND, 2, 5),
    ),
    "timed out after acceptance": (
        {"kind": FaultKind.TIMEOUT_AFTER}, ["claimed 1", "unknown 1"], "unknown timeout", (DueAction.CHECK, 1, 120),
    ),
    "lost behind a gateway": (
        {"kind": FaultKind.GATEWAY_TIMEOUT_AFTER}, ["claimed 1", "unknown 1"], "unknown http_504",
        (DueAction.CHECK, 1, 120),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "happened", "told", "due"), OUTCOMES.values(), ids=OUTCOMES)
async def test_each_outcome_has_its_event_its_state_and_its_next_step(
    fault: dict[str, Any], happened: list[str], told: str, due: tuple[DueAction, int, float] | None
) -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        if fault:
            w.whatsapp.fault(**fault)
        await w.services.send(job)
        assert await events(w, message) == happened
        assert (await w.told())["a1", "7d"] == told
        following = await next_due(w)
        if due is None or following is None:
            assert following == due
        else:
            assert following[:2] == due[:2]
            assert due[2] <= following[2] <= due[2] * 1.2


@pytest.mark.parametrize("fault", [case[0] for case in OUTCOMES.values()], ids=OUTCOMES)
async def test_a_redelivery_after_any_outcome_sends_nothing(fault: dict[str, Any]) -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        if fault:
            w.whatsapp.fault(**fault)
        await w.services.send(job)
        before, accepted = await events(w, message), w.whatsapp.ledger.accepted
        for _ in range(3):
            await w.services.send(job)
        assert await events(w, message) == before
        assert w.whatsapp.ledger.accepted == accepted


async def test_what_the_provider_held_back_is_said() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        w.whatsapp.fault(FaultKind.HELD)
        await w.services.send(job)
        [accepted] = [e for e in await w.storage.messages.events(message.id) if e.name is EventName.ACCEPTED]
        assert accepted.detail == "held_for_quality_assessment"


async def test_the_outcome_is_logged_without_any_patient(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "shared.services.sending.hand_over")
    async with world(appointment()) as w:
        job, _ = await released(w)
        await w.services.send(job)
    [line] = [r.getMessage() for r in caplog.records if r.name == "shared.services.sending.hand_over"]
    assert line == "send outcome=Accepted channel=whatsapp attempt=1"


async def test_a_throttled_message_goes_when_the_provider_says_so() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        w.whatsapp.fault(FaultKind.ERROR, code=130429, retry_after_s=300)
        await w.services.send(job)
        w.clock.advance(seconds=299)
        assert await w.send_due() == []
        w.clock.advance(seconds=61)  # and up to a fifth later, so that not all come back at once
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1
        assert await events(w, message) == ["claimed 1", "rejected 1", "claimed 2", "accepted 2"]
        assert len(await w.sent()) == 1, "one line in the list, whatever the attempts"


async def test_what_stays_refused_is_tried_ever_more_seldom_until_it_expires() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        w.whatsapp.fault(FaultKind.ERROR, code=130429, times=10_000)
        await w.services.send(job)
        tries = []
        while w.clock.now() < message.expires_at:
            w.clock.advance(minutes=1)
            for one in await w.released():
                await w.services.send(one)
                tries.append(w.clock.now())
        waits = [later - earlier for earlier, later in pairwise(tries)]
        by_day = [wait for wait in waits if wait < timedelta(hours=6)]  # at night quiet hours hold it
        assert max(by_day) <= timedelta(minutes=13)
        assert all(wait >= timedelta(minutes=10) for wait in by_day[10:-1])
        happened = await events(w, message)
        assert happened[-1].startswith("dropped")
        await w.send_due()
        assert await next_due(w) is None
        assert w.whatsapp.ledger.entries == []
        [view] = await w.sent("riverside", State.DROPPED)
        assert view.status.reason == "expired"


async def test_an_unknown_outcome_is_never_sent_again() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
        w.whatsapp.script("never_reports")
        await w.services.send(job)
        for _ in range(60):
            w.clock.advance(hours=4)
            await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1
        assert await events(w, message) == ["claimed 1", "unknown 1", "told 1"]


async def test_after_its_expiry_it_is_dropped() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        w.clock.at = message.expires_at
        await w.services.send(job)
        [dropped] = await w.storage.messages.events(message.id)
        assert (dropped.name, dropped.detail) == (EventName.DROPPED, "expired")
        assert await next_due(w) == (DueAction.CHECK, 1, 0), "what follows from it is seen to next"
        assert w.whatsapp.ledger.entries == []


async def test_after_the_start_it_is_dropped() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        assert message.starts_at is not None
        w.clock.at = message.starts_at
        await w.services.send(job)
        [dropped] = await w.storage.messages.events(message.id)
        assert dropped.detail == "appointment_started"
        assert [view.status.reason for view in await w.sent("riverside", State.DROPPED)] == ["appointment_started"]
        assert len(await w.sent()) == 0, "it was not sent"


async def test_who_loses_the_drop_leaves_the_due_row_to_the_winner() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        lease = message.expires_at + timedelta(minutes=1)
        w.clock.at = message.expires_at
        real = w.storage.messages.whole

        async def whole_then_claimed(message_id: object) -> object:
            found = await real(message_id)  # type: ignore[arg-type]
            claim = Event(message.id, EventName.CLAIMED, w.clock.now(), 1, owner="them", lease_until=lease)
            await w.storage.messages.claim(claim)
            return found

        class Slow:
            def __getattr__(self, name: str) -> object:
                return whole_then_claimed if name == "whole" else getattr(w.storage.messages, name)

        await replace(w.services.send, messages=Slow())(job)  # type: ignore[arg-type]
        assert await next_due(w) is not None, "if they die, the sweeper must find it"


async def test_quiet_hours_hold_it_until_they_end() -> None:
    async with world(appointment()) as w:
        job, message = await released(w)
        w.clock.at = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
        await w.services.send(job)
        assert await events(w, message) == ["held 0"]
        assert await next_due(w) == (DueAction.SEND, 1, 11 * 3600)
        w.clock.at = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1
