"""Prescription references: preview, send, send again, call back, list."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import prescriptions as api
from functions.interface import previews
from functions.interface.operation import Nothing
from functions.interface.prescription_form import order_of
from shared.wiring import Deps, one_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, previews.PREVIEW)
    async def preview(call: Call[Nothing, previews.PreviewBody]) -> func.HttpResponse:
        look, body = call.services.prescribing.preview, call.body
        if body.purpose is previews.Purpose.TEXT:
            seen = await look.text(call.caller, previews.text_of(body, call.channel))
        else:
            seen = await look.prescription(call.caller, order_of(body, call.channel))
        return answer(200, previews.preview_answer(body.purpose, seen))

    @on(bp, deps, api.SEND)
    async def send(call: Call[Nothing, api.SendBody]) -> func.HttpResponse:
        order = api.order_of(call.body, call.channel, call.idempotency_key)
        done = await call.services.prescribing.send(call.caller, order)
        return answer(api.SEND.status, api.sent_prescription(done, call.services.reports.explain))

    @on(bp, deps, api.RESEND)
    async def resend(call: Call[Nothing, api.ResendBody]) -> func.HttpResponse:
        order = api.resend_of(call.path["id"], call.body, call.channel, call.idempotency_key)
        done = await call.services.prescribing.resend(call.caller, order)
        return answer(api.RESEND.status, api.sent_prescription(done, call.services.reports.explain))

    @on(bp, deps, api.REVOKE)
    async def revoke(call: Call[Nothing, api.RevokeBody]) -> func.HttpResponse:
        body = call.body
        done = await call.services.prescribing.revoke(call.caller, call.path["id"], body.sender, body.note)
        return answer(200, api.revoked_prescription(done, call.services.reports.explain))

    @on(bp, deps, api.LIST)
    async def listed(call: Call[api.ListQuery, Nothing]) -> func.HttpResponse:
        query, clinic = call.query, await call.clinic()
        reports = call.services.prescribing.reports
        page = await reports.newest(clinic, one_channel(call.channel), query.top, query.cursor)
        return answer(200, api.prescription_page(page, clinic, call.services.reports.explain))

    @on(bp, deps, api.READ)
    async def read(call: Call[Nothing, Nothing]) -> func.HttpResponse:
        view = await call.services.prescribing.reports.one(call.caller, call.path["id"])
        clinic = await call.services.clinics.get(view.prescription.clinic_id)
        return answer(200, api.whole_prescription(view, clinic, call.services.reports.explain))

    return bp
