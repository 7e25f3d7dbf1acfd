"""Thirty days of three clinics, in which every promise holds at every step. More: `dev.py bench simulate --days 90`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.outcome import Throttled, Unknown
from shared.services.jobs import SendJob
from shared.services.sending.hand_over import Called
from shared.services.sending.send import SendMessage
from shared.storage.contract import MessageLog
from tests.simulation.simulation import simulate

SEED = 20_260_929


def test_in_thirty_days_every_promise_holds_at_every_step() -> None:
    report = simulate(30, SEED)
    print(report.summary())
    assert report.wrong == []
    assert report.lost == 0
    assert report.sent > 250
    assert report.counts["appointments explained"] > 1_000
    assert {"killed before wire", "killed after wire", "killed after rows"} <= set(report.fates)
    met = {state.partition(" ")[0] for state in report.states}
    assert {"read", "delivered", "failed", "dropped", "unknown", "accepted"} <= met


def test_one_seed_is_one_history_and_another_seed_another() -> None:
    first, again, other = simulate(4, 1), simulate(4, 1), simulate(4, 2)
    assert first == again
    assert first.sent > 30
    assert first.ledger != other.ledger


async def forgets(self: SendMessage, job: SendJob, *_: Any, **__: Any) -> None:
    await self.due.delete(job.message_id, job.due.key)


_record = SendMessage._record


async def tries_blindly_again(self: SendMessage, job: SendJob, whole: MessageLog, called: Called) -> None:
    outcome = called.outcome
    blindly = Throttled(outcome.why) if isinstance(outcome, Unknown) else outcome
    await _record(self, job, whole, replace(called, outcome=blindly))


@pytest.mark.parametrize(
    ("method", "instead", "seen"),
    [("_refused", forgets, "nothing left to be done"), ("_record", tries_blindly_again, "times")],
)
def test_a_product_that_breaks_a_promise_is_found_out(
    method: str, instead: Any, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(SendMessage, method, instead)
        report = simulate(10, SEED)
    assert any(seen in one for one in report.wrong)
