"""Reminder runs that a person starts, or looks at."""

import azure.functions as func

from functions.edge.call import Call, called, on
from functions.edge.http import answer, answering
from functions.interface import runs as api
from functions.interface.operation import Nothing
from shared.errors import InvalidInput
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.function_name(api.START.function)
    @bp.route(api.START.route, methods=[api.START.method], auth_level=func.AuthLevel.ANONYMOUS)
    @bp.queue_output("job", "%PLAN_QUEUE%", "AzureWebJobsStorage")
    @answering
    async def start(req: func.HttpRequest, job: func.Out[str]) -> func.HttpResponse:
        call = await called(deps, api.START, req)
        clinic, day, start_run = await call.clinic(), call.body.day, call.services.start_run
        if call.body.dry_run:
            return answer(
                200, api.dry_run_answer(await start_run.dry(clinic, day), clinic, call.services.reports.explain)
            )
        run = start_run.job(clinic)
        if day not in (None, run.day):
            raise InvalidInput("Only today can be run for real. Use `dryRun` to look at another day.")
        job.set(run.to_json())
        return answer(api.START.status, api.queued_answer(run))

    @on(bp, deps, api.READ)
    async def read(call: Call[Nothing, Nothing]) -> func.HttpResponse:
        run = await call.services.start_run.find(call.caller, call.path["id"])
        clinic = await call.services.clinics.get(run.clinic_id)
        return answer(200, api.run_answer(run, clinic, call.services.reports.explain))

    @on(bp, deps, api.LIST)
    async def listed(call: Call[api.ListQuery, Nothing]) -> func.HttpResponse:
        clinic, query = await call.clinic(), call.query
        page = await call.services.start_run.recent(clinic, query.top, query.cursor)
        return answer(200, api.run_page(page, clinic, call.services.reports.explain))

    return bp
