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
        from shared.services.asking.schedule_rows import ReminderAsked

        body, remind = call.body, call.services.remind
        wish = ReminderAsked(body.appointment_id, body.hours_before, body.send_at)
        done = await remind(call.caller, call.channel, call.clinic_id, wish, call.idempotency_key)
        clinic = await call.services.clinics.get(done.message.id.clinic_id)
        return answer(api.REMIND.status, sent_answer(done, clinic))

    return bp
