"""The worklist: what needs a person, and what a person says to it."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import worklist as api
from functions.interface.operation import Nothing
from shared.wiring import Deps, one_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.LIST)
    async def listed(call: Call[api.ListQuery, Nothing]) -> func.HttpResponse:
        work, query = call.services.work, call.query
        desk = await work.desk(call.caller, query.clinic_id, one_channel(call.channel))
        page = await work.listed(desk, query.state, query.kind, call.channel, query.top, query.cursor)
        rows = [api.work_answer(item, work.words(desk, item), desk) for item in page.items]
        return answer(200, {"value": rows, "nextCursor": page.next_cursor or None})

    @on(bp, deps, api.UNSENT)
    async def unsent(call: Call[api.UnsentQuery, Nothing]) -> func.HttpResponse:
        clinic, query = await call.clinic(), call.query
        day = query.day or call.services.unsent.next_day(clinic)
        page = await call.services.unsent.page(clinic, day, query.top, query.cursor)
        return answer(200, api.unsent_page(day, page, clinic, call.services.reports.explain))

    @on(bp, deps, api.RESOLVE)
    async def resolve(call: Call[Nothing, api.ResolveBody]) -> func.HttpResponse:
        work, said = call.services.work, call.body
        desk, item = await work.resolve(call.caller, said.clinic_id, call.path["id"], said.resolution, said.note)
        return answer(200, api.work_answer(item, work.words(desk, item), desk))

    return bp
