"""What a send comes to, against the real server with faults, and against answers that no simulator should give."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.channels.whatsapp import client as whatsapp_client
from shared.channels.whatsapp.client import WhatsAppChannel
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS, FaultKind, WhatsAppSimulator
from shared.domain.content import RawContent, TemplateContent, TextContent
from shared.domain.outcome import Accepted, ErrorClass, Rejected, SendOutcome, Throttled, Unknown
from tests.channels.whatsapp.conftest import PATIENT, REMINDER, VALUES, RealServer, outbound

Make = Callable[..., tuple[WhatsAppSimulator, WhatsAppChannel]]

# fault, its options, outcome, how many messages the patient got
FAULTS: list[tuple[FaultKind, dict[str, Any], SendOutcome, int]] = [
    (FaultKind.RESET_BEFORE, {}, Unknown("reset"), 0),
    (FaultKind.RESET_AFTER, {}, Unknown("reset"), 1),
    (FaultKind.TIMEOUT_BEFORE, {}, Unknown("timeout"), 0),
    (FaultKind.TIMEOUT_AFTER, {}, Unknown("timeout"), 1),
    (FaultKind.GATEWAY_BEFORE, {}, Unknown("http_502"), 0),
    (FaultKind.GATEWAY_AFTER, {}, Unknown("http_502"), 1),
    (FaultKind.GATEWAY_TIMEOUT_AFTER, {}, Unknown("http_504"), 1),
    (FaultKind.SERVER_ERROR_AFTER, {}, Unknown("http_500"), 1),
    (FaultKind.NO_ID_AFTER, {}, Unknown("no_id"), 1),
    (FaultKind.ERROR, {"code": 131000}, Rejected("131000", ErrorClass.TRANSIENT, retryable=True), 0),
    (FaultKind.ERROR, {"code": 2}, Rejected("2", ErrorClass.TRANSIENT, retryable=True), 0),
    (FaultKind.ERROR, {"code": 3}, Rejected("3", ErrorClass.AUTH), 0),
    (FaultKind.ERROR, {"code": 190}, Rejected("190", ErrorClass.AUTH), 0),
    (FaultKind.ERROR, {"code": 131042}, Rejected("131042", ErrorClass.ACCOUNT), 0),
    (FaultKind.ERROR, {"code": 131048}, Rejected("131048", ErrorClass.ACCOUNT), 0),
    (FaultKind.ERROR, {"code": 131026}, Rejected("131026", ErrorClass.RECIPIENT), 0),
    (FaultKind.ERROR, {"code": 130429}, Throttled("130429"), 0),
    (FaultKind.ERROR, {"code": 130429, "retry_after_s": 7}, Throttled("130429", retry_after_s=7.0), 0),
    (FaultKind.ERROR, {"code": 80007, "usage_minutes": 3}, Throttled("80007", retry_after_s=180.0), 0),
    (FaultKind.ERROR, {"code": 131056}, Throttled("131056", ErrorClass.PAIR_RATE), 0),
]


@pytest.mark.parametrize(("kind", "options", "outcome", "received"), FAULTS)
async def test_a_fault_of_the_server_is_told_truthfully(
    server: RealServer,
    monkeypatch: pytest.MonkeyPatch,
    kind: FaultKind,
    options: dict[str, Any],
    outcome: SendOutcome,
    received: int,
) -> None:
    monkeypatch.setattr(whatsapp_client, "SEND_TIMEOUT", httpx.Timeout(0.3))
    server.simulator.fault(kind, **options)
    assert await server.channel.send(outbound()) == outcome
    assert len(server.simulator.ledger.of(PATIENT)) == received


@pytest.mark.parametrize(
    ("kind", "options", "outcome", "received"),
    [*FAULTS, (FaultKind.CONNECTION_REFUSED, {}, Rejected("connect_error", ErrorClass.TRANSIENT, retryable=True), 0)],
)
async def test_mock_mode_has_the_same_outcomes(
    mock_mode: Make, kind: FaultKind, options: dict[str, Any], outcome: SendOutcome, received: int
) -> None:
    simulator, channel = mock_mode()
    simulator.fault(kind, **options)
    assert await channel.send(outbound()) == outcome
    assert len(simulator.ledger.of(PATIENT)) == received


async def test_an_accepted_message_has_an_id_and_reaches_the_patient_as_rendered(server: RealServer) -> None:
    outcome = await server.channel.send(outbound())
    [entry] = server.simulator.ledger.entries
    assert outcome == Accepted(entry.provider_id)
    assert b"447700900123" in base64.b64decode(entry.provider_id.removeprefix("wamid."))  # as Meta's own do
    assert entry.text == server.channel.rendered(REMINDER)
    assert entry.reference == "example-clinic_ref1"


async def test_a_message_held_for_quality_is_accepted_and_said_to_be_held(server: RealServer) -> None:
    server.simulator.fault(FaultKind.HELD)
    outcome = await server.channel.send(outbound())
    assert isinstance(outcome, Accepted)
    assert outcome.held == "held_for_quality_assessment"
    assert server.simulator.ledger.entries == []


async def test_a_slow_answer_is_waited_for(server: RealServer) -> None:
    server.simulator.fault(FaultKind.SLOW, delay_s=0.1)
    assert isinstance(await server.channel.send(outbound()), Accepted)


async def test_a_fault_for_one_number_leaves_the_others_alone(server: RealServer) -> None:
    server.simulator.fault(FaultKind.ERROR, code=131000, to="+447700900124", times=2)
    assert isinstance(await server.channel.send(outbound()), Accepted)
    assert isinstance(await server.channel.send(outbound(to="+447700900124")), Rejected)


async def test_no_server_at_all_proves_that_nothing_was_taken(unused_tcp_port_factory: Callable[[], int]) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port_factory()}"
    async with httpx.AsyncClient(trust_env=False) as http:
        channel = WhatsAppChannel(replace(SAMPLE_CREDENTIALS, graph_url=url), http)
        assert await channel.send(outbound()) == Rejected("connect_error", ErrorClass.TRANSIENT, retryable=True)


async def test_a_failed_tls_handshake_proves_that_nothing_was_taken(server: RealServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        channel = WhatsAppChannel(replace(SAMPLE_CREDENTIALS, graph_url=server.url.replace("http:", "https:")), http)
        assert await channel.send(outbound()) == Rejected("connect_error", ErrorClass.TRANSIENT, retryable=True)
    assert server.simulator.ledger.entries == []


async def test_a_wrong_token_is_refused(server: RealServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        wrong = replace(SAMPLE_CREDENTIALS, graph_url=server.url, access_token="stale")
        assert await WhatsAppChannel(wrong, http).send(outbound()) == Rejected("190", ErrorClass.AUTH)


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (httpx.ConnectTimeout("x"), Rejected("connect_timeout", ErrorClass.TRANSIENT, retryable=True)),
        (httpx.PoolTimeout("x"), Rejected("pool_timeout", ErrorClass.TRANSIENT, retryable=True)),
        (httpx.ProxyError("x"), Rejected("proxy_error", ErrorClass.TRANSIENT, retryable=True)),
        (httpx.WriteTimeout("x"), Unknown("timeout")),
        (httpx.WriteError("x"), Unknown("reset")),
        (httpx.CloseError("x"), Unknown("reset")),
        (httpx.RemoteProtocolError("x"), Unknown("reset")),
        (httpx.DecodingError("x"), Unknown("no_answer")),
        (httpx.LocalProtocolError("x"), Rejected("bad_request_url", ErrorClass.REQUEST)),
        (httpx.UnsupportedProtocol("x"), Rejected("bad_request_url", ErrorClass.REQUEST)),
    ],
)
async def test_a_break_before_the_body_is_proven_and_any_later_one_is_not(
    failure: httpx.HTTPError, outcome: SendOutcome
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    assert await send_through(fail) == outcome


def accepted(provider_id: object, **more: str) -> httpx.Response:
    return httpx.Response(200, json={"messages": [{"id": provider_id, **more}]})


def error(code: object, status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": "x", "code": code}}, headers=headers)


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (accepted("wamid.1"), Accepted("wamid.1")),
        (accepted("wamid.1", message_status="paused"), Accepted("wamid.1", "paused")),
        (accepted("wamid.1", message_status="accepted"), Accepted("wamid.1")),
        (httpx.Response(200, content=b""), Unknown("no_id")),
        (httpx.Response(200, content=b"\xff"), Unknown("no_id")),
        (httpx.Response(200, json=[]), Unknown("no_id")),
        (accepted(7), Unknown("no_id")),
        (accepted(""), Unknown("no_id")),
        (httpx.Response(200, content=b"[" * 100_000), Unknown("no_id")),
        (httpx.Response(302, headers={"location": "https://example.org"}), Rejected("http_302", ErrorClass.OTHER)),
        (httpx.Response(400), Rejected("http_400", ErrorClass.OTHER)),
        (httpx.Response(401), Rejected("http_401", ErrorClass.AUTH)),
        (httpx.Response(404), Rejected("http_404", ErrorClass.OTHER)),
        (httpx.Response(408), Unknown("http_408")),
        (httpx.Response(429, headers={"retry-after": "30"}), Throttled("http_429", retry_after_s=30.0)),
        (httpx.Response(429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), Throttled("http_429")),
        (httpx.Response(503), Unknown("http_503")),
        (error(2, 503), Rejected("2", ErrorClass.TRANSIENT, retryable=True)),
        (error(999999, 500), Unknown("http_500")),
        (error(131000, 502), Unknown("http_502")),
        (error(131000, 504), Unknown("http_504")),
        (error(131000, 408), Unknown("http_408")),
        (error(999999, 400), Rejected("999999", ErrorClass.OTHER)),
        (error(999999, 429), Throttled("http_429")),
        (error("131026", 400), Rejected("http_400", ErrorClass.OTHER)),
        (error(True, 400), Rejected("http_400", ErrorClass.OTHER)),
        (httpx.Response(400, json={"error": "plain"}), Rejected("http_400", ErrorClass.OTHER)),
        (
            error(4, 400, **{"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":2}, 5],"2":[]}'}),
            Throttled("4", retry_after_s=120.0),
        ),
        (error(4, 400, **{"x-business-use-case-usage": "not json"}), Throttled("4")),
        (error(4, 400, **{"x-business-use-case-usage": '{"1": 2}'}), Throttled("4")),
    ],
)  # fmt: skip
async def test_an_answer_means(response: httpx.Response, outcome: SendOutcome) -> None:
    assert await send_through(lambda _: response) == outcome


@pytest.mark.parametrize(
    ("to", "content"),
    [
        ("07700900123", REMINDER),
        ("447700900123", REMINDER),
        (PATIENT, TemplateContent("birthday", "en", VALUES)),
        (PATIENT, TemplateContent("appointment_reminder", "cy", VALUES)),
        (PATIENT, TemplateContent("appointment_reminder", "en", {})),
        (PATIENT, TextContent("half a character \ud83d")),
        (PATIENT, RawContent({"type": "text", "text": {"body": object()}})),
    ],
)
async def test_what_cannot_be_written_is_rejected_and_nothing_is_called(to: str, content: Any) -> None:
    def unexpected(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing should be sent")

    assert await send_through(unexpected, to, content) == Rejected("invalid_content", ErrorClass.REQUEST)


@pytest.mark.parametrize(
    ("to", "recipient"),
    [(PATIENT, {"to": PATIENT}), ("GB.10000000000000001", {"recipient": "GB.10000000000000001"})],
)
async def test_the_wire_body_is_metas(to: str, recipient: dict[str, str]) -> None:
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"messages": [{"id": "wamid.1"}]})

    await send_through(keep, to, TextContent("Grüße 您好"))
    [request] = seen
    assert str(request.url) == "https://graph.facebook.com/v25.0/100000000000001/messages"
    assert request.headers["authorization"] == "Bearer sample-access-token"
    assert json.loads(request.content) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient,
        "type": "text",
        "text": {"preview_url": False, "body": "Grüße 您好"},
        "biz_opaque_callback_data": "example-clinic_ref1",
    }


async def send_through(
    handler: Callable[[httpx.Request], httpx.Response], to: str = PATIENT, content: Any = REMINDER
) -> SendOutcome:
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
        return await WhatsAppChannel(SAMPLE_CREDENTIALS, http).send(outbound(to, content))
