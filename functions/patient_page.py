"""The patient's page: `/api/p/{token}`. No caller, no key: who has the link may open it, and the link can be closed."""

import azure.functions as func

from functions.edge.pages import form_of, page, reader_of, showing
from shared.wiring import Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.route("p/{token}", methods=["GET", "HEAD", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
    @showing
    async def patient_page(req: func.HttpRequest) -> func.HttpResponse:
        from shared.pages.prescription import headers
        from shared.services.prescribing.patient_page import Answer

        prescribing, token = (await deps.services()).prescribing, req.route_params["token"]
        if req.method == "POST":
            form = form_of(req)
            answer = Answer(form.get("day", ""), form.get("month", ""), form.get("proof", ""))
            view = await prescribing.page.press(token, reader_of(req, form), answer)
        else:
            view = await prescribing.page.look(token, reader_of(req))
        return page(req, view.status, prescribing.html(view), headers())

    return bp
