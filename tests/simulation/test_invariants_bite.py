"""Each check of the simulation gives its sentence where its promise is broken, and none where it is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.appointment import Appointment, AppointmentStatus
from shared.domain.content import TextContent
from shared.domain.identity import MessageId
from shared.domain.message import Kind, Message, State, Status
from tests.simulation import invariants
from tests.simulation.clinics import HONG_KONG, LONDON, SYDNEY
from tests.simulation.invariants import Delivery, Explained, Standing
from tests.simulation.logs import patient_data_in, read_logs
from tests.simulation.providers import Arrival
from tests.simulation.truth import Booking

AT = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
START = AT + timedelta(days=2)
MESSAGE = Message(
    id=MessageId("riverside", START.date(), 0, "a" * 26),
    kind=Kind.REMINDER,
    channel="whatsapp",
    account="default",
    to="+447700900276",
    content=TextContent("see you at Outpatients level 2"),
    language="en",
    scheduled_for=AT,
    expires_at=START - timedelta(hours=1),
    created_at=AT - timedelta(days=1),
    starts_at=START,
)
BOOKED = Booking("p", Appointment("a", AppointmentStatus.BOOKED, START, None, location="OPD2"))
MOVED = replace(BOOKED, appointment=replace(BOOKED.appointment, start=START + timedelta(hours=1)))
CANCELLED = replace(BOOKED, appointment=replace(BOOKED.appointment, status=AppointmentStatus.CANCELLED))
ELSEWHERE = replace(BOOKED, appointment=replace(BOOKED.appointment, location="EYE"))
GOOD = Delivery(
    Arrival("whatsapp:default", MESSAGE.to, AT, MESSAGE.id.digest, "see you at Outpatients level 2"),
    MESSAGE,
    since_check=(BOOKED,),
    since_sure_check=(BOOKED,),
    since_words=(BOOKED,),
    addresses=frozenset({MESSAGE.to}),
    places={"OPD2": "Outpatients level 2", "EYE": "Eye clinic"},
)


def arrives(at: datetime) -> Delivery:
    return replace(GOOD, arrival=replace(GOOD.arrival, at=at))


def holding(*since: Booking | None) -> Delivery:
    return replace(GOOD, since_check=since, since_sure_check=since)


BROKEN: list[tuple[Callable[[Delivery], str], Delivery]] = [
    (invariants.only_once, replace(GOOD, times=2)),
    (invariants.before_it_expires, arrives(MESSAGE.expires_at)),
    (invariants.before_the_appointment, arrives(START)),
    (invariants.not_in_quiet_hours, replace(GOOD, quiet=True)),
    (invariants.not_against_an_objection, replace(GOOD, objected=True)),
    (invariants.to_the_patients_own_address, replace(GOOD, addresses=frozenset({"+447700900277"}))),
    (invariants.to_the_patients_own_address, replace(GOOD, addresses=frozenset())),
    (invariants.for_an_appointment_that_holds, holding(MOVED)),
    (invariants.for_an_appointment_that_holds, holding(CANCELLED)),
    (invariants.for_an_appointment_that_holds, holding(None)),
    (invariants.for_an_appointment_that_holds, replace(holding(CANCELLED), since_sure_check=(BOOKED, CANCELLED))),
    (invariants.with_words_that_hold, replace(GOOD, since_words=(ELSEWHERE,))),
]


@pytest.mark.parametrize(
    ("check", "sent"), BROKEN, ids=[f"{n} {check.__name__}" for n, (check, _) in enumerate(BROKEN)]
)
def test_a_broken_promise_is_seen(check: Callable[[Delivery], str], sent: Delivery) -> None:
    assert check(sent)
    assert [other.__name__ for other in invariants.DELIVERY_CHECKS if other(GOOD)] == []


def test_every_check_of_a_delivery_has_a_planted_fault() -> None:
    assert {check for check, _ in BROKEN} == set(invariants.DELIVERY_CHECKS)


def test_a_change_since_the_last_check_is_nobodys_fault() -> None:
    for since in ((BOOKED, MOVED), (BOOKED, CANCELLED), (BOOKED, None)):
        assert invariants.for_an_appointment_that_holds(holding(*since)) == ""
    assert invariants.with_words_that_hold(replace(GOOD, since_words=(BOOKED, ELSEWHERE))) == ""


def test_what_a_doubtful_list_could_not_tell_counts_from_the_last_sure_one() -> None:
    for now in (MOVED, None):
        assert invariants.for_an_appointment_that_holds(replace(holding(now), since_sure_check=(BOOKED, now))) == ""


def test_raw_messages_may_go_at_night() -> None:
    raw = replace(GOOD, message=replace(MESSAGE, kind=Kind.RAW), quiet=True)
    assert invariants.not_in_quiet_hours(raw) == ""


WAITS = Standing(MESSAGE, Status(State.SCHEDULED, AT), AT, due=True)
UNKNOWN = Standing(MESSAGE, Status(State.UNKNOWN, AT, "timeout"), START, due=True)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.SENDING, State.ACCEPTED, State.SENT, State.UNKNOWN])
def test_a_message_that_is_forgotten_is_seen(state: State) -> None:
    forgotten = replace(WAITS, status=Status(state, AT), due=False)
    assert invariants.never_forgotten(forgotten)
    assert invariants.never_forgotten(replace(forgotten, due=True)) == ""
    assert invariants.never_forgotten(replace(forgotten, listed=True)) == ""


def test_what_has_ended_needs_nothing_more() -> None:
    for state in (State.READ, State.FAILED, State.DROPPED):
        assert invariants.never_forgotten(replace(WAITS, status=Status(state, AT), due=False)) == ""


def test_unknown_at_the_start_without_anybody_being_told_is_seen() -> None:
    assert invariants.told_in_time(UNKNOWN)
    assert invariants.told_in_time(replace(UNKNOWN, listed=True)) == ""
    assert invariants.told_in_time(replace(UNKNOWN, now=START - timedelta(minutes=1))) == ""


def test_an_appointment_without_its_decisions_is_seen() -> None:
    assert invariants.every_step_decided(Explained("a", 2, {"7d": ""}))
    assert invariants.every_step_decided(Explained("a", 2, {"7d": "", "2d": "no_address"})) == ""


def test_a_reachable_patient_who_is_left_out_is_seen() -> None:
    assert invariants.nobody_left_out(Explained("a", 1, {"7d": "no_address"}, reachable=True))
    assert invariants.nobody_left_out(Explained("a", 1, {"7d": "no_address"})) == ""
    assert invariants.nobody_left_out(Explained("a", 1, {"7d": "too_late_for_step"}, reachable=True)) == ""


def test_a_pace_that_is_exceeded_is_seen_in_any_window() -> None:
    even = [AT + timedelta(milliseconds=100 * n) for n in range(50)]
    assert invariants.within_pace(even, per_second=10) == ""
    assert invariants.within_pace([*even[:20], even[19] + timedelta(milliseconds=50), *even[21:]], per_second=10)
    assert invariants.within_pace([AT, AT], per_second=10)


def test_a_log_line_with_a_name_a_number_or_a_free_text_is_seen() -> None:
    told = {"Qujopijuvabax", "447700900276", "oSimAbCdEfGh"}
    assert patient_data_in("sent to Qujopijuvabax", told)
    assert patient_data_in("to=+447700900276 failed", told)
    assert patient_data_in("openid=oSimAbCdEfGh,", told)
    assert patient_data_in("send outcome=Accepted channel=whatsapp attempt=1", told) == []
    with read_logs(told) as logs:
        logging.getLogger("shared.services.sending.send").error("could not reach %s", "Qujopijuvabax")
        logging.getLogger("shared.services.sending.send").info("send outcome=Accepted")
    assert (logs.lines, len(logs.wrong)) == (2, 1)


@pytest.mark.parametrize(
    ("clinic", "instant", "quiet"),
    [
        (LONDON, datetime(2026, 10, 25, 7, 30, tzinfo=UTC), True),  # 7:30, the night in which clocks went back
        (LONDON, datetime(2026, 10, 24, 7, 30, tzinfo=UTC), False),  # 8:30, the day before
        (SYDNEY, datetime(2026, 10, 3, 21, 30, tzinfo=UTC), False),  # 8:30, the night in which clocks went forward
        (SYDNEY, datetime(2026, 10, 2, 21, 30, tzinfo=UTC), True),  # 7:30, the day before
        (HONG_KONG, datetime(2026, 10, 3, 13, 0, tzinfo=UTC), True),
    ],
)  # fmt: skip
def test_quiet_hours_follow_the_clocks_on_the_wall(clinic: object, instant: datetime, quiet: bool) -> None:
    assert clinic.quiet_at(instant) is quiet  # type: ignore[attr-defined]
