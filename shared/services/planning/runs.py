"""Reminder runs that a person starts, now for real or any day as a dry run, and looks at."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.local_time import wall_instant
from shared.errors import NotFound
from shared.services.callers import Caller
from shared.services.jobs import PlanJob
from shared.services.planning.plan import DryRun, PlanReminders
from shared.services.ports import NewId
from shared.storage.contract import Page, Run, Runs

DRY_RUN_ROWS = 200


_RUN_ID = re.compile(r"([a-z0-9-]{1,30})_[0-9]{8}_[a-z0-9]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """`…/reminder-runs`."""

    plan: PlanReminders
    runs: Runs
    clock: Clock
    new_id: NewId

    def job(self, clinic: Clinic) -> PlanJob:
        """A run of its own, beside the daily one; both write the same rows."""
        day = clinic.local_day(self.clock.now())
        return PlanJob(clinic.id, day, f"{clinic.id}_{day:%Y%m%d}_{self.new_id()[:12]}", "manual")

    async def find(self, caller: Caller, run_id: str) -> Run:
        """Raises NotFound, also for another clinic's run."""
        match = _RUN_ID.fullmatch(run_id)
        run = await self.runs.read(match[1], run_id) if match and caller.may_see(match[1]) else None
        if run is None:
            raise NotFound("There is no such run, or it has not begun yet.")
        return run

    async def recent(self, clinic: Clinic, top: int, cursor: str) -> Page[Run]:
        """Newest first. Raises InvalidCursor."""
        return await self.runs.recent(clinic.id, top, cursor)

    async def dry(self, clinic: Clinic, day: date | None) -> DryRun:
        """As if it were `day` at the clinic's planning hour; without a day, or for today, as of now."""
        return await self.plan.dry_run(clinic.id, self._as_of(clinic, day), DRY_RUN_ROWS)

    def _as_of(self, clinic: Clinic, day: date | None) -> datetime:
        now = self.clock.now()
        if day is None or day == clinic.local_day(now):
            return now
        return wall_instant(day, clinic.plan_at, clinic.zone)
