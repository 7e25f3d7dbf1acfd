"""What an earlier run left of a step, row by row of the table in `shared.services.planning.standing`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import EventName
from shared.services.planning.standing import NEAR, Ruling, ruling
from shared.storage.contract import DecisionRecord, KnownDecision, Turn
from tests.world import NOW

DAY = NOW.date()
ID = MessageId("riverside", DAY, 0, "a" * 26)
OTHER = MessageId("riverside", DAY, 0, "b" * 26)
LATER = NOW + timedelta(days=1)

PLANNED = DecisionRecord("riverside", DAY, "k", "2d", NOW, "run", "f1", message_id=ID, scheduled_for=LATER)
CHANGED = replace(PLANNED, fingerprint="f2")
MOVED = replace(PLANNED, fingerprint="f3", message_id=OTHER)
SKIPPED = DecisionRecord("riverside", DAY, "k", "2d", NOW, "run", "f4", reason=SkipReason.CANCELLED)
TOO_LATE = replace(SKIPPED, fingerprint="f5", reason=SkipReason.TOO_LATE_FOR_STEP)

PLAN = KnownDecision(DAY, "k", "2d", "f1", True, ID.digest, LATER)
NEAR_PLAN = replace(PLAN, scheduled_for=NOW + NEAR)
SKIP = KnownDecision(DAY, "k", "2d", "f4", False)
WAITS, CLAIMED, STOPPED = None, EventName.CLAIMED, EventName.CANCELLED
DROPPED, RESTORED = EventName.DROPPED, EventName.RESTORED

TABLE = [
    (None, WAITS, PLANNED, Ruling.WRITE),
    (None, WAITS, SKIPPED, Ruling.WRITE),
    (SKIP, WAITS, SKIPPED, Ruling.SAME),
    (SKIP, WAITS, TOO_LATE, Ruling.WRITE),
    (SKIP, WAITS, PLANNED, Ruling.WRITE),
    (PLAN, WAITS, PLANNED, Ruling.SAME),
    (PLAN, WAITS, TOO_LATE, Ruling.STANDS),
    (PLAN, WAITS, CHANGED, Ruling.WRITE),
    (NEAR_PLAN, WAITS, CHANGED, Ruling.STANDS),
    (PLAN, WAITS, MOVED, Ruling.WITHDRAW),
    (PLAN, WAITS, SKIPPED, Ruling.WITHDRAW),
    (PLAN, RESTORED, PLANNED, Ruling.SAME),
    (PLAN, RESTORED, CHANGED, Ruling.WRITE),
    (PLAN, RESTORED, SKIPPED, Ruling.WITHDRAW),
    (PLAN, DROPPED, PLANNED, Ruling.WRITE),
    (PLAN, DROPPED, CHANGED, Ruling.WRITE),
    (NEAR_PLAN, DROPPED, CHANGED, Ruling.WRITE),
    (PLAN, DROPPED, TOO_LATE, Ruling.STANDS),
    (PLAN, DROPPED, MOVED, Ruling.WRITE),
    (PLAN, DROPPED, SKIPPED, Ruling.WRITE),
    (PLAN, CLAIMED, PLANNED, Ruling.SAME),
    (PLAN, CLAIMED, CHANGED, Ruling.STANDS),
    (PLAN, CLAIMED, TOO_LATE, Ruling.STANDS),
    (PLAN, CLAIMED, MOVED, Ruling.WITHDRAW),
    (PLAN, CLAIMED, SKIPPED, Ruling.WITHDRAW),
    (PLAN, STOPPED, CHANGED, Ruling.STANDS),
    (PLAN, STOPPED, SKIPPED, Ruling.STANDS),
    (PLAN, STOPPED, MOVED, Ruling.WRITE),
]


@pytest.mark.parametrize(("before", "turn", "decision", "ruled"), TABLE)
def test_an_earlier_plan_is_replaced_only_while_it_is_in_our_hands(
    before: KnownDecision | None, turn: EventName | None, decision: DecisionRecord, ruled: Ruling
) -> None:
    turns = {ID.digest: Turn(turn, 1)} if turn else {}
    assert ruling(decision, before, turns, NOW) is ruled


@pytest.mark.parametrize(
    ("turn", "ruled"),
    [(WAITS, Ruling.WITHDRAW), (RESTORED, Ruling.WITHDRAW), (DROPPED, Ruling.WRITE), (CLAIMED, Ruling.WITHDRAW),
     (STOPPED, Ruling.STANDS)],
)  # fmt: skip
def test_too_late_for_a_start_that_was_moved_the_earlier_plan_does_not_wait_for_its_turn(
    turn: EventName | None, ruled: Ruling
) -> None:
    turns = {ID.digest: Turn(turn, 1)} if turn else {}
    assert ruling(TOO_LATE, PLAN, turns, NOW, same_start=False) is ruled
