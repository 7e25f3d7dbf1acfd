"""The state of a prescription reference: the fold of its events, its messages and the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from shared.domain.message import State, Status
from shared.domain.prescription.life import PrescriptionEvent, PrescriptionEventName, PrescriptionState, state_of

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
SENT, RESENT, VIEWED, REVOKED = (PrescriptionEvent(name, NOON) for name in PrescriptionEventName)


def messages(*states: State) -> list[Status]:
    return [Status(state, NOON) for state in states]


@pytest.mark.parametrize(
    ("states", "over", "events", "state"),
    [
        ((), False, (SENT,), "not_delivered"),  # a crash kept its message from being written
        ((State.SCHEDULED,), False, (SENT,), "waiting"),
        ((State.ACCEPTED,), False, (SENT,), "sent"),
        ((State.READ,), False, (SENT,), "delivered"),
        ((State.FAILED,), False, (SENT,), "not_delivered"),
        ((State.UNKNOWN,), False, (SENT,), "not_delivered"),
        ((State.FAILED, State.SCHEDULED), False, (SENT, RESENT), "waiting"),
        ((State.DELIVERED, State.FAILED), False, (SENT, RESENT), "delivered"),
        ((State.DELIVERED,), False, (SENT, VIEWED), "viewed"),
        ((State.FAILED,), False, (SENT, VIEWED), "viewed"),  # who has seen it has it
        ((State.DELIVERED,), True, (SENT, VIEWED), "expired"),
        ((State.DELIVERED,), True, (SENT, VIEWED, REVOKED), "revoked"),
    ],
)
def test_the_state(states: tuple[State, ...], over: bool, events: tuple[PrescriptionEvent, ...], state: str) -> None:
    for order in permutations(events):
        for statuses in permutations(messages(*states)):
            assert state_of((*order, *order), statuses, over=over) == state


def test_every_state_is_reached() -> None:
    assert {str(one) for one in PrescriptionState} == {
        "waiting", "sent", "delivered", "viewed", "not_delivered", "revoked", "expired",
    }  # fmt: skip
