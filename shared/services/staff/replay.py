"""A job that was set aside is done again, by the service that it was for, and its item resolved.

Every service takes the same job twice without harm (a message is claimed once, a callback is told apart by what is in
it), so a crash in between leaves an item that is still open and may be done again. What fails again stays on the list.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shared.clock import Clock
from shared.errors import Conflict, InvalidInput, NotFound
from shared.services.aftercare.look_after import LookAfter
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.jobs import CallbackJob, CheckJob, PlanJob, SendJob, StuckJob, TellJob
from shared.services.planning.plan import PlanReminders
from shared.services.publishing.tell import Render, TellSubscriber
from shared.services.receiving.receive import ReceiveCallback
from shared.services.sending.send import SendMessage
from shared.services.staff.worklist import item_for
from shared.services.work_items import Resolution
from shared.storage.contract import RunState, WorkItem, WorkKind, Worklist

DONE_AGAIN = "Done again."
DAY_IS_OVER = "Not done again: its day is over, and each day's run plans all that is ahead."

type Job = PlanJob | SendJob | CheckJob | CallbackJob | TellJob

_READ: dict[StuckJob, Callable[[str], Job]] = {
    StuckJob.PLAN: PlanJob.from_json,
    StuckJob.SEND: SendJob.from_json,
    StuckJob.CHECK: CheckJob.from_json,
    StuckJob.CALLBACK: CallbackJob.from_json,
    StuckJob.TELL: TellJob.from_json,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayStuck:
    """`render`: how subscribers are told, as the trigger gives it to `TellSubscriber`."""

    worklist: Worklist
    clinics: ClinicBook
    plan: PlanReminders
    send: SendMessage
    look_after: LookAfter
    receive: ReceiveCallback
    tell_subscriber: TellSubscriber
    clock: Clock

    async def __call__(self, caller: Caller, public: str, render: Render) -> WorkItem:
        """The resolved item. Raises NotFound; Conflict where it was dealt with before or another worker has it;
        InvalidInput for a job that cannot be read; and whatever the job itself raises."""
        item, job = await self.look(caller, public)
        note = await self._done(job, render)
        now = self.clock.now()
        resolved = await self.worklist.resolve(item.clinic_id, item.id, Resolution.DONE, caller.name, now, note)
        return resolved or item

    async def look(self, caller: Caller, public: str) -> tuple[WorkItem, Job]:
        """What would be done. Raises as above, does nothing."""
        item = await item_for(caller, public, self.worklist)
        if item.kind is not WorkKind.STUCK:
            raise NotFound("That item of the worklist is no job that was set aside.")
        if item.resolved_at is not None:
            raise Conflict(f"This was dealt with before, by {item.resolved_by}.")
        return item, job_of(item)

    async def _done(self, job: Job, render: Render) -> str:
        match job:
            case PlanJob():
                return await self._planned(job)
            case SendJob():
                await self.send(job)
            case CheckJob():
                await self.look_after(job)
            case CallbackJob():
                await self.receive(job)
            case TellJob():
                await self.tell_subscriber(job, render)
        return DONE_AGAIN

    async def _planned(self, job: PlanJob) -> str:
        clinic = await self.clinics.get(job.clinic_id)
        if job.day < clinic.local_day(self.clock.now()):
            return DAY_IS_OVER
        run = await self.plan(job)
        if run is not None and run.state is not RunState.COMPLETE:
            raise Conflict(f"The run ended as {run.state} ({run.problem}). It stays on the worklist.")
        return DONE_AGAIN  # None: it is complete, or another worker is at it


def job_of(item: WorkItem) -> Job:
    """Raises InvalidInput for what none of our queues can have held."""
    try:
        return _READ[StuckJob(item.reason)](item.note)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput(
            "The job cannot be read: nothing of ours can have written it. Look at it, and resolve the item as `done`."
        ) from None
