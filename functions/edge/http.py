"""HTTP in and out: JSON both ways, errors in the one shape of api.md, never a stack trace."""

import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, Concatenate

import azure.functions as func

from functions.edge.faults import place_of
from shared.errors import BodyTooLarge, InvalidInput, PatientMessagingError, UnsupportedMedia

LARGEST_BODY = 256 * 1024  # bytes; the proposals' bodies are below 10 KiB

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


def _refuse_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
