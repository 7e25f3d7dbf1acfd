"""Liveness, for probes: says that the process answers, and nothing else."""

import azure.functions as func

from functions.edge.http import answer
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    del deps  # alive without settings or storage
    bp = func.Blueprint()

    @bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    async def health(req: func.HttpRequest) -> func.HttpResponse:
        return answer(200, {"status": "ok"})

    return bp
