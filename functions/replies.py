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
        from shared.services.asking.addressee import ReplyTo
        from shared.services.asking.reply import Reply

        body, send = call.body, call.services.reply
        to = ReplyTo(body.worklist_id.strip(), body.message_id.strip(), body.patient_id.strip())
        written = Reply(body.text, to, body.resolve)
        done = await send(call.caller, call.channel, call.clinic_id, written, call.idempotency_key)
        clinic = await call.services.clinics.get(done.message.id.clinic_id)
        return answer(api.REPLY.status, sent_answer(done, clinic))

    return bp
