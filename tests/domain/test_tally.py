"""Figures are a fold: what each row adds, under which channel and language, and that no order changes it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import Event, EventName, Kind, RequestStatus
from shared.domain.tally import IN_TIME, Cell, CellFigures, DayFold, Figure, Sums, TalliedDecision, TalliedMessage

STARTS = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
WENT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ENGLISH: Cell = ("whatsapp", "en")
NOBODYS: Cell = ("", "")
ID = MessageId.parse("riverside_2026112700_" + "a" * 26)


def event(name: EventName, *, after: timedelta = timedelta(0), **changes: Any) -> Event:
    return Event(ID, name, WENT + after, **changes)


def message(*names: EventName | Event, **changes: Any) -> TalliedMessage:
    """A reminder of appointment `a`; a name stands for its event."""
    fields: dict[str, Any] = {
        "digest": "m1",
        "kind": Kind.REMINDER,
        "channel": "whatsapp",
        "language": "en",
        "template": "appointment_reminder",
        "scheduled_for": WENT,
        "appointment_key": "a",
        "starts_at": STARTS,
        "stands_in": False,
        "events": tuple(one if isinstance(one, Event) else event(one) for one in names),
    }
    return TalliedMessage(**{**fields, **changes})


def answered(status: RequestStatus, *, before: timedelta = IN_TIME, owner: str = "o1") -> Event:
    return event(EventName.ANSWERED, after=STARTS - before - WENT, detail=status, owner=owner)


def figures(*found: TalliedDecision | TalliedMessage) -> dict[Cell, dict[str, int]]:
    fold = DayFold()
    for one in found:
        fold.take(one)
    return {cell: _told(counts) for cell, counts in fold.cells().items()}


def _told(counts: CellFigures) -> dict[str, int]:
    sums = Sums()
    sums.add(counts)
    return dict(sums.figures())


HANDED = (EventName.CLAIMED, EventName.ACCEPTED)


@pytest.mark.parametrize(
    ("events", "counted"),
    [
        ((), {Figure.WAITING: 1}),
        ((EventName.CLAIMED,), {Figure.WAITING: 1}),
        (HANDED, {Figure.HANDED_OVER: 1}),
        ((*HANDED, EventName.DELIVERED), {Figure.HANDED_OVER: 1, Figure.DELIVERED: 1}),
        ((*HANDED, EventName.READ), {Figure.HANDED_OVER: 1, Figure.DELIVERED: 1, Figure.READ: 1}),
        ((EventName.CLAIMED, EventName.DELIVERED), {Figure.HANDED_OVER: 1, Figure.DELIVERED: 1}),
        (
            (*HANDED, event(EventName.FAILED, detail="131026")),
            {Figure.HANDED_OVER: 1, Figure.FAILED: 1, "failed:131026": 1},
        ),
        ((EventName.CLAIMED, event(EventName.FAILED, detail="100")), {Figure.FAILED: 1, "failed:100": 1}),
        ((EventName.CLAIMED, EventName.UNKNOWN), {Figure.UNKNOWN: 1}),
        ((EventName.CANCELLED,), {Figure.CANCELLED: 1}),
        ((event(EventName.DROPPED, detail="expired"),), {Figure.DROPPED: 1, "dropped:expired": 1}),
        (
            (*HANDED, EventName.DELIVERED, EventName.OPTED_OUT),
            {Figure.HANDED_OVER: 1, Figure.DELIVERED: 1, Figure.OPTED_OUT: 1, "opted_out:appointment_reminder": 1},
        ),
    ],
)
def test_a_message_counts_for_what_became_of_it(events: Any, counted: dict[str, int]) -> None:
    found = Counter(figures(message(*events, kind=Kind.PRESCRIPTION, appointment_key=""))[ENGLISH])
    went = {"handed_over:prescription": 1, "template:appointment_reminder": 1} if Figure.HANDED_OVER in counted else {}
    assert dict(found) == {Figure.MESSAGES: 1, **counted, **went}


def test_decisions_stand_under_the_channel_they_chose_and_the_language_of_their_message() -> None:
    found = figures(
        TalliedDecision("a", "whatsapp", None, "m1"),
        TalliedDecision("b", "", SkipReason.NO_OPT_IN),
        message(digest="m1", language="zh-Hans"),
    )
    assert found["whatsapp", "zh-Hans"][Figure.PLANNED] == 1
    assert found[NOBODYS][Figure.SKIPPED] == found[NOBODYS]["skipped:no_opt_in"] == 1
    assert found[NOBODYS][Figure.APPOINTMENTS] == 2  # nothing has left yet
    assert found[NOBODYS][Figure.UNREACHABLE] == 1


@pytest.mark.parametrize(
    ("reasons", "appointments", "unreachable"),
    [
        ([SkipReason.MOVED, SkipReason.MOVED], 0, 0),
        ([SkipReason.NOT_IN_LIST], 0, 0),
        ([SkipReason.CANCELLED], 1, 0),
        ([SkipReason.TOO_LATE_FOR_STEP, SkipReason.NUMBER_LANDLINE], 1, 1),
        ([None, SkipReason.NUMBER_LANDLINE], 1, 0),
        ([None, SkipReason.MOVED], 1, 0),
    ],
)
def test_an_appointment_counts_once_where_it_still_is(
    reasons: Iterable[SkipReason | None], appointments: int, unreachable: int
) -> None:
    found = Counter(figures(*(TalliedDecision("a", "", reason) for reason in reasons))[NOBODYS])
    assert (found[Figure.APPOINTMENTS], found[Figure.UNREACHABLE]) == (appointments, unreachable)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], {Figure.NO_ANSWER: 1}),
        ([answered(RequestStatus.CONFIRMED_ATTENDANCE)], {Figure.CONFIRMED: 1}),
        ([answered(RequestStatus.PENDING_CANCELLATION)], {Figure.CANCELLATION_ASKED: 1, Figure.SLOTS_FREED: 1}),
        ([answered(RequestStatus.PENDING_RESCHEDULE)], {Figure.RESCHEDULE_ASKED: 1, Figure.SLOTS_FREED: 1}),
        (
            [answered(RequestStatus.PENDING_CANCELLATION, before=IN_TIME - timedelta(minutes=1))],
            {Figure.CANCELLATION_ASKED: 1},
        ),
        (
            [
                answered(RequestStatus.PENDING_CANCELLATION, before=2 * IN_TIME),
                answered(RequestStatus.CONFIRMED_ATTENDANCE, owner="o2"),
            ],
            {Figure.CONFIRMED: 1},
        ),
    ],
)
def test_an_appointment_counts_by_its_latest_answer(events: list[Event], expected: dict[str, int]) -> None:
    found = Counter(figures(message(*HANDED, EventName.READ, *events))[ENGLISH])
    answers = (
        Figure.CONFIRMED, Figure.CANCELLATION_ASKED, Figure.RESCHEDULE_ASKED, Figure.NO_ANSWER, Figure.SLOTS_FREED,
    )  # fmt: skip
    assert {figure: found[figure] for figure in answers if found[figure]} == expected
    assert found[Figure.ASKED] == found[Figure.REACHED] == 1


def test_two_reminders_of_one_appointment_are_one_appointment_under_the_one_that_was_answered() -> None:
    first = message(*HANDED, answered(RequestStatus.CONFIRMED_ATTENDANCE), digest="m1")
    second = message(*HANDED, digest="m2", channel="wechat", scheduled_for=WENT + timedelta(days=5), stands_in=True)
    found = figures(first, second)
    assert found[ENGLISH][Figure.ASKED] == 1
    assert Figure.ASKED not in found["wechat", "en"]
    assert found["wechat", "en"][Figure.STAND_INS] == 1
    without_answer = figures(message(*HANDED), second)
    assert without_answer["wechat", "en"][Figure.NO_ANSWER] == 1
    assert Figure.ASKED not in without_answer[ENGLISH]


def test_no_order_changes_the_figures() -> None:
    found = [
        *(TalliedDecision(f"a{n}", "whatsapp", None, f"m{n}") for n in range(4)),
        TalliedDecision("b", "", SkipReason.OPTED_OUT),
        *(message(*HANDED, EventName.READ, digest=f"m{n}", appointment_key=f"a{n % 3}") for n in range(4)),
        message(*HANDED, answered(RequestStatus.CONFIRMED_ATTENDANCE), digest="m9", appointment_key="a1"),
    ]
    expected = figures(*found)
    for seed in range(20):
        random.Random(seed).shuffle(found)
        assert figures(*found) == expected
