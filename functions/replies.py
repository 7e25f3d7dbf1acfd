"""What a member of staff writes to a patient."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import replies as api
from functions.interface.messages import sent_answer
from functions.interface.operation import Nothing
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.REPLY)
    async def reply(call: Call[Nothing, api.ReplyBody]) -> func.HttpResponse:
        reply, key = call.services.reply, call.idempotency_key
        done = await reply(call.caller, call.channel, call.clinic_id, call.raw, key)
        clinic = await call.services.clinics.get(done.message.id.clinic_id)
        return answer(api.REPLY.status, sent_answer(done, clinic))

    return bp
