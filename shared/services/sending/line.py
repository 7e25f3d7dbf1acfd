"""Who goes first where not everything can go at once.

First the more urgent; among equals each clinic in its turn, so that one that sends seven times its usual takes nothing
from another; within a clinic whoever waits longest. Who waits rises by one priority every ten minutes, never above an
answer to a patient: what is least urgent is late, but it goes.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from shared.domain.message import Priority
from shared.storage.contract import DueRow

RISES_EVERY = timedelta(minutes=10)


def in_line(rows: Iterable[DueRow], now: datetime, last_turn: str) -> Sequence[DueRow]:
    """The rows in the order in which they go; `last_turn`: the clinic that went last the time before."""
    first_come = sorted(rows, key=lambda row: (row.since or row.at, row.key))
    turns = _turns({row.message_id.clinic_id for row in first_come}, last_turn)
    met: Counter[tuple[int, str]] = Counter()
    places: list[tuple[int, int, int, int]] = []  # class, how many of its clinic go before it, its clinic's turn
    for number, row in enumerate(first_come):
        line = urgency(row, now), row.message_id.clinic_id
        places.append((line[0], met[line], turns[line[1]], number))
        met[line] += 1
    return [first_come[number] for *_, number in sorted(places)]


def urgency(row: DueRow, now: datetime) -> int:
    """Its priority, raised by its waiting."""
    waited = now - row.since if row.since else timedelta()
    return max(Priority.ANSWER, row.priority - waited // RISES_EVERY)


def _turns(clinics: Iterable[str], last_turn: str) -> dict[str, int]:
    names = sorted(clinics)
    start = bisect_right(names, last_turn)
    return {name: turn for turn, name in enumerate(names[start:] + names[:start])}
