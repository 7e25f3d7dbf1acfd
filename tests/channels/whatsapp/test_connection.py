"""`testconnection`: what works and what does not, without sending anything; and Meta's own record of a message."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from shared.channels.whatsapp.client import WhatsAppChannel
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS
from shared.domain.inbound import Receipt, ReceiptState
from shared.domain.outcome import Accepted
from tests.channels.whatsapp.conftest import CallbackAddress, RealServer, StandingClock, outbound


async def test_a_healthy_account_is_reported_in_one_sentence(server: RealServer) -> None:
    report = await server.channel.test_connection()
    assert report.ok
    assert report.findings == ("The number can send, and callbacks are subscribed.",)
    assert server.simulator.ledger.accepted == 0


async def test_a_blocked_number_is_reported_with_what_to_do(server: RealServer) -> None:
    server.simulator.numbers.all[0].health = "BLOCKED"
    report = await server.channel.test_connection()
    assert not report.ok
    assert "The number's sending is blocked." in report.findings
    assert any("131042" in finding and "payment" in finding for finding in report.findings)


async def test_a_missing_subscription_is_reported(server: RealServer) -> None:
    server.simulator.numbers.all[0].subscribed = False
    report = await server.channel.test_connection()
    assert not report.ok
    assert any("No app is subscribed" in finding for finding in report.findings)


async def test_a_paused_template_and_low_quality_are_noted_but_the_account_works(server: RealServer) -> None:
    server.simulator.numbers.all[0].quality = "YELLOW"
    await server.simulator.set_template_status("appointment_reminder", "zh_HK", "PAUSED")
    report = await server.channel.test_connection()
    assert report.ok
    assert "Template appointment_reminder (zh_HK) is paused." in report.findings
    assert "The number's quality rating is yellow." in report.findings


async def test_a_wrong_token_is_reported_with_what_to_do(server: RealServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        wrong = replace(SAMPLE_CREDENTIALS, graph_url=server.url, access_token="stale")
        report = await WhatsAppChannel(wrong, http, clock=StandingClock()).test_connection()
    assert not report.ok
    assert "code 190" in report.findings[0]
    assert "WHATSAPP_ACCESS_TOKEN" in report.findings[0]
    assert "stale" not in report.findings[0]


async def test_an_unreachable_meta_is_reported(unused_tcp_port_factory: Callable[[], int]) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        away = replace(SAMPLE_CREDENTIALS, graph_url=f"http://127.0.0.1:{unused_tcp_port_factory()}")
        report = await WhatsAppChannel(away, http, clock=StandingClock()).test_connection()
    assert not report.ok
    assert report.findings == ("Meta cannot be reached (ConnectError).",)


async def test_a_version_that_ends_soon_is_noted(server: RealServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        old = replace(SAMPLE_CREDENTIALS, graph_url=server.url, graph_version="v21.0")
        clock = StandingClock(datetime(2026, 11, 20, tzinfo=UTC))
        report = await WhatsAppChannel(old, http, clock=clock).test_connection()
    assert report.ok
    assert any("v21.0 ends on 2027-01-21" in finding for finding in report.findings)


async def test_the_record_of_a_message_reads_as_receipts(server: RealServer, address: CallbackAddress) -> None:
    outcome = await server.channel.send(outbound())
    assert isinstance(outcome, Accepted)
    await server.simulator.settled()
    history = await server.channel.history(outcome.provider_id)
    assert history is not None
    assert [receipt.state for receipt in history] == [ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.READ]
    posted = [event for event in address.events if isinstance(event, Receipt)]
    assert [(r.provider_id, r.state, r.at) for r in history] == [(r.provider_id, r.state, r.at) for r in posted]


async def test_a_message_that_meta_does_not_know_has_no_record(server: RealServer) -> None:
    assert await server.channel.history("wamid.unknown") == ()


async def test_no_answer_is_not_mistaken_for_no_record(unused_tcp_port_factory: Callable[[], int]) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        away = replace(SAMPLE_CREDENTIALS, graph_url=f"http://127.0.0.1:{unused_tcp_port_factory()}")
        assert await WhatsAppChannel(away, http, clock=StandingClock()).history("wamid.any") is None
