"""Which clinics are to be planned now: one job per clinic and local day, asked for until a run is complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.services.clinics import ClinicBook
from shared.services.jobs import PlanJob
from shared.storage.contract import Runs, RunState


def daily_run_id(clinic_id: str, day: date) -> str:
    return f"{clinic_id}_{day:%Y%m%d}_daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRuns:
    """Behind the timer. Functions timers are UTC; a clinic's hour is local and decided here."""

    clinics: ClinicBook
    runs: Runs
    clock: Clock

    async def __call__(self) -> Sequence[PlanJob]:
        clinics = (await self.clinics.all()).values()
        return [job for clinic in clinics if (job := await self._job(clinic)) is not None]

    async def _job(self, clinic: Clinic) -> PlanJob | None:
        local = clinic.local(self.clock.now())
        if local.time() < clinic.plan_at:
            return None
        day = local.date()
        run = await self.runs.read(clinic.id, daily_run_id(clinic.id, day))
        if run is not None and run.state is RunState.COMPLETE:
            return None
        if run is not None and run.state is RunState.RUNNING and run.lease_until > self.clock.now():
            return None
        return PlanJob(clinic.id, day, daily_run_id(clinic.id, day))
