"""What stands of an objection after a copy was taken in: never less than stood there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.objection import Objection, restored

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=days) for days in (1, 2, 3))


def said(at: datetime, taken_back_at: datetime | None = None) -> Objection:
    return Objection(at, "stop", taken_back_at)


CASES = {
    "nothing stands here": (None, said(MONDAY), said(MONDAY)),
    "nothing stands here, and the copy was taken back": (None, said(MONDAY, TUESDAY), said(MONDAY, TUESDAY)),
    "the same": (said(MONDAY), said(MONDAY), said(MONDAY)),
    "a later one stands here": (said(TUESDAY), said(MONDAY), said(TUESDAY)),
    "the copy has a later one": (said(MONDAY), said(TUESDAY), said(TUESDAY)),
    "it counts here and was taken back in the copy": (said(MONDAY), said(MONDAY, TUESDAY), said(MONDAY)),
    "taken back here after the copy": (said(MONDAY, TUESDAY), said(MONDAY), said(MONDAY, TUESDAY)),
    "said anew after it was taken back here": (said(MONDAY, TUESDAY), said(WEDNESDAY), said(WEDNESDAY)),
    "said within a minute before it was taken back: clocks differ": (
        said(MONDAY, TUESDAY), said(TUESDAY - timedelta(seconds=30)), said(TUESDAY - timedelta(seconds=30)),
    ),
    "taken back in both, later in the copy": (
        said(MONDAY, TUESDAY), said(WEDNESDAY, THURSDAY), said(MONDAY, TUESDAY),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("there", "copy", "stands"), CASES.values(), ids=CASES)
def test_a_copy_never_weakens_what_stands(there: Objection | None, copy: Objection, stands: Objection) -> None:
    assert restored(there, copy) == stands


@pytest.mark.parametrize("there", [said(a, b) for a in (MONDAY, TUESDAY) for b in (None, WEDNESDAY)])
@pytest.mark.parametrize("copy", [said(a, b) for a in (MONDAY, THURSDAY) for b in (None, THURSDAY)])
def test_what_counts_goes_on_counting(there: Objection, copy: Objection) -> None:
    stands = restored(there, copy)
    assert stands.counts or not there.counts
    assert restored(stands, copy) == stands, "taken in twice it is the same"
