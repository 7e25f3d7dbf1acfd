"""Schedules: many reminders or messages for given times, one result per row."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import schedules as api
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.SCHEDULE)
    async def schedule(call: Call[api.ScheduleQuery, api.ScheduleBody]) -> func.HttpResponse:
        key, items = call.idempotency_key, call.body.items
        clinic, rows = await call.services.schedules(call.caller, call.channel, call.clinic_id, items, key)
        return answer(200, api.schedule_answer(rows, clinic))

    return bp
