"""0.2 % of very many sends are accepted and never answered. More of them: `dev.py bench timeouts`."""

from __future__ import annotations

import pytest

from tests.reliability.timing_out import many_sends

SENDS = 5_000
SEED = 20_261_120


@pytest.mark.parametrize("reports", [True, False], ids=["with receipts", "without any receipt"])
async def test_of_thousands_that_time_out_now_and_then_none_is_sent_twice_or_lost(reports: bool) -> None:
    outcome = await many_sends(SENDS, SEED, reports=reports)
    print(outcome)
    assert outcome.wrong == []
    assert (outcome.sends, outcome.duplicates, outcome.lost) == (SENDS, 0, 0)
    assert outcome.timed_out > 0
