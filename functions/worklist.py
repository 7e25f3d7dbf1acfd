"""The worklist: what needs a person, and what a person says to it."""

import azure.functions as func

from functions.edge.http import answer, answering, day, entered, json_body, text_of, top
from functions.edge.shapes import page_shape
from functions.edge.work_shapes import unsent_shape, work_shape
from shared.errors import InvalidInput
from shared.services.staff.worklist import ListState
from shared.storage.contract import WorkKind
from shared.wiring import Deps, known_channel, one_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.route("{channel}/v1/worklist", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def list_work(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        channel = _channel(req)
        desk = await services.work.desk(caller, req.params.get("clinicId") or "", one_channel(channel))
        kinds, state = _kinds(req.params.get("kind")), _state(req.params.get("state"))
        page = await services.work.listed(desk, state, kinds, channel, top(req), req.params.get("cursor") or "")
        rows = [work_shape(item, services.work.words(desk, item), desk) for item in page.items]
        return answer(200, page_shape(page, rows))

    @bp.route("{channel}/v1/worklist/unsent", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def list_unsent(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        clinic_id = req.params.get("clinicId") or ""
        clinic = await services.clinics.of_caller(caller, clinic_id, one_channel(_channel(req)))
        asked = day(req, "day") or services.unsent.next_day(clinic)
        page = await services.unsent.page(clinic, asked, top(req), req.params.get("cursor") or "")
        rows = [unsent_shape(one, clinic, services.reports.explain) for one in page.items]
        return answer(200, {"day": asked.isoformat(), **page_shape(page, rows)})

    @bp.route("{channel}/v1/worklist/{id}/resolve", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def resolve_work(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        _channel(req)
        body = json_body(req)
        clinic_id, resolution = text_of(body, "clinicId"), text_of(body, "resolution")
        note = text_of(body, "note")
        desk, item = await services.work.resolve(caller, clinic_id, req.route_params["id"], resolution, note)
        return answer(200, work_shape(item, services.work.words(desk, item), desk))

    return bp


def _channel(req: func.HttpRequest) -> str:
    """The channel of the path; one in the query wins."""
    channel = known_channel(req.route_params["channel"], any_too=True)
    asked = req.params.get("channel")
    return known_channel(asked, any_too=True) if asked else channel


def _kinds(text: str | None) -> frozenset[WorkKind]:
    """Kinds with a comma between them; none: all. Raises InvalidInput."""
    try:
        return frozenset(WorkKind(part.strip()) for part in (text or "").split(",") if part.strip())
    except ValueError:
        raise InvalidInput("`kind` must be one or more of: " + ", ".join(WorkKind) + ".") from None


def _state(text: str | None) -> ListState:
    try:
        return ListState(text or ListState.OPEN)
    except ValueError:
        raise InvalidInput("`state` must be `open` or `resolved`.") from None
