"""Web pages in and out: forms and languages read, faults shown as a page in words. Neither token nor text is logged."""

import logging
import re
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import azure.functions as func

from functions.edge.faults import place_of
from functions.edge.http import Handler
from shared.errors import PatientMessagingError

if TYPE_CHECKING:
    from shared.services.prescribing.patient_page import Reader

LARGEST_FORM = 4 * 1024  # bytes
_MOST_LANGUAGES = 10
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")

log = logging.getLogger(__name__)


def showing(handler: Handler[[]]) -> Callable[..., Coroutine[Any, Any, func.HttpResponse]]:
    """A page's outermost layer: what is raised becomes a page that asks to try again."""

    @wraps(handler)
    async def wrapper(req: func.HttpRequest) -> func.HttpResponse:
        try:
            return await handler(req)
        except PatientMessagingError as error:
            log.info("page_refused code=%s status=%d", error.code, error.http_status)
            return _busy(req, 429 if error.retryable and error.http_status == 429 else 503)
        except Exception as error:  # the trigger's edge: recorded without its text
            log.error("page_failed type=%s at=%s", type(error).__name__, place_of(error))
            return _busy(req, 503)

    return wrapper


def page(req: func.HttpRequest, status: int, html: str, headers: Mapping[str, str]) -> func.HttpResponse:
    body = "" if req.method == "HEAD" else html
    return func.HttpResponse(body, status_code=status, headers=dict(headers), mimetype="text/html", charset="utf-8")


def form_of(req: func.HttpRequest) -> Mapping[str, str]:
    """What a browser's form sends; anything else is an empty form."""
    raw = req.get_body()
    if len(raw) > LARGEST_FORM:
        return {}
    try:
        return dict(parse_qsl(raw.decode("ascii"), max_num_fields=10))
    except ValueError:
        return {}


def reader_of(req: func.HttpRequest, form: Mapping[str, str] | None = None) -> "Reader":
    """The language that the reader chose, and those that their browser prefers, best first."""
    from shared.services.prescribing.patient_page import Reader

    chosen = (form or {}).get("lang") or req.params.get("lang") or ""
    preferred = (part.partition(";")[0].strip() for part in req.headers.get("accept-language", "").split(","))
    known = [tag for tag in list(preferred)[:_MOST_LANGUAGES] if _LANGUAGE.fullmatch(tag)]
    return Reader(chosen if _LANGUAGE.fullmatch(chosen) else "", tuple(known))


def _busy(req: func.HttpRequest, status: int) -> func.HttpResponse:
    """Its words need neither settings nor storage."""
    from shared.pages.prescription import busy, headers

    return page(req, status, busy(reader_of(req)), {**headers(), "Retry-After": "5"})
