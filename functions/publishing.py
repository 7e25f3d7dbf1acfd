"""Publishing: a timer finds what subscribers are to be told; a queue of references tells them."""

from typing import List

import azure.functions as func

from functions.edge.faults import coded
from functions.interface.news import news_body
from shared.services.jobs import TellJob
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.timer_trigger("timer", "%PUBLISH_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @bp.queue_output("jobs", "%EVENT_QUEUE%", "AzureWebJobsStorage")
    @coded
    async def feed_subscribers(
        timer: func.TimerRequest, jobs: func.Out[List[str]]
    ) -> None:  # the engine refuses list[str]
        services = await deps.services()
        jobs.set([job.to_json() for job in await services.feed_subscribers()])

    @bp.queue_trigger("job", "%EVENT_QUEUE%", "AzureWebJobsStorage")
    @coded
    async def tell_subscriber(job: func.QueueMessage) -> None:
        services = await deps.services()
        await services.tell_subscriber(TellJob.from_json(job.get_body().decode()), news_body)

    return bp
