"""Figures of days, put together: marks around what is written, the count, and what a clinic looks at."""

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.clock import Clock
from shared.services.tallying.marking import DayMarks, MarkedMessages, MarkedPlans
from shared.storage.contract import Storage
from shared.wiring.parts import Parts

if TYPE_CHECKING:
    from shared.services.staff.insights import Insights
    from shared.services.tallying.tally import TallyDays


def marked[S: Storage](storage: S, clock: Clock) -> S:
    """The same storage, which marks the day of whatever is written."""
    marks = DayMarks(storage.tallies, clock)
    return replace(storage, messages=MarkedMessages(storage.messages, marks), plans=MarkedPlans(storage.plans, marks))


def make_tally(parts: Parts) -> "TallyDays":
    from shared.services.tallying.tally import TallyDays

    return TallyDays(tallies=parts.storage.tallies, waiting=parts.storage.waiting, clock=parts.clock)


def make_insights(parts: Parts) -> "Insights":
    from shared.services.staff.insights import Insights

    return Insights(tallies=parts.storage.tallies, tally=make_tally(parts), clock=parts.clock)
