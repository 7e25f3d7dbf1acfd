"""From a request to what a trigger works with: guarded, read, with the channel and clinic that are meant."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func

from functions.edge.http import answering, json_body
from functions.edge.reading import read_body, read_query
from functions.interface.operation import Method, Nothing, Operation, Raw
from shared.domain.clinic import Clinic
from shared.errors import InvalidInput
from shared.services.callers import Caller
from shared.wiring import Deps, Services, known_channel, one_channel

LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Call[Q, B]:
    """One call of an operation by a caller who may make it.

    `channel`: that of the path, or the one that the query or body names, which wins; `any` or `auto` where the
    operation takes that. `raw`: the body as it came, for a channel's own format.
    """

    services: Services
    caller: Caller
    channel: str
    query: Q
    body: B
    raw: Mapping[str, Any]
    path: Mapping[str, str]
    idempotency_key: str

    async def clinic(self) -> Clinic:
        """The clinic that is meant. Raises NotFound, Forbidden, ConfigurationError."""
        return await self.services.clinics.of_caller(self.caller, self.clinic_id, one_channel(self.channel))

    @property
    def clinic_id(self) -> str:
        return _named("clinic_id", self.body, self.query)


type Handler[Q, B] = Callable[[Call[Q, B]], Coroutine[Any, Any, func.HttpResponse]]
type Trigger = Callable[[func.HttpRequest], Coroutine[Any, Any, func.HttpResponse]]


def on[Q, B](bp: func.Blueprint, deps: Deps, operation: Operation[Q, B]) -> Callable[[Handler[Q, B]], Handler[Q, B]]:
    """Registers a handler as the trigger of an operation."""

    def register(handler: Handler[Q, B]) -> Handler[Q, B]:
        @bp.function_name(operation.function)
        @bp.route(operation.route, methods=[operation.method], auth_level=func.AuthLevel.ANONYMOUS)
        @answering
        async def trigger(req: func.HttpRequest) -> func.HttpResponse:
            return await handler(await called(deps, operation, req))

        return handler

    return register


async def called[Q, B](deps: Deps, operation: Operation[Q, B], req: func.HttpRequest) -> Call[Q, B]:
    """The guard first, then what the request says. Raises Unauthenticated, Forbidden, InvalidInput, NotFound."""
    services = await deps.services()
    caller = await services.callers.identify(req.headers.get("x-api-key"), req.headers.get("authorization"))
    caller.needs(operation.permission)
    query = read_query(operation.query, req.params)
    raw = json_body(req) if operation.method is Method.POST and operation.body is not Nothing else {}
    body = operation.body() if operation.body is Raw else read_body(operation.body, raw)
    known = _known(operation, req.route_params["channel"])
    if asked := _named("channel", body, query):
        known = _known(operation, asked)
    key = _key(req.headers.get("idempotency-key") or "", getattr(body, "idempotency_key", ""))
    return Call(services, caller, known, query, body, raw, req.route_params, key)


def _known(operation: Operation[Any, Any], channel: str) -> str:
    """Raises NotFound."""
    return known_channel(channel, any_too=operation.any_channel, auto_too=operation.auto_channel)


def _named(field: str, *places: object) -> str:
    """The first of these places that has the field filled in."""
    return next((found for place in places if (found := getattr(place, field, ""))), "")


def _key(header: str, field: str) -> str:
    """Raises InvalidInput."""
    if header and field and header != field:
        raise InvalidInput("The header Idempotency-Key and the field `idempotencyKey` differ. Give one of them.")
    if len(header or field) > LONGEST_KEY:
        raise InvalidInput(f"The idempotency key may have at most {LONGEST_KEY} characters.")
    return header or field
