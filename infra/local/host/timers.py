"""Timer triggers: six-field NCRONTAB in UTC, no overlap of a function with itself, past-due after a missed time.

Day of month and day of week must both match, as in NCRONTAB (github.com/atifaziz/NCrontab). The status of a monitored
timer is kept in memory by the caller; the real host keeps it in a blob, under a lease that makes the timer a singleton.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime

from croniter import CroniterBadCronError, croniter

from infra.local.host import wire
from infra.local.host.engine import IndexedFunction, Outcome
from infra.local.host.invocations import Invoker


class ScheduleError(ValueError):
    """A timer's schedule is not an NCRONTAB expression of five or six fields."""


@dataclass(frozen=True)
class TimerStatus:
    """When a monitored timer last ran and when it is due next, in UTC."""

    last: datetime
    next: datetime


@dataclass(frozen=True)
class Schedule:
    """An NCRONTAB expression: seconds first; five fields mean second 0."""

    expression: str

    def __post_init__(self) -> None:
        fields = len(self.expression.split())
        if fields not in (5, 6) or not croniter.is_valid(self.expression, second_at_beginning=fields == 6):
            raise ScheduleError(f"not an NCRONTAB expression of five or six fields: {self.expression}")

    def after(self, moment: datetime) -> datetime:
        """The first time that lies after `moment`. Raises ScheduleError if there is none."""
        six = len(self.expression.split()) == 6
        try:
            times = croniter(self.expression, moment, second_at_beginning=six, day_or=False)
            following: datetime = times.get_next(datetime)
        except CroniterBadCronError:
            raise ScheduleError(f"the schedule never comes: {self.expression}") from None
        return following


class TimerListener:
    """One timer-triggered function."""

    def __init__(
        self,
        function: IndexedFunction,
        schedule: Schedule,
        invoker: Invoker,
        statuses: MutableMapping[str, TimerStatus],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.function = function
        self.schedule = schedule
        self._invoker = invoker
        self._statuses = statuses
        self._now = now
        properties = function.trigger.properties
        self._monitored = bool(properties.get("useMonitor", True))
        self._on_startup = bool(properties.get("runOnStartup", False))
        self._stopped = asyncio.Event()

    async def listen(self) -> None:
        """Run the function whenever it is due, until `stop`; a run that has begun ends."""
        started = self._now()
        status = self._statuses.get(self.function.name)
        if self._monitored and status is not None and status.next <= started:
            await self.fire(past_due=True)
        elif self._on_startup:
            await self.fire()
        while not self._stopped.is_set():
            due = self.schedule.after(self._now())
            if not await self._stops_before(due):
                await self.fire()

    async def fire(self, past_due: bool = False) -> Outcome:
        """Run the function now and note it in the timer's status."""
        started = self._now()
        known = self._statuses.get(self.function.name)
        upcoming = self.schedule.after(started)
        outcome = await self._invoker.run(self.function, _timer_input(past_due, known, upcoming))
        if self._monitored:
            self._statuses[self.function.name] = TimerStatus(last=started, next=upcoming)
        return outcome

    def stop(self) -> None:
        """Start no more runs."""
        self._stopped.set()

    async def _stops_before(self, due: datetime) -> bool:
        while (remaining_s := (due - self._now()).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._stopped.wait(), remaining_s)
            except TimeoutError:
                continue  # event-loop and wall clock may differ by a little: look again
            return True
        return self._stopped.is_set()


def _timer_input(past_due: bool, known: TimerStatus | None, upcoming: datetime) -> wire.Message:
    last = known.last if known else datetime.min.replace(tzinfo=UTC)
    status = {"Last": last.isoformat(), "Next": upcoming.isoformat(), "LastUpdated": last.isoformat()}
    return wire.json_value({"IsPastDue": past_due, "ScheduleStatus": status, "Schedule": {"AdjustForDST": True}})
