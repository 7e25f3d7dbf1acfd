"""What the events of a message come to: the rules once more, in words of their own. A test compares with the domain's.

read > delivered > failed > sent > accepted, whenever and by whatever attempt
else the highest attempt speaks, and in it the last of: claimed, rejected, held, unknown, stopped, restored or resumed
what was stopped or restored after an unknown outcome stays unknown
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_PROVEN = ("read", "delivered", "failed", "sent", "accepted")
_STEPS = ("claimed", "rejected", "held", "unknown", "cancelled dropped", "restored resumed")
_ORDER = {name: place for place, names in enumerate(_STEPS) for name in names.split()}
_MEANS = {"claimed": "sending", "unknown": "unknown", "cancelled": "cancelled", "dropped": "dropped"}

TO_BE_SENT = frozenset({"scheduled", "sending"})
FINISHED = frozenset(_PROVEN)
TAKEN = frozenset({"accepted", "sent", "delivered", "read"})


def state_of(events: Sequence[Mapping[str, Any]]) -> str:
    """`events`: columns of a message's event rows."""
    names = {event["event"] for event in events}
    for proven in _PROVEN:
        if proven in names:
            return proven
    steps = [event for event in events if event["event"] in _ORDER]
    if not steps:
        return "scheduled"
    last = max(steps, key=lambda e: (attempt_of(e), _ORDER[e["event"]], -at_of(e).timestamp()))["event"]
    if last in ("cancelled", "dropped", "restored") and "unknown" in names:
        return "unknown"
    return _MEANS.get(last, "scheduled")


def attempt_of(event: Mapping[str, Any]) -> int:
    return int(event.get("attempt", 1))


def at_of(event: Mapping[str, Any], column: str = "at") -> datetime:
    """Raises ValueError, KeyError for a row without it."""
    at = datetime.fromisoformat(str(event[column]))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
