"""Names, numbers, ids and words of patients never stand in a log line or an exception."""

import json
import logging

import pytest

from shared.channels.whatsapp.callback import WhatsAppCallback
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS, FaultKind
from shared.domain.content import RawContent, TextContent
from shared.errors import PatientMessagingError
from tests.channels.whatsapp.conftest import NOON, PATIENT, REMINDER, CallbackAddress, RealServer, outbound

SECRETS = (
    PATIENT.removeprefix("+"),
    "Alex Example",
    "Eye clinic",
    "a private word",
    "sample-access-token",
    "example-ref",
)


def assert_clean(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


async def test_sending_logs_nothing_of_it(
    server: RealServer, address: CallbackAddress, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in (None, FaultKind.ERROR, FaultKind.RESET_AFTER, FaultKind.GATEWAY_AFTER):
        for content in (REMINDER, TextContent("a private word"), RawContent({"type": "text", "text": {"body": "x"}})):
            if kind is not None:
                server.simulator.fault(kind)
            outcome = await server.channel.send(outbound(content=content, reference="example-ref"))
            assert_clean(repr(outcome))
    await server.simulator.settled()
    assert address.bodies
    assert caplog.records
    assert_clean(" ".join(f"{r.name} {r.getMessage()} {r.exc_text or ''}" for r in caplog.records if _ours(r)))


def _ours(record: logging.LogRecord) -> bool:
    """httpcore prints header and body sizes and headers at DEBUG only; the app keeps both libraries at WARNING."""
    return record.levelno >= logging.INFO or not record.name.startswith(("httpcore", "httpx"))


BODIES = [
    {},
    {"to": PATIENT, "type": "text", "text": {"body": "a private word" * 400}},
    {"to": f"{PATIENT} Alex Example", "text": {"body": "a private word"}},
    {"to": PATIENT, "type": "template", "template": {"name": "Alex Example", "language": {"code": "Eye clinic"}}},
    {"to": PATIENT, "type": "a private word"},
]


@pytest.mark.parametrize("body", BODIES)
def test_a_refused_body_is_refused_without_its_values(server: RealServer, body: dict[str, object]) -> None:
    with pytest.raises(PatientMessagingError) as raised:
        server.channel.read_raw(body)
    assert_clean(f"{raised.value!r} {raised.value.details!r} {raised.value.__cause__!r} {raised.value.__context__!r}")


def test_unreadable_items_tell_their_place_only() -> None:
    message = {"from": "447700900123", "id": ["a private word"], "timestamp": "Alex Example", "type": "text"}
    change = {"field": "messages", "value": {"messages": [message, "a private word"]}}
    body = {"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}
    events = WhatsAppCallback(SAMPLE_CREDENTIALS).parse({}, json.dumps(body).encode())
    assert len(events) == 2
    assert_clean(repr(events))


def test_a_refused_callback_tells_nothing() -> None:
    with pytest.raises(PatientMessagingError) as raised:
        WhatsAppCallback(SAMPLE_CREDENTIALS).verify(
            {}, {"x-hub-signature-256": "sha256=Alex Example"}, b"a private word", NOON
        )
    assert_clean(f"{raised.value!r} {raised.value.__context__!r}")
