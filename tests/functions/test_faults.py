"""What goes wrong is told by code and place, never by text: a text may hold a patient."""

from __future__ import annotations

import json
import logging
from typing import Any

import azure.functions as func
import pytest

from functions.edge.faults import TriggerFailed, coded
from functions.edge.http import answering
from infra.local.host.invocations import InvocationError
from shared.errors import NotFound, SourceUnavailable, TooManyRequests
from tests.conftest import StartHost
from tests.functions.conftest import RunningApp

NAME = "Quentin Quillfeather"


async def test_missing_settings_are_named_and_the_app_stays_alive(start_host: StartHost, app: RunningApp) -> None:
    host = await start_host(settings={"ENCRYPTION_KEYS": "", "INDEX_KEY": "@Microsoft.KeyVault(x)"})
    for method, path in (("GET", "any/v1/messages"), ("POST", "webhooks/whatsapp")):
        async with app.session.request(method, f"{host.url}/api/{path}") as answer:
            told = await answer.json()
            assert (answer.status, told["error"]["code"]) == (503, "configuration")
            assert "ENCRYPTION_KEYS is not set" in told["error"]["message"]
            assert "INDEX_KEY is an unresolved Key Vault reference" in told["error"]["message"]
            assert answer.headers["Retry-After"]
    async with app.session.get(f"{host.url}/api/health") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    with pytest.raises(InvocationError, match="configuration"):
        await host.fire("release_due")


async def test_a_patient_in_an_exception_is_seen_by_nobody(app: RunningApp, caplog: pytest.LogCaptureFixture) -> None:
    """The job's wrong content stands in the text of what is raised."""
    caplog.set_level(logging.DEBUG)
    job = json.dumps({"due": f"{NAME}_x", "attempt": 1, "priority": 5})
    with pytest.raises(InvocationError) as failed:
        await app.host.fire("send_message", job)
    name, failure = app.host.failures[-1]
    assert (name, failure.exception_type, failure.code) == ("send_message", "TriggerFailed", "ValueError")
    seen = [str(failed.value), failure.text, failure.stack_trace, caplog.text]
    assert not any("Quillfeather" in text for text in seen)
    assert "trigger_failed trigger=send_message code=ValueError" in caplog.text


async def test_a_trigger_passes_on_code_and_place_only() -> None:
    @coded
    async def tell() -> None:
        raise SourceUnavailable(f"no answer about {NAME}")

    with pytest.raises(TriggerFailed) as failed:
        await tell()
    assert failed.value.code == "source_unavailable"
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None, "a traceback would print what came before"
    assert str(failed.value).startswith("tell: source_unavailable at test_faults.py:")


async def test_an_answer_never_carries_what_was_raised_by_mistake(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    @answering
    async def look_up(req: func.HttpRequest) -> func.HttpResponse:
        raise KeyError(NAME)

    answer = await look_up(_request())
    assert answer.status_code == 500
    told = json.loads(answer.get_body())
    assert told["error"]["code"] == "internal"
    assert "Quillfeather" not in answer.get_body().decode() + caplog.text
    assert "http_failed type=KeyError at=test_faults.py:" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "wait"),
    [
        (TooManyRequests("x", retry_after_s=7.4), 429, "7"),
        (SourceUnavailable("x"), 503, "5"),
        (NotFound("x"), 404, None),
    ],
)
async def test_who_may_try_again_is_told_when(error: Exception, status: int, wait: str | None) -> None:
    @answering
    async def refuse(req: func.HttpRequest) -> func.HttpResponse:
        raise error

    answer = await refuse(_request())
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, wait)
    assert answer.headers["Cache-Control"] == "no-store"


def _request() -> Any:
    return func.HttpRequest("GET", "http://127.0.0.1/", body=b"")
