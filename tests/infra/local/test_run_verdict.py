"""When the local run calls a step as expected, and when not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from infra.local.run.verdict import Standing, judge
from infra.local.sample.booking import Booking
from infra.local.sample.case import DELIVERED, READ, Case, Ending, failed, skipped
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import State, Status
from shared.services.report import AppointmentStep
from shared.storage.contract import DecisionRecord

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
MESSAGE = MessageId("riverside", DAY, 1, "a" * 26)


def booking(ending: Ending) -> Booking:
    case = Case(name="case", why="For this test.", ending=ending, on=(0,))
    return Booking("RIV-20261122-case", DAY, time(12), 1, case)


def skipped_step(reason: SkipReason) -> AppointmentStep:
    return AppointmentStep(DecisionRecord("riverside", DAY, "key", "2d", NOW, "run", "print", reason=reason), None)


def planned_step(state: State, reason: str = "", due_in: timedelta = timedelta(minutes=-1)) -> AppointmentStep:
    due = NOW + due_in
    decision = DecisionRecord("riverside", DAY, "key", "2d", NOW, "run", "print", message_id=MESSAGE, scheduled_for=due)
    return AppointmentStep(decision, Status(state, NOW, reason))


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
    ],
)
def test_a_step_is_judged_by_its_case(ending: Ending, step: AppointmentStep, standing: Standing) -> None:
    assert judge(step, booking(ending), NOW).standing is standing
