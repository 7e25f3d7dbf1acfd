"""Appointments with their decisions, and reminder runs that a person starts."""

import azure.functions as func

from functions.edge.http import answer, answering, day, entered, json_body, parse_day, text_of, top
from functions.edge.shapes import appointment_shape, dry_run_shape, page_shape, run_shape
from shared.errors import InvalidInput
from shared.wiring import Deps, known_channel, one_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()

    @bp.route("{channel}/v1/appointments", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def list_appointments(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        channel = known_channel(req.route_params["channel"], any_too=True)
        clinic = await services.clinics.of_caller(caller, req.params.get("clinicId") or "", one_channel(channel))
        span = services.reports.span(clinic, day(req, "from"), day(req, "to"), ahead=clinic.window_days, back=0)
        page = await services.reports.appointments(clinic, span, top(req), req.params.get("cursor") or "")
        return answer(
            200, page_shape(page, [appointment_shape(step, clinic, services.reports.explain) for step in page.items])
        )

    @bp.route("{channel}/v1/reminder-runs", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
    @bp.queue_output("job", "%PLAN_QUEUE%", "AzureWebJobsStorage")
    @answering
    async def start_reminder_run(req: func.HttpRequest, job: func.Out[str]) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        channel = known_channel(req.route_params["channel"], any_too=True)
        body = json_body(req)
        asked = text_of(body, "clinicId")
        clinic = await services.clinics.of_caller(caller, asked, one_channel(channel))
        day_asked = text_of(body, "day")
        when = parse_day(day_asked, "day") if day_asked else None
        dry = body.get("dryRun", False)
        if not isinstance(dry, bool):
            raise InvalidInput("`dryRun` must be true or false.")
        if dry:
            dry_run = await services.start_run.dry(clinic, when)
            return answer(200, dry_run_shape(dry_run, clinic, services.reports.explain))
        run = services.start_run.job(clinic)
        if when not in (None, run.day):
            raise InvalidInput("Only today can be run for real. Use `dryRun` to look at another day.")
        job.set(run.to_json())
        return answer(202, {"id": run.run_id, "clinicId": clinic.id, "day": run.day.isoformat(), "state": "queued"})

    @bp.route("{channel}/v1/reminder-runs/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def read_reminder_run(req: func.HttpRequest) -> func.HttpResponse:
        services, caller = await entered(deps, req)
        known_channel(req.route_params["channel"], any_too=True)
        run = await services.start_run.find(caller, req.route_params["id"])
        return answer(200, run_shape(run, await services.clinics.get(run.clinic_id)))

    return bp
