"""Insights, and the timer that counts what they are made of."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.faults import coded
from functions.edge.http import answer
from functions.interface import insights as api
from functions.interface.operation import Nothing
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.INSIGHTS)
    async def looked_at(call: Call[api.InsightsQuery, Nothing]) -> func.HttpResponse:
        clinic, services, query = await call.clinic(), call.services, call.query
        span = services.reports.span(clinic, query.from_, query.to, ahead=clinic.window_days, back=28)
        found = await services.insights(clinic, span, call.channel, query.language)
        shape = api.insights_answer(found, clinic, call.channel, query.language, services.reports.explain)
        return answer(200, shape)

    @bp.timer_trigger("timer", "%TALLY_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @coded
    async def tally_days(timer: func.TimerRequest) -> None:
        services = await deps.services()
        await services.tally()

    return bp
