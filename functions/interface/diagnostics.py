"""Diagnostics: does every provider account work, and is one of them stopped?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypedDict

from functions.interface.fields import AT
from functions.interface.operation import Method, Nothing, Operation
from functions.interface.times import Explain, time_text
from functions.interface.words import Visibility, Words
from shared.domain.clinic import Clinic
from shared.services.callers import Permission
from shared.services.sending.stoppages import StopReason
from shared.storage.contract import Stop

if TYPE_CHECKING:
    from shared.services.sending.connections import Connection


class CircuitAnswer(TypedDict):
    """Whether an account or a template sends, and if not, why."""

    state: Annotated[str, Words("State", "closed: it sends; open: it is stopped; half_open: it tries again.")]
    since: Annotated[str | None, Words("Since", f"Since when it is stopped. {AT}")]
    reason: Annotated[str | None, Words("Reason", "Why it is stopped, as a code.")]
    reasonText: Annotated[str | None, Words("Reason in words", "Why it is stopped and what to do.")]
    code: Annotated[str | None, Words("Code", "The provider's own code.")]
    nextTryAt: Annotated[str | None, Words("Next try", f"When the next message tries. {AT}")]


class StoppedTemplate(CircuitAnswer):
    """A template that does not send."""

    template: Annotated[str, Words("Template", "The provider's name of the template.")]


class ConnectionAnswer(TypedDict):
    """A provider account."""

    channel: Annotated[str, Words("Channel", "The channel of the account.")]
    account: Annotated[str, Words("Account", "The account's name here; default is that of the app settings.")]
    ok: Annotated[bool, Words("Works", "True where everything works.")]
    findings: Annotated[list[str], Words("Findings", "What works and what does not, in sentences.")]
    circuit: Annotated[CircuitAnswer, Words("Circuit", "Whether the account sends.")]
    stoppedTemplates: Annotated[list[StoppedTemplate], Words("Stopped templates", "Templates that do not send.")]


class ConnectionsAnswer(TypedDict):
    """Every account that the caller's clinics send from."""

    value: Annotated[list[ConnectionAnswer], Words("Accounts", "The provider accounts.")]


TEST_CONNECTION = Operation(
    id="TestConnection",
    method=Method.GET,
    path="diagnostics/testconnection",
    summary="Test the connection",
    description="Says which provider accounts work and which are stopped; sends nothing.",
    permission=Permission.READ,
    query=Nothing,
    body=Nothing,
    answer=ConnectionsAnswer,
    errors=(404,),
    any_channel=True,
    visibility=Visibility.INTERNAL,
)
OPERATIONS = (TEST_CONNECTION,)


def connections_answer(found: Sequence[Connection], explain: Explain) -> ConnectionsAnswer:
    return {"value": [_connection(one, explain) for one in found]}


def _connection(found: Connection, explain: Explain) -> ConnectionAnswer:
    return {
        "channel": found.channel,
        "account": found.account,
        "ok": found.ok,
        "findings": list(found.report.findings),
        "circuit": _circuit(found.stop, found.clinic, explain),
        "stoppedTemplates": [
            {"template": stop.template, **_circuit(stop, found.clinic, explain)} for stop in found.stopped_templates
        ],
    }


def _circuit(stop: Stop | None, clinic: Clinic, explain: Explain) -> CircuitAnswer:
    return {
        "state": "closed" if stop is None else "half_open" if stop.probe else "open",
        "since": time_text(stop.since, clinic) if stop else None,
        "reason": stop.error_class if stop else None,
        "reasonText": explain(("stop_reason",), stop.error_class, clinic) or None if stop else None,
        "code": stop.code if stop else None,
        "nextTryAt": time_text(stop.probe_at, clinic) if stop and stop.error_class != StopReason.PAUSED else None,
    }
