"""Messages: the proposals' `POST /v1/messages`, the lists, one message with its story, cancelling."""

import azure.functions as func

from functions.edge.http import answer, answering, day, entered, json_body, top
from functions.edge.shapes import event_shape, message_shape, page_shape
from shared.domain.clinic import Clinic
from shared.domain.message import State
from shared.errors import InvalidInput
from shared.services.staff.report import MessageView
from shared.storage.contract import Page
from shared.wiring import Deps, Services, known_channel, one_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.route("{channel}/v1/messages", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def submit_message(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        channel = known_channel(req.route_params["channel"])
        key = req.headers.get("idempotency-key") or ""
        done = await services.submit(caller, channel, req.params.get("clinicId") or "", json_body(req), key)
        clinic = await services.clinics.get(done.message.id.clinic_id)
        shape = message_shape(MessageView(done.message, done.status), clinic)
        return answer(202, {**shape, "repeat": done.repeat, "warnings": list(done.warnings)})

    @bp.route("{channel}/v1/messages", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def list_messages(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        channel = known_channel(req.route_params["channel"], any_too=True)
        if asked := req.params.get("channel"):
            channel = known_channel(asked, any_too=True)
        clinic = await services.clinics.of_caller(caller, req.params.get("clinicId") or "", one_channel(channel))
        page = await _listed(services, req, clinic, channel)
        return answer(200, page_shape(page, [message_shape(view, clinic) for view in page.items]))

    @bp.route("{channel}/v1/messages/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def read_message(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        known_channel(req.route_params["channel"], any_too=True)
        view = await services.reports.message(caller, req.route_params["id"])
        clinic = await services.clinics.get(view.message.id.clinic_id)
        shape = message_shape(view, clinic)
        shape["body"] = await services.reports.body(view.message)
        shape["events"] = [event_shape(event, clinic) for event in view.events]
        return answer(200, shape)

    @bp.route("{channel}/v1/messages/{id}", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def cancel_message(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        known_channel(req.route_params["channel"], any_too=True)
        view = await services.cancel(caller, req.route_params["id"])
        return answer(200, message_shape(view, await services.clinics.get(view.message.id.clinic_id)))

    return bp


async def _listed(services: Services, req: func.HttpRequest, clinic: Clinic, channel: str) -> Page[MessageView]:
    """The page that `view` and the other parameters ask for. Raises InvalidInput."""
    first, last = day(req, "from"), day(req, "to")
    rest = (channel, _states(req.params.get("state")), top(req), req.params.get("cursor") or "")
    match req.params.get("view") or "sent":
        case "sent":
            span = services.reports.span(clinic, first, last, ahead=0, back=7)
            return await services.reports.sent(clinic, span, *rest)
        case "scheduled":
            span = services.reports.span(clinic, first, last, ahead=clinic.window_days + 1, back=1)
            return await services.reports.scheduled(clinic, span, *rest)
        case _:
            raise InvalidInput("`view` must be `sent` or `scheduled`.")


def _states(text: str | None) -> frozenset[State]:
    """States with a comma between them; none: all. Raises InvalidInput."""
    try:
        return frozenset(State(part.strip()) for part in (text or "").split(",") if part.strip())
    except ValueError:
        raise InvalidInput("`state` must be one or more of: " + ", ".join(State) + ".") from None
