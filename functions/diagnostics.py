"""Diagnostics: does every provider account work, and is one of them stopped?"""

import azure.functions as func

from functions.edge.http import answer, answering, entered
from functions.edge.shapes import connection_shape
from shared.wiring import Deps, known_channel, one_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.route("{channel}/v1/diagnostics/testconnection", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def test_connection(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        channel = known_channel(req.route_params["channel"], any_too=True)
        found = await services.connections(caller, one_channel(channel))
        return answer(200, {"value": [connection_shape(one, services.reports.explain) for one in found]})

    return bp
