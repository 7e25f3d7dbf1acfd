"""Watching: what could not be sent, failures that are too many, jobs that were set aside: each ends on the worklist.

And what waits there without an answer is told."""

import azure.functions as func

from functions.edge.faults import coded
from shared.services.jobs import StuckJob
from shared.wiring import Deps

QUEUES = {
    StuckJob.PLAN: "%PLAN_QUEUE%",
    StuckJob.SEND: "%SEND_QUEUE%",
    StuckJob.CHECK: "%CHECK_QUEUE%",
    StuckJob.CALLBACK: "%CALLBACK_QUEUE%",
    StuckJob.TELL: "%EVENT_QUEUE%",
}


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()
    for kind, queue in QUEUES.items():
        _poison(bp, deps, kind, f"{queue}-poison")

    # Timers of their own, so that none keeps another from its work.
    @bp.timer_trigger("timer", "%PLAN_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @coded
    async def tell_unsent(timer: func.TimerRequest) -> None:
        services = await deps.services()
        await services.tell_unsent()

    @bp.timer_trigger("timer", "%PLAN_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @coded
    async def watch_failures(timer: func.TimerRequest) -> None:
        services = await deps.services()
        await services.watch_failures()

    @bp.timer_trigger("timer", "%PLAN_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @coded
    async def tell_unknown_waiting(timer: func.TimerRequest) -> None:
        services = await deps.services()
        await services.tell_unknown_waiting()

    return bp


def _poison(bp: func.Blueprint, deps: Deps, kind: StuckJob, queue: str) -> None:
    """One poison queue. The host puts there what has failed `maxDequeueCount` times (host.json)."""

    @bp.function_name(f"set_aside_{kind}")
    @bp.queue_trigger("job", queue, "AzureWebJobsStorage")
    @coded
    async def set_aside(job: func.QueueMessage) -> None:
        services = await deps.services()
        await services.set_aside(kind, job.id or "", job.get_body())
