"""What forms choose from: clinics, templates, and the fields of a template."""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import dropdowns as api
from functions.interface.operation import Nothing
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.CLINICS)
    async def clinics(call: Call[Nothing, Nothing]) -> func.HttpResponse:
        return answer(200, api.clinic_list(await call.services.clinics.of(call.caller)))

    @on(bp, deps, api.TEMPLATES)
    async def templates(call: Call[api.TemplateQuery, Nothing]) -> func.HttpResponse:
        found = await call.services.templates(await call.clinic(), call.channel)
        return answer(200, api.template_list(found))

    @on(bp, deps, api.SCHEMA)
    async def schema(call: Call[api.TemplateQuery, Nothing]) -> func.HttpResponse:
        clinic = await call.clinic()
        template, described = await call.services.templates.schema(clinic, call.channel, call.path["name"])
        return answer(200, api.template_schema(template, described))

    return bp
