"""Webhooks: what providers call. Verified on the raw bytes, stored, answered; the queue does the rest."""

import azure.functions as func

from functions.edge.faults import coded
from functions.edge.http import answering
from shared.channels.contract import CallbackAnswer
from shared.services.jobs import CallbackJob
from shared.wiring import DEFAULT_ACCOUNT, WEBHOOK_CHANNELS, Deps


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()
    for channel in WEBHOOK_CHANNELS:
        _webhook(bp, deps, channel)

    @bp.queue_trigger("job", "%CALLBACK_QUEUE%", "AzureWebJobsStorage")
    @coded
    async def receive_callback(job: func.QueueMessage) -> None:
        services = await deps.services()
        await services.receive(CallbackJob.from_json(job.get_body().decode()))

    return bp


def _webhook(bp: func.Blueprint, deps: Deps, channel: str) -> None:
    """One webhook function for one channel, `/api/webhooks/<channel>[/<account>]`."""

    @bp.function_name(f"{channel}_webhook")
    @bp.route(f"webhooks/{channel}/{{account?}}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
    @bp.queue_output("job", "%CALLBACK_QUEUE%", "AzureWebJobsStorage")
    @answering
    async def webhook(req: func.HttpRequest, job: func.Out[str]) -> func.HttpResponse:
        services = await deps.services()
        account = req.route_params.get("account") or DEFAULT_ACCOUNT
        query = dict(req.params)
        if req.method == "GET":
            return _plain(await services.accept.handshake(channel, account, query))
        headers = {name.lower(): value for name, value in req.headers.items()}
        said, stored = await services.accept(channel, account, query, headers, req.get_body())
        job.set(stored.to_json())
        return _plain(said)


def _plain(said: CallbackAnswer) -> func.HttpResponse:
    return func.HttpResponse(said.body, status_code=said.status, mimetype=said.content_type, charset="utf-8")
