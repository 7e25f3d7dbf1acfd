"""A reminder of one appointment."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import reminders as api
from functions.interface.messages import sent_answer
from functions.interface.operation import Nothing
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.REMIND)
    async def remind(call: Call[Nothing, api.RemindBody]) -> func.HttpResponse:
        remind, key = call.services.remind, call.idempotency_key
        done = await remind(call.caller, call.channel, call.clinic_id, call.raw, key)
        clinic = await call.services.clinics.get(done.message.id.clinic_id)
        return answer(api.REMIND.status, sent_answer(done, clinic))

    return bp
