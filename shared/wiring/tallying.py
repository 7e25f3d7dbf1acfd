"""Figures of days, put together: marks around what is written, the count, and what a clinic looks at."""

from dataclasses import replace

from shared.clock import Clock
from shared.services.staff.insights import Insights
from shared.services.tallying.marking import DayMarks, MarkedMessages, MarkedPlans
from shared.services.tallying.tally import TallyDays
from shared.storage.contract import Storage
from shared.wiring.parts import Parts


def marked[S: Storage](storage: S, clock: Clock) -> S:
    """The same storage, which marks the day of whatever is written."""
    marks = DayMarks(storage.tallies, clock)
    return replace(storage, messages=MarkedMessages(storage.messages, marks), plans=MarkedPlans(storage.plans, marks))


def make_tally(parts: Parts) -> TallyDays:
    return TallyDays(tallies=parts.storage.tallies, waiting=parts.storage.waiting, clock=parts.clock)


def make_insights(parts: Parts) -> Insights:
    return Insights(tallies=parts.storage.tallies, tally=make_tally(parts), clock=parts.clock)
