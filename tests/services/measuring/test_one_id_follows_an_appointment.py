"""A whole day's log: by a message's id one appointment is followed from the list that was read to the last receipt."""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.message import Priority
from shared.errors import CallbackRefused
from shared.storage.contract import DueAction, DueRow
from tests.storage.samples import planned
from tests.world import NOW, World, appointment, world

FIELD = re.compile(r"(\w+)=(\S*)")
STEPS = [{"days": 7, "hour": "10:00"}]


def told(caplog: pytest.LogCaptureFixture, kind: str) -> list[dict[str, str]]:
    """The fields of every line of that kind, as a query takes them apart."""
    lines = (record.getMessage() for record in caplog.records if record.name == "shared.telemetry.lines")
    return [dict(FIELD.findall(line)) for line in lines if line.startswith(f"{kind} ")]


async def a_day(w: World) -> None:
    await w.clinic(steps=STEPS)
    await w.plan()
    w.clock.advance(hours=1)
    await w.send_for(30)
    w.clock.advance(seconds=5)
    await w.receipts()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "shared.telemetry.lines")
    return caplog


async def test_one_appointment_is_followed_by_one_id_from_the_run_to_the_receipt(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment(1), appointment(2)) as w:
        await a_day(w)
        message = (await w.message("a1")).message
    steps = [line for line in told(log, "message_step") if line["message"] == str(message.id)]
    assert [line["step"] for line in steps] == ["planned", "claimed", "accepted", "sent", "delivered", "read"]
    assert {line["channel"] for line in steps} == {"whatsapp"}
    [run] = told(log, "run")
    assert run["run"] == steps[0]["run"]
    assert (run["state"], run["appointments"], run["planned"]) == ("complete", "2", "2")


async def test_every_message_is_told_once_however_often_its_receipts_come(log: pytest.LogCaptureFixture) -> None:
    async with world(*(appointment(n) for n in range(1, 21))) as w:
        await a_day(w)
        await w.plan_again()
    counted = Counter((line["message"], line["step"]) for line in told(log, "message_step"))
    assert len(counted) == 20 * 6
    assert set(counted.values()) == {1}


async def test_the_wait_until_a_provider_took_it_is_told(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment(1)) as w:
        await w.clinic(steps=STEPS)
        await w.plan()
        w.clock.advance(hours=1, seconds=7)
        await w.send_due()
    [waited] = [line["elapsed_ms"] for line in told(log, "message_step") if line["step"] == "accepted"]
    assert waited == "7000"


async def test_a_failure_is_a_warning_with_the_providers_code(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment(1)) as w:
        w.whatsapp.fault(FaultKind.ERROR, code=131026, to="+447700900001", times=1)
        await a_day(w)
    [record] = [r for r in log.records if "step=failed" in r.getMessage()]
    assert record.levelno == logging.WARNING
    assert "code=131026" in record.getMessage()


async def test_what_waits_is_told_by_priority_and_once_more_when_nothing_does(log: pytest.LogCaptureFixture) -> None:
    async with world(*(appointment(n) for n in range(1, 4))) as w:
        await w.clinic(steps=STEPS)
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_for(120)
    assert told(log, "backlog") == [{"kind": "later", "count": "3"}]
    assert [line["elapsed_ms"] for line in told(log, "backlog_oldest")] == ["0", "0"]


@pytest.mark.parametrize(
    ("priority", "minutes", "old"),
    [
        (Priority.TODAY, 31, [{"kind": "today", "count": "2"}]),
        (Priority.ANSWER, 31, [{"kind": "answer", "count": "2"}]),
        (Priority.PRESCRIPTION, 90, [{"kind": "prescription", "count": "2"}]),
        (Priority.TODAY, 30, []),
        (Priority.LATER, 90, []),  # may be paced over hours
    ],
)
async def test_what_somebody_waits_for_is_told_as_old_after_half_an_hour(
    log: pytest.LogCaptureFixture, priority: Priority, minutes: int, old: list[dict[str, str]]
) -> None:
    async with world() as w:
        messages = [planned(f"A-{n}", priority=priority) for n in range(3)]
        due = [DueRow.of(message, NOW, DueAction.SEND, 1) for message in messages[:2]]
        came = DueRow.of(messages[2], NOW + timedelta(minutes=minutes), DueAction.SEND, 1)
        await w.storage.due.put([*due, came])
        w.clock.advance(minutes=minutes)
        await w.services.release()
    assert told(log, "backlog_old") == old
    assert {record.levelno for record in log.records if "backlog_old " in record.getMessage()} <= {logging.WARNING}


async def test_what_was_parked_for_wire_time_is_as_old_as_its_waiting(log: pytest.LogCaptureFixture) -> None:
    async with world() as w:
        parked = DueRow.of(planned("A-1", priority=Priority.TODAY), NOW + timedelta(minutes=40), DueAction.SEND, 1)
        await w.storage.due.put([replace(parked, since=NOW)])
        w.clock.advance(minutes=40)
        await w.services.release()
    assert told(log, "backlog_old") == [{"kind": "today", "count": "1"}]


async def test_what_is_handed_out_and_never_taken_is_told_as_old(log: pytest.LogCaptureFixture) -> None:
    """The send function is stopped, or its queue is not read: sweeps feed it again and again."""
    async with world(*(appointment(n, days=0, hour=16) for n in range(1, 4))) as w:
        await w.clinic(steps=[{"days": 0, "hour": "10:00"}])
        await w.plan()
        w.clock.advance(hours=1)
        for minute in range(40):
            assert told(log, "backlog_old") == [] or minute > 30
            await w.released()
            w.clock.advance(minutes=1)
    lines = told(log, "backlog_old")
    assert {line["kind"] for line in lines} == {"today"}
    assert 3 <= len(lines) <= 10, "one a minute at most, however many there are"


async def test_a_forged_callback_is_told_by_its_code_and_a_good_one_as_stored(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment(1)) as w:
        await a_day(w)
        with pytest.raises(CallbackRefused):
            await w.services.accept("whatsapp", "default", {}, {"x-hub-signature-256": "sha256=00"}, b"{}")
    outcomes = Counter(line["outcome"] for line in told(log, "callback"))
    assert outcomes == {"stored": 3, "callback_refused": 1}


async def test_a_patients_answer_is_told_by_its_meaning_alone(log: pytest.LogCaptureFixture) -> None:
    async with world(appointment(1)) as w:
        await a_day(w)
        await w.whatsapp.patients.write("+447700900001", "1")
        await w.receipts()
    [answered] = [line for line in told(log, "message_step") if line["step"] == "answered"]
    assert answered["code"] == "confirmed_attendance"
