"""Messages: the proposals' `POST /v1/messages`, the lists, one message with its story, cancelling."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import messages as api
from functions.interface.operation import Nothing, Raw
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.SUBMIT)
    async def submit(call: Call[api.SubmitQuery, Raw]) -> func.HttpResponse:
        done = await call.services.submit(call.caller, call.channel, call.clinic_id, call.raw, call.idempotency_key)
        clinic = await call.services.clinics.get(done.message.id.clinic_id)
        return answer(api.SUBMIT.status, api.sent_answer(done, clinic))

    @on(bp, deps, api.LIST)
    async def listed(call: Call[api.ListQuery, Nothing]) -> func.HttpResponse:
        clinic, reports, query = await call.clinic(), call.services.reports, call.query
        rest = (call.channel, query.state, query.top, query.cursor)
        if query.view is api.View.SENT:
            page = await reports.sent(clinic, reports.span(clinic, query.from_, query.to, ahead=0, back=7), *rest)
        else:
            ahead = clinic.window_days + 1
            span = reports.span(clinic, query.from_, query.to, ahead=ahead, back=1)
            page = await reports.scheduled(clinic, span, *rest)
        return answer(200, api.message_page(page, clinic))

    @on(bp, deps, api.READ)
    async def read(call: Call[Nothing, Nothing]) -> func.HttpResponse:
        view = await call.services.reports.message(call.caller, call.path["id"])
        clinic = await call.services.clinics.get(view.message.id.clinic_id)
        return answer(200, api.whole_message(view, await call.services.reports.body(view.message), clinic))

    @on(bp, deps, api.CANCEL)
    async def cancel(call: Call[Nothing, Nothing]) -> func.HttpResponse:
        view = await call.services.cancel(call.caller, call.path["id"])
        clinic = await call.services.clinics.get(view.message.id.clinic_id)
        return answer(200, api.message_answer(view, clinic))

    return bp
