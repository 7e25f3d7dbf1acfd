"""Diagnostics: does every provider account work, and is one of them stopped?"""

import azure.functions as func

from functions.edge.call import Call, on
from functions.edge.http import answer
from functions.interface import diagnostics as api
from functions.interface.operation import Nothing
from shared.wiring import Deps, one_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @on(bp, deps, api.TEST_CONNECTION)
    async def test_connection(call: Call[Nothing, Nothing]) -> func.HttpResponse:
        found = await call.services.connections(call.caller, one_channel(call.channel))
        return answer(200, api.connections_answer(found, call.services.reports.explain))

    return bp
