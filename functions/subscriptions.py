"""Subscriptions: flows begin and end them by themselves."""

from urllib.parse import urlsplit

import azure.functions as func

from functions.edge.call import Call, called
from functions.edge.http import answer, answering
from functions.interface import subscriptions as api
from shared.domain.topics import Topic
from shared.wiring import Deps, Services, one_channel


def make_blueprint(deps: Deps) -> func.Blueprint:
    bp = func.Blueprint()
    for topic in api.BY_TOPIC:
        _trigger(bp, deps, topic)

    @bp.function_name(api.DELETE.function)
    @bp.route(api.DELETE.route, methods=[api.DELETE.method], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def delete(req: func.HttpRequest) -> func.HttpResponse:
        services = await deps.services()
        await services.unsubscribe(req.route_params["id"], req.route_params["token"])
        return func.HttpResponse(status_code=api.DELETE.status, headers={"Cache-Control": "no-store"})

    return bp


def _trigger(bp: func.Blueprint, deps: Deps, topic: Topic) -> None:
    """Begins subscriptions for one event."""
    operation = api.BY_TOPIC[topic]

    @bp.function_name(operation.function)
    @bp.route(operation.route, methods=[operation.method], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    async def subscribe(req: func.HttpRequest) -> func.HttpResponse:
        call: Call[object, api.SubscribeBody] = await called(deps, operation, req)
        body, channel = call.body, one_channel(call.channel)
        done = await call.services.subscribe(call.caller, topic, body.callback_url, body.clinic_id, channel)
        place = api.location(_base(call.services, req), call.path["channel"], done)
        return answer(operation.status, api.subscription_answer(done), {"Location": place})


def _base(services: Services, req: func.HttpRequest) -> str:
    """Scheme and host of the app as its callers see it. Forwarding headers are anybody's to write: behind a gateway
    with a name of its own the setting says it."""
    if services.public_url:
        return services.public_url
    asked = urlsplit(req.url)
    return f"{asked.scheme}://{asked.netloc}"
