"""Trouble at the provider is not our trouble: nothing is doubled, nothing is lost, nothing comes too late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.appointment import Appointment
from shared.domain.message import State
from tests.reliability.fates import Fate, fates, untruths
from tests.reliability.inside import Process, live_through, straight_through
from tests.reliability.outside import Outside
from tests.reliability.weather import Spell, Weather
from tests.world import NOW, appointment, clinic_document

TEN = NOW.replace(hour=10)
WEEK_BEFORE = [{"days": 7, "hour": "10:00"}]


async def sent_in(
    appointments: Sequence[Appointment], *spells: Spell, reports: bool = True, steps: Any = WEEK_BEFORE
) -> tuple[Sequence[Fate], Weather]:
    """What became of the reminders that were due at ten, and how it went at the provider."""
    outside = Outside(appointments)
    weather = outside.wire = Weather(outside, *spells)
    if not reports:
        outside.providers.whatsapp.script("never_reports", times=1_000)
    process = Process(outside.settings, appointments, straight_through(outside))
    await process.services.clinics.load(clinic_document(steps=steps), "test")
    await live_through(outside, process)
    return fates(outside), weather


def spell(minutes: float, **fault: Any) -> Spell:
    return Spell(TEN, TEN + timedelta(minutes=minutes), fault)


ACCEPTED_ALL_THE_SAME = (
    FaultKind.TIMEOUT_AFTER,
    FaultKind.RESET_AFTER,
    FaultKind.GATEWAY_AFTER,
    FaultKind.GATEWAY_TIMEOUT_AFTER,
    FaultKind.SERVER_ERROR_AFTER,
    FaultKind.NO_ID_AFTER,
)


@pytest.mark.parametrize("kind", ACCEPTED_ALL_THE_SAME)
async def test_accepted_without_an_answer_it_is_not_sent_again_and_its_receipts_tell(kind: FaultKind) -> None:
    found, weather = await sent_in([appointment(n) for n in range(1, 4)], spell(30, kind=kind))
    assert [(fate.state, fate.received) for fate in found] == [(State.READ, 1)] * 3
    assert len(weather.tried) == 3


@pytest.mark.parametrize("kind", ACCEPTED_ALL_THE_SAME)
async def test_accepted_without_an_answer_and_without_receipts_it_stays_unknown(kind: FaultKind) -> None:
    found, weather = await sent_in([appointment(n) for n in range(1, 4)], spell(30, kind=kind), reports=False)
    assert [(fate.state, fate.received) for fate in found] == [(State.UNKNOWN, 1)] * 3
    assert all(fate.reason for fate in found)
    assert len(weather.tried) == 3


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT_BEFORE, FaultKind.RESET_BEFORE, FaultKind.GATEWAY_BEFORE])
async def test_where_nobody_can_know_whether_it_was_accepted_a_person_is_told(kind: FaultKind) -> None:
    found, weather = await sent_in([appointment()], spell(30, kind=kind))
    assert [(fate.state, fate.received) for fate in found] == [(State.UNKNOWN, 0)]
    assert len(weather.tried) == 1


REFUSED: Mapping[str, Mapping[str, Any]] = {
    "no connection": {"kind": FaultKind.CONNECTION_REFUSED},
    "503 with a documented code": {"kind": FaultKind.ERROR, "code": 2},
    "429": {"kind": FaultKind.ERROR, "code": 130429},
    "429 with a wait": {"kind": FaultKind.ERROR, "code": 130429, "retry_after_s": 60},
    "too many to this patient": {"kind": FaultKind.ERROR, "code": 131056, "retry_after_s": 60},
}


@pytest.mark.parametrize("fault", REFUSED.values(), ids=REFUSED)
async def test_after_minutes_of_refusals_everything_has_gone_once(fault: Mapping[str, Any]) -> None:
    found, _ = await sent_in([appointment(n) for n in range(1, 9)], spell(4, **fault))
    assert untruths(found, reported=True) == []
    assert [(fate.state, fate.received) for fate in found] == [(State.READ, 1)] * 8


async def test_a_storm_of_429_is_answered_with_the_patience_that_the_provider_asks_for() -> None:
    fault = {"kind": FaultKind.ERROR, "code": 130429, "retry_after_s": 90}
    found, weather = await sent_in([appointment(n) for n in range(1, 21)], spell(5, **fault))
    assert [(fate.state, fate.received) for fate in found] == [(State.READ, 1)] * 20
    tried: dict[str, list[datetime]] = defaultdict(list)
    for to, at in weather.tried:
        tried[to].append(at)
    assert all(after - before >= timedelta(seconds=90) for times in tried.values() for before, after in pairwise(times))


async def test_down_for_two_hours_what_expired_is_not_sent_and_the_rest_goes_once() -> None:
    """Of the day's appointments those at 11:30 have expired at 10:30; the others are worth a message at noon."""
    early = [appointment(n, days=0, hour=11, start=NOW.replace(hour=11, minute=30)) for n in range(1, 6)]
    later = [appointment(n, days=0, hour=15) for n in range(6, 11)]
    far = [appointment(n, days=7) for n in range(11, 21)]
    steps = [*WEEK_BEFORE, {"days": 0, "hour": "10:00"}]
    found, weather = await sent_in([*early, *later, *far], spell(120, kind=FaultKind.CONNECTION_REFUSED), steps=steps)
    assert untruths(found, reported=True) == []
    told = {fate.appointment: (fate.state, fate.reason, fate.received) for fate in found if fate.state != State.READ}
    assert told == {one.id: (State.DROPPED, "expired", 0) for one in early}
    assert all(fate.received == 1 for fate in found if fate.state is State.READ)
    assert len(weather.tried) < 40 * 20, "it is not hammered meanwhile"
