"""Which clinics are to be planned now: one job per clinic and local day, asked for until a run is complete.

And one more where a message was dropped because something had changed: within a quarter of an hour, at any time of day.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.local_time import wall_instant
from shared.errors import PatientMessagingError
from shared.services.clinics import ClinicBook
from shared.services.jobs import PlanJob
from shared.storage.contract import Run, Runs, RunState

QUARTER_S = 900
LATE_AFTER = timedelta(minutes=45)
"""A clinic's hour is seen by a tick within a quarter of an hour, and a list that breaks off then comes whole by the
next ones. Whose plan is still not complete after this needs a person."""

log = logging.getLogger(__name__)


def wanted_run_id(clinic_id: str, day: date, now: datetime) -> str:
    """The same for a quarter of an hour: so often may a clinic be planned anew for what changed."""
    return f"{clinic_id}_{day:%Y%m%d}_moved{int(now.timestamp()) // QUARTER_S}"


def daily_run_id(clinic_id: str, day: date) -> str:
    return f"{clinic_id}_{day:%Y%m%d}_daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRuns:
    """Behind the timer. Functions timers are UTC; a clinic's hour is local and decided here."""

    clinics: ClinicBook
    runs: Runs
    clock: Clock
    _new: dict[str, datetime] = field(default_factory=dict)  # when a clinic without any run was first seen

    async def __call__(self) -> Sequence[PlanJob]:
        clinics = (await self.clinics.all()).values()
        return [job for clinic in clinics if (job := await self._job(clinic)) is not None]

    async def _job(self, clinic: Clinic) -> PlanJob | None:
        now = self.clock.now()
        local = clinic.local(now)
        day = local.date()
        if local.time() >= clinic.plan_at:
            run = await self.runs.read(clinic.id, daily_run_id(clinic.id, day))
            await self._tell_if_late(clinic, run, day, now)
            if run is not None and run.state is RunState.RUNNING and run.lease_until > now:
                return None
            if run is None or run.state is not RunState.COMPLETE:
                return PlanJob(clinic.id, day, daily_run_id(clinic.id, day))
        wish = await self.runs.wanted(clinic.id)
        if wish is None or wish > now:
            return None
        return PlanJob(clinic.id, day, wanted_run_id(clinic.id, day, now), "moved")

    async def _tell_if_late(self, clinic: Clinic, run: Run | None, day: date, now: datetime) -> None:
        """At every tick until the day's plan is complete. A clinic that came after its hour has its time as well."""
        if run is not None and run.state is RunState.COMPLETE:
            return
        wanted_at = wall_instant(day, clinic.plan_at, clinic.zone)
        if now - wanted_at > LATE_AFTER and run is None and await self._is_new(clinic):
            wanted_at = max(wanted_at, self._new.setdefault(clinic.id, now))
        if (late := now - wanted_at) > LATE_AFTER:
            state = run.state if run is not None else "none"
            log.error("planning_late clinic=%s state=%s delay_s=%d", clinic.id, state, late.total_seconds())

    async def _is_new(self, clinic: Clinic) -> bool:
        """Whether it was never planned as a whole. What is told keeps nobody from being planned: where this cannot be
        read, it is not new."""
        try:
            return await self.runs.last_complete(clinic.id) is None
        except PatientMessagingError:
            return False
