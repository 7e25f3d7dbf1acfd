"""When the local run calls a step as expected, and when not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from infra.local.run.verdict import Standing, Verdict, judge
from infra.local.sample.booking import Booking
from infra.local.sample.case import DELIVERED, READ, Case, Ending, failed, skipped
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import State, Status
from shared.services.staff.report import AppointmentStep, Stead
from shared.storage.contract import DecisionRecord

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
MESSAGE = MessageId("riverside", DAY, 1, "a" * 26)
OTHER = MessageId("riverside", DAY, 1, "b" * 26)
ANOTHER_WAY = failed("131026", instead="wechat")


def booking(ending: Ending) -> Booking:
    case = Case(name="case", why="For this test.", ending=ending, on=(0,))
    return Booking("RIV-20261122-case", DAY, time(12), 1, case)


def skipped_step(reason: SkipReason) -> AppointmentStep:
    return AppointmentStep(DecisionRecord("riverside", DAY, "key", "2d", NOW, "run", "print", reason=reason), None)


def planned_step(
    state: State,
    reason: str = "",
    due_in: timedelta = timedelta(minutes=-1),
    by: str = "whatsapp",
    stead: Stead | None = None,
) -> AppointmentStep:
    due = NOW + due_in
    planned = DecisionRecord("riverside", DAY, "key", "2d", NOW, "run", "print", message_id=MESSAGE, scheduled_for=due)
    return AppointmentStep(replace(planned, channel=by), Status(state, NOW, reason), stead)


def not_on_whatsapp(then: State | None = None, by: str = "wechat") -> AppointmentStep:
    """A message that failed; `then`: the state of the one that went in its stead."""
    stead = Stead(OTHER, by, Status(then, NOW)) if then else None
    return planned_step(State.FAILED, "131026", stead=stead)


@pytest.mark.parametrize(
    ("ending", "step", "standing"),
    [
        pytest.param(READ, planned_step(State.READ), Standing.AS_EXPECTED, id="read"),
        pytest.param(READ, planned_step(State.DELIVERED), Standing.UNDER_WAY, id="delivered, to be read yet"),
        pytest.param(DELIVERED, planned_step(State.DELIVERED), Standing.AS_EXPECTED, id="delivered is the last"),
        pytest.param(DELIVERED, planned_step(State.READ), Standing.UNEXPECTED, id="read by one who never opens"),
        pytest.param(READ, planned_step(State.SCHEDULED), Standing.UNDER_WAY, id="due and not sent yet"),
        pytest.param(
            READ, planned_step(State.SCHEDULED, due_in=timedelta(days=1)), Standing.TO_COME, id="due tomorrow"
        ),
        pytest.param(READ, planned_step(State.UNKNOWN, "read_timeout"), Standing.UNDER_WAY, id="unknown is no end"),
        pytest.param(READ, planned_step(State.FAILED, "131026"), Standing.UNEXPECTED, id="failed, meant to be read"),
        pytest.param(READ, planned_step(State.DROPPED, "moved"), Standing.WITHDRAWN, id="moved"),
        pytest.param(READ, planned_step(State.DROPPED, "other"), Standing.UNEXPECTED, id="dropped for no known reason"),
        pytest.param(READ, planned_step(State.CANCELLED), Standing.UNEXPECTED, id="cancelled by nobody"),
        pytest.param(failed("131026"), planned_step(State.FAILED, "131026"), Standing.AS_EXPECTED, id="fails as meant"),
        pytest.param(
            failed("131026"), planned_step(State.FAILED, "131056"), Standing.UNEXPECTED, id="fails by another code"
        ),
        pytest.param(
            skipped(SkipReason.DECEASED), skipped_step(SkipReason.DECEASED), Standing.AS_EXPECTED, id="skipped as meant"
        ),
        pytest.param(
            skipped(SkipReason.DECEASED), skipped_step(SkipReason.HIDDEN), Standing.UNEXPECTED, id="another reason"
        ),
        pytest.param(
            skipped(SkipReason.DECEASED), planned_step(State.READ), Standing.UNEXPECTED, id="written to all the same"
        ),
        pytest.param(READ, skipped_step(SkipReason.TOO_LATE_FOR_STEP), Standing.AS_EXPECTED, id="the other step goes"),
        pytest.param(READ, skipped_step(SkipReason.ALREADY_STARTED), Standing.AS_EXPECTED, id="begun this morning"),
        pytest.param(READ, skipped_step(SkipReason.NO_OPT_IN), Standing.UNEXPECTED, id="skipped, meant to be read"),
        pytest.param(
            failed("131026"), skipped_step(SkipReason.UNREACHABLE), Standing.AS_EXPECTED, id="given up after a failure"
        ),
        pytest.param(
            failed("131026"), planned_step(State.DROPPED, "unreachable"), Standing.WITHDRAWN, id="dropped after it"
        ),
        pytest.param(READ, skipped_step(SkipReason.UNREACHABLE), Standing.UNEXPECTED, id="given up without a failure"),
        pytest.param(
            READ, planned_step(State.DROPPED, "unreachable"), Standing.UNEXPECTED, id="dropped without a failure"
        ),
        pytest.param(
            failed("131026"), not_on_whatsapp(State.DELIVERED), Standing.UNEXPECTED, id="nobody meant a stead"
        ),
        pytest.param(ANOTHER_WAY, not_on_whatsapp(), Standing.UNDER_WAY, id="the other way is to come"),
        pytest.param(ANOTHER_WAY, not_on_whatsapp(State.ACCEPTED), Standing.UNDER_WAY, id="the other way is taken"),
        pytest.param(ANOTHER_WAY, not_on_whatsapp(State.DELIVERED), Standing.AS_EXPECTED, id="arrived the other way"),
        pytest.param(ANOTHER_WAY, not_on_whatsapp(State.FAILED), Standing.UNEXPECTED, id="failed the other way too"),
        pytest.param(
            ANOTHER_WAY, not_on_whatsapp(State.DELIVERED, "sms"), Standing.UNEXPECTED, id="arrived by a third way"
        ),
        pytest.param(
            ANOTHER_WAY,
            planned_step(State.DELIVERED, by="wechat"),
            Standing.AS_EXPECTED,
            id="a later step goes the other way at once",
        ),
        pytest.param(
            ANOTHER_WAY, planned_step(State.DELIVERED), Standing.UNEXPECTED, id="delivered where it was to fail"
        ),
    ],
)
def test_a_step_is_judged_by_its_case(ending: Ending, step: AppointmentStep, standing: Standing) -> None:
    assert judge(step, booking(ending), NOW, listed=True).standing is standing


def test_a_failure_has_come_to_its_end_when_a_person_is_told() -> None:
    untold = judge(not_on_whatsapp(), booking(failed("131026")), NOW, listed=False)
    assert untold == Verdict(Standing.UNDER_WAY, "failed:131026, nobody told yet")
    told = judge(not_on_whatsapp(), booking(failed("131026")), NOW, listed=True)
    assert told == Verdict(Standing.AS_EXPECTED, "failed:131026")
