"""Appointments with their decisions."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import appointments as api
from functions.interface.operation import Nothing
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.LIST)
    async def listed(call: Call[api.ListQuery, Nothing]) -> func.HttpResponse:
        clinic, reports, query = await call.clinic(), call.services.reports, call.query
        span = reports.span(clinic, query.from_, query.to, ahead=clinic.window_days, back=0)
        page = await reports.appointments(clinic, span, query.top, query.cursor)
        return answer(200, api.appointment_page(page, clinic, reports.explain))

    return bp
