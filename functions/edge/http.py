"""HTTP in and out: query and body read once, errors in the one shape of api.md, never a stack trace."""

import json
import logging
import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import date
from functools import wraps
from typing import Any, Concatenate

import azure.functions as func

from functions.edge.faults import place_of
from shared.errors import BodyTooLarge, InvalidInput, PatientMessagingError, UnsupportedMedia
from shared.services.callers import Caller
from shared.wiring import Deps, Services

LARGEST_BODY = 256 * 1024  # bytes; the proposals' bodies are below 10 KiB
MOST_ROWS = 200
DEFAULT_ROWS = 50
EARLIEST_YEAR, LATEST_YEAR = 2000, 2200

_FEW_DIGITS = re.compile(r"[0-9]{1,6}")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T.*)?")

log = logging.getLogger(__name__)

type Handler[**P] = Callable[Concatenate[func.HttpRequest, P], Coroutine[Any, Any, func.HttpResponse]]


def answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """JSON in UTF-8; never cached, since nearly all of it is about patients."""
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        mimetype="application/json",
        charset="utf-8",
    )


def failed(error: PatientMessagingError) -> func.HttpResponse:
    """The error shape of api.md."""
    headers: dict[str, str] = {}
    if error.retryable or error.retry_after_s is not None or error.http_status == 503:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s or 5)))
    if error.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, 11.6.1: a 401 must say how to come again
    details = [{"field": d.field, "message": d.message} for d in error.details]
    body = {"error": {"code": error.code, "message": error.message, "details": details}}
    return answer(error.http_status, body, headers)


def answering[**P](handler: Handler[P]) -> Callable[..., Coroutine[Any, Any, func.HttpResponse]]:
    """Every HTTP trigger's outermost layer: what is raised becomes an answer."""

    @wraps(handler)
    async def wrapper(req: func.HttpRequest, *args: P.args, **kwargs: P.kwargs) -> func.HttpResponse:
        try:
            return await handler(req, *args, **kwargs)
        except PatientMessagingError as error:
            log.info("http_refused code=%s status=%d", error.code, error.http_status)
            return failed(error)
        except Exception as error:  # the trigger's edge: recorded without its text, which may hold patient data
            log.error("http_failed type=%s at=%s", type(error).__name__, place_of(error))
            return failed(PatientMessagingError("Something went wrong here. Please try again; nothing is lost."))

    return wrapper


async def entered(deps: Deps, req: func.HttpRequest) -> tuple[Services, Caller]:
    """The guard: services and caller. Raises Unauthenticated."""
    services = await deps.services()
    return services, await services.callers.identify(req.headers.get("x-api-key"), req.headers.get("authorization"))


def json_body(req: func.HttpRequest) -> Mapping[str, Any]:
    """The body as a JSON object. Raises InvalidInput, BodyTooLarge, UnsupportedMedia."""
    media = (req.headers.get("content-type") or "application/json").partition(";")[0].strip().lower()
    if media != "application/json":
        raise UnsupportedMedia("Send JSON, with the header Content-Type: application/json.")
    raw = req.get_body()
    if len(raw) > LARGEST_BODY:
        raise BodyTooLarge(f"The body may have at most {LARGEST_BODY // 1024} KiB.")
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
        if b"\\ud" in raw or b"\\uD" in raw:
            json.dumps(body, ensure_ascii=False).encode()  # half of a character can neither be stored nor sent
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    return body


def text_of(body: Mapping[str, Any], field: str) -> str:
    """A text field of a flat body; empty where it is missing. Raises InvalidInput."""
    value = body.get(field)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"`{field}` must be text.")
    return value or ""


def _refuse_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def top(req: func.HttpRequest) -> int:
    """How many rows a page may have: 1 to 200. Raises InvalidInput."""
    text = req.params.get("top")
    if not text:
        return DEFAULT_ROWS
    if _FEW_DIGITS.fullmatch(text) is None or not 1 <= int(text) <= MOST_ROWS:
        raise InvalidInput(f"`top` must be a number from 1 to {MOST_ROWS}.")
    return int(text)


def day(req: func.HttpRequest, name: str) -> date | None:
    """A local day such as 2026-11-20; a whole timestamp's date is taken. Raises InvalidInput."""
    text = req.params.get(name)
    if not text:
        return None
    return parse_day(text, name)


def parse_day(text: str, name: str) -> date:
    """Raises InvalidInput, also for days at the edge of the calendar, with which no clinic can mean anything."""
    match = _DAY.fullmatch(text)
    try:
        found = date.fromisoformat(match[1]) if match else None
    except ValueError:
        found = None
    if found is None or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise InvalidInput(f"`{name}` must be a day such as 2026-11-20.")
    return found
