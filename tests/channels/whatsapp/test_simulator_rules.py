"""The simulator refuses what Meta refuses, with Meta's codes; so a client that passes here is right about them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shared.channels.whatsapp.client import WhatsAppChannel
from shared.channels.whatsapp.simulator import PaceLimits, SendRules, WhatsAppSimulator
from shared.channels.whatsapp.templates import fill
from shared.domain.content import TemplateContent, TextContent
from shared.domain.inbound import Receipt
from shared.domain.outcome import Accepted, ErrorClass, Rejected, Throttled
from tests.channels.whatsapp.conftest import (
    PATIENT,
    REMINDER,
    CallbackAddress,
    RealServer,
    StandingClock,
    outbound,
)
from tests.channels.whatsapp.test_templates import PRESCRIPTION

Make = Callable[..., tuple[WhatsAppSimulator, WhatsAppChannel]]
MESSAGES = "/v25.0/100000000000001/messages"
TOKEN = {"Authorization": "Bearer sample-access-token"}


def body(**changed: Any) -> dict[str, Any]:
    text = {"messaging_product": "whatsapp", "to": PATIENT, "type": "text", "text": {"body": "hello"}}
    return {name: value for name, value in {**text, **changed}.items() if value is not None}


def template(**changed: Any) -> dict[str, Any]:
    return body(type="template", text=None, template={**fill(REMINDER).wire("r"), **changed})


def seven(value: dict[str, str]) -> list[Any]:
    return [{"type": "body", "parameters": [{"type": "text", **value}] * 7}]


async def refusal(request: dict[str, Any]) -> tuple[int, int]:
    """HTTP status and code of the answer."""
    simulator = WhatsAppSimulator()
    async with httpx.AsyncClient(transport=simulator.transport, base_url="https://graph.facebook.com") as http:
        response = await http.post(MESSAGES, json=request, headers=TOKEN)
    error = response.json().get("error", {})
    if error:
        assert set(error) == {"message", "type", "code", "error_data", "fbtrace_id"}
        assert simulator.ledger.accepted == 0
    return response.status_code, error.get("code", 0)


@pytest.mark.parametrize(
    ("request_body", "answer"),
    [
        (template(), (200, 0)),
        (body(to="447700900123"), (200, 0)),
        (body(to=None, recipient="GB.1000"), (200, 0)),
        (body(messaging_product=None), (400, 100)),
        (body(to=None), (400, 131008)),
        (body(to="abc"), (400, 131009)),
        (body(to=["+447700900123"]), (400, 131009)),
        (body(to=None, recipient="someone"), (400, 131009)),
        (body(recipient_type="crowd"), (400, 131009)),
        (body(text=None), (400, 131008)),
        (body(text={"body": ""}), (400, 131008)),
        (body(text={"body": "x" * 4097}), (400, 100)),
        (body(type="telegram"), (400, 131051)),
        (body(type="contacts"), (400, 131008)),
        (body(type="image", image={"id": "1", "link": "x"}), (400, 131009)),
        (body(type="reaction", reaction={}), (400, 131008)),
        (body(biz_opaque_callback_data="x" * 513), (400, 131009)),
        (body(type="template"), (400, 131008)),
        (template(name="unknown"), (404, 132001)),
        (template(language={"code": "en_US"}), (404, 132001)),
        (template(components=[]), (400, 132000)),
        (template(components=[{"type": "body", "parameters": [{"type": "text", "text": "a"}]}]), (400, 132000)),
        (template(components=seven({"text": "a\nb"})), (400, 132018)),
        (template(components=seven({})), (400, 131008)),
        (template(components=seven({"text": "x" * 200})), (400, 132005)),
    ],
)  # fmt: skip
async def test_a_request_is_answered_as_meta_answers_it(request_body: dict[str, Any], answer: tuple[int, int]) -> None:
    assert await refusal(request_body) == answer


@pytest.mark.parametrize(
    ("method", "path", "headers", "answer"),
    [
        ("POST", MESSAGES, {}, (401, 190)),
        ("POST", MESSAGES, {"Authorization": "Bearer wrong"}, (401, 190)),
        ("POST", "/v25.0/999/messages", TOKEN, (400, 100)),
        ("GET", "/v25.0/100000000000001/nothing", TOKEN, (400, 100)),
        ("POST", "/messages", TOKEN, (400, 100)),
    ],
)
async def test_tokens_and_paths_are_checked(
    method: str, path: str, headers: dict[str, str], answer: tuple[int, int]
) -> None:
    async with httpx.AsyncClient(
        transport=WhatsAppSimulator().transport, base_url="https://graph.facebook.com"
    ) as http:
        response = await http.request(method, path, json=body(), headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == answer


@pytest.mark.parametrize(("status", "code"), [("PAUSED", "132015"), ("DISABLED", "132016"), ("REJECTED", "132001")])
async def test_a_template_that_is_not_approved_is_refused(mock_mode: Make, status: str, code: str) -> None:
    simulator, channel = mock_mode()
    await simulator.set_template_status("appointment_reminder", "en_GB", status)
    assert await channel.send(outbound()) == Rejected(code, ErrorClass.TEMPLATE)


async def test_free_text_outside_the_window_fails_by_receipt(mock_mode: Make) -> None:
    address = CallbackAddress()
    simulator, channel = mock_mode(webhook_url="memory", post=address.post)
    assert isinstance(await channel.send(outbound(content=TextContent("Hello"))), Accepted)
    await simulator.settled()
    assert [(e.code, e.error_class) for e in address.events if isinstance(e, Receipt)] == [("131047", "window")]
    assert simulator.ledger.entries == []


async def test_free_text_outside_the_window_can_be_refused_at_once(mock_mode: Make) -> None:
    _, channel = mock_mode(rules=SendRules(late_errors=False))
    assert await channel.send(outbound(content=TextContent("Hello"))) == Rejected("131047", ErrorClass.WINDOW)
    assert await channel.send(outbound("+447700900199")) == Rejected("131026", ErrorClass.RECIPIENT)


async def test_the_window_closes_after_a_day(mock_mode: Make) -> None:
    clock = StandingClock()
    simulator, channel = mock_mode(clock=clock, rules=SendRules(late_errors=False))
    await simulator.patients.write(PATIENT, "hello")
    clock.advance(24 * 3600 - 1)
    assert isinstance(await channel.send(outbound(content=TextContent("Hello"))), Accepted)
    clock.advance(1)
    assert isinstance(await channel.send(outbound(content=TextContent("Hello"))), Rejected)


async def test_a_test_number_sends_only_to_its_list(mock_mode: Make) -> None:
    _, channel = mock_mode(rules=SendRules(only_to=frozenset({"+447700900124"})))
    assert await channel.send(outbound()) == Rejected("131030", ErrorClass.RECIPIENT)
    assert isinstance(await channel.send(outbound("+447700900124")), Accepted)


async def test_a_number_sends_eighty_in_a_second(mock_mode: Make) -> None:
    clock = StandingClock()
    _, channel = mock_mode(clock=clock)
    outcomes = [await channel.send(outbound(f"+4477009{n:05}")) for n in range(81)]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes[:80])
    assert outcomes[80] == Throttled("130429")
    clock.advance(1)
    assert isinstance(await channel.send(outbound()), Accepted)


async def test_one_patient_gets_a_burst_and_then_one_in_six_seconds(mock_mode: Make) -> None:
    clock = StandingClock()
    _, channel = mock_mode(clock=clock, limits=PaceLimits(pair_burst=3))
    outcomes = [await channel.send(outbound()) for _ in range(4)]
    assert outcomes[3] == Throttled("131056", ErrorClass.PAIR_RATE)
    clock.advance(6)
    assert isinstance(await channel.send(outbound()), Accepted)
    assert isinstance(await channel.send(outbound()), Throttled)
    assert isinstance(await channel.send(outbound("+447700900124")), Accepted)


async def test_the_ledger_counts_what_reached_a_patient_twice(mock_mode: Make) -> None:
    simulator, channel = mock_mode()
    for reference in ("a", "b", "a"):
        await channel.send(outbound(reference=reference))
    assert simulator.ledger.duplicates() == {"a": 2}
    assert simulator.ledger.count("b") == 1


async def test_a_person_can_play_with_it(server: RealServer, address: CallbackAddress) -> None:
    async with httpx.AsyncClient(base_url=f"{server.url}/_simulator", trust_env=False) as curl:
        await curl.post("/faults", content='{"kind": "error", "code": 131042}')
        assert (await curl.get("/faults")).json()["result"] == [["error", 1]]
        assert await server.channel.send(outbound()) == Rejected("131042", ErrorClass.ACCOUNT)
        await curl.post("/receipts", content='{"script": "delivered_only"}')
        await server.channel.send(outbound())
        await server.simulator.settled()
        [entry] = (await curl.get("/ledger")).json()["result"]
        assert (entry["to"], entry["count"]) == (PATIENT, 1)
        await curl.post("/patients", content=f'{{"from": "{PATIENT}", "press": "1"}}')
        await curl.post("/patients", content=f'{{"from": "{PATIENT}", "text": "See you"}}')
        assert len(address.events) == 4
        await curl.delete("/ledger")
        assert (await curl.get("/ledger")).json()["result"] == []
        assert (await curl.post("/faults", content='{"kind": "earthquake"}')).status_code == 400
        help_text = await curl.get("/help")
        assert help_text.status_code == 404
        assert "curl $URL/_simulator/ledger" in help_text.text


async def test_a_button_that_opens_an_address_needs_what_completes_it() -> None:
    content = TemplateContent("prescription_reference", "en", PRESCRIPTION)
    wire: Any = fill(content).wire("r")
    words, button = wire["components"]
    assert await refusal(body(type="template", text=None, template=wire)) == (200, 0)
    for components in ([words], [words, {**button, "parameters": []}]):
        short = {**wire, "components": components}
        assert await refusal(body(type="template", text=None, template=short)) == (400, 131008)


async def test_the_ledger_knows_where_a_button_leads() -> None:
    simulator = WhatsAppSimulator()
    wire = fill(TemplateContent("prescription_reference", "en", PRESCRIPTION)).wire("r")
    async with httpx.AsyncClient(transport=simulator.transport, base_url="https://graph.facebook.com") as http:
        request = body(type="template", text=None, template=wire)
        assert (await http.post(MESSAGES, json=request, headers=TOKEN)).is_success
    [entry] = simulator.ledger.entries
    assert (entry.link, entry.buttons) == ("https://app.example/api/p/TOKEN", ())
