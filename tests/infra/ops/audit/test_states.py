"""The auditor's own reading of states agrees with the domain's, whatever happened in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from infra.ops.audit.states import state_of
from shared.domain.identity import MessageId
from shared.domain.message import Event, EventName, fold

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MESSAGE = MessageId("riverside", NOW.date(), 1, "a" * 26)
EVENTS = st.builds(
    lambda name, minutes, attempt: Event(MESSAGE, name, NOW + timedelta(minutes=minutes), attempt),
    st.sampled_from(EventName),
    st.integers(0, 30),
    st.integers(0, 4),
)


@given(st.lists(EVENTS, max_size=8))
def test_the_state_is_the_domains(events: list[Event]) -> None:
    kept = list({event.key: event for event in events}.values())  # a row each
    columns = [{"event": e.name.value, "at": e.at.isoformat(), "attempt": e.attempt} for e in kept]
    assert state_of(columns) == fold(kept, NOW).state
