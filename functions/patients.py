"""Patients: finding one, and what they wish of a channel."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import patients as api
from functions.interface.operation import Nothing
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.LOOK_UP)
    async def look_up(call: Call[api.LookUpQuery, api.LookUpBody]) -> func.HttpResponse:
        from shared.services.staff.patients import Search

        clinic, query, body = await call.clinic(), call.query, call.body
        search = Search(body.patient_id, body.patient_number, body.phone, body.name)
        found = await call.services.look_up(call.caller, clinic.id, search, query.top, query.cursor)
        return answer(200, api.patient_page(found))

    @on(bp, deps, api.OPT_IN)
    async def opt_in(call: Call[Nothing, api.WishBody]) -> func.HttpResponse:
        return await _recorded(call, opted_in=True)

    @on(bp, deps, api.OPT_OUT)
    async def opt_out(call: Call[Nothing, api.WishBody]) -> func.HttpResponse:
        return await _recorded(call, opted_in=False)

    return bp


async def _recorded(call: Call[Nothing, api.WishBody], *, opted_in: bool) -> func.HttpResponse:
    from shared.services.staff.consent import Wish

    wish = Wish.read(opted_in=opted_in, method=call.body.method, note=call.body.note)
    patient_id = call.path["patientId"]
    done = await call.services.consent(call.caller, call.clinic_id, patient_id, call.channel, wish)
    return answer(200, api.changed_patient(done))
