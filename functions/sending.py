"""Sending: a timer releases what is due as references; a queue sends them."""

from typing import List

import azure.functions as func

from functions.edge.faults import coded
from shared.services.jobs import SendJob
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.timer_trigger("timer", "%RELEASE_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @bp.queue_output("jobs", "%SEND_QUEUE%", "AzureWebJobsStorage")
    @coded
    async def release_due(timer: func.TimerRequest, jobs: func.Out[List[str]]) -> None:  # the engine refuses list[str]
        services = await deps.services()
        jobs.set([job.to_json() for job in await services.release()])

    @bp.queue_trigger("job", "%SEND_QUEUE%", "AzureWebJobsStorage")
    @coded
    async def send_message(job: func.QueueMessage) -> None:
        services = await deps.services()
        await services.send(SendJob.from_json(job.get_body().decode()))

    return bp
