"""Planning: a timer finds the clinics whose hour has come; a queue plans them one by one."""

from typing import List

import azure.functions as func

from functions.edge.alive import alive
from functions.edge.faults import coded
from shared.services.jobs import PlanJob
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.timer_trigger("timer", "%PLAN_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @bp.queue_output("jobs", "%PLAN_QUEUE%", "AzureWebJobsStorage")
    @coded
    @alive
    async def schedule_runs(
        timer: func.TimerRequest, jobs: func.Out[List[str]]
    ) -> None:  # the engine refuses list[str]
        services = await deps.services()
        jobs.set([job.to_json() for job in await services.schedule()])

    @bp.queue_trigger("job", "%PLAN_QUEUE%", "AzureWebJobsStorage")
    @coded
    async def plan_clinic(job: func.QueueMessage) -> None:
        services = await deps.services()
        await services.plan(PlanJob.from_json(job.get_body().decode()))

    return bp
