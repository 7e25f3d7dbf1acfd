"""Schedules: many reminders or messages for given times, one result per row."""

import azure.functions as func

from functions.edge.http import answer, answering, entered, json_body
from functions.edge.shapes import schedule_shape
from shared.errors import InvalidInput
from shared.wiring import Deps, known_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.route("{channel}/v1/schedules", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def schedule_messages(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        channel, body = known_channel(req.route_params["channel"]), json_body(req)
        asked = body.get("clinicId") or req.params.get("clinicId") or ""
        if not isinstance(asked, str):
            raise InvalidInput("`clinicId` must be text.")
        key = req.headers.get("idempotency-key") or ""
        clinic, rows = await services.schedules(caller, channel, asked, body.get("items"), key)
        return answer(200, {"value": [schedule_shape(row, clinic) for row in rows]})

    return bp
