"""Sending: a timer releases what is due as references; one queue sends them, one looks after what was sent."""

from typing import List

import azure.functions as func

from functions.edge.alive import alive
from functions.edge.faults import coded
from shared.services.jobs import CheckJob, SendJob
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.timer_trigger("timer", "%RELEASE_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @bp.queue_output("sends", "%SEND_QUEUE%", "AzureWebJobsStorage")
    @bp.queue_output("checks", "%CHECK_QUEUE%", "AzureWebJobsStorage")
    @coded
    @alive
    async def release_due(
        timer: func.TimerRequest, sends: func.Out[List[str]], checks: func.Out[List[str]]
    ) -> None:  # the engine refuses list[str]
        services = await deps.services()
        released = await services.release()
        sends.set([job.to_json() for job in released.send])
        checks.set([job.to_json() for job in released.check])

    @bp.queue_trigger("job", "%SEND_QUEUE%", "AzureWebJobsStorage")
    @coded
    async def send_message(job: func.QueueMessage) -> None:
        services = await deps.services()
        await services.send(SendJob.from_json(job.get_body().decode()))

    @bp.queue_trigger("job", "%CHECK_QUEUE%", "AzureWebJobsStorage")
    @coded
    async def check_message(job: func.QueueMessage) -> None:
        services = await deps.services()
        await services.look_after(CheckJob.from_json(job.get_body().decode()))

    return bp
