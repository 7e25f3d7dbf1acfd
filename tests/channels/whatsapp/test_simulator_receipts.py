"""The simulator's callbacks: as documented, and on request late, twice, out of order, batched, early or failed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from shared.channels.whatsapp.client import WhatsAppChannel
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS, WhatsAppSimulator
from shared.domain.content import TextContent
from shared.domain.inbound import (
    AccountNotice,
    ContactChange,
    ContactEvent,
    InboundMessage,
    Receipt,
    ReceiptState,
)
from shared.domain.outcome import Accepted
from tests.channels.whatsapp.conftest import NOON, PATIENT, CallbackAddress, RealServer, StandingClock, outbound

Make = Callable[..., tuple[WhatsAppSimulator, WhatsAppChannel]]
SENT, DELIVERED, READ, FAILED = ReceiptState


def receipts(address: CallbackAddress) -> list[Receipt]:
    return [event for event in address.events if isinstance(event, Receipt)]


def states(address: CallbackAddress) -> list[ReceiptState]:
    return [receipt.state for receipt in receipts(address)]


async def test_receipts_come_signed_with_our_reference(server: RealServer, address: CallbackAddress) -> None:
    outcome = await server.channel.send(outbound(reference="example-clinic_2026030200_x~7"))
    await server.simulator.settled()
    assert isinstance(outcome, Accepted)
    assert states(address) == [SENT, DELIVERED, READ]
    assert {(r.provider_id, r.reference) for r in receipts(address)} == {
        (outcome.provider_id, "example-clinic_2026030200_x~7")
    }
    assert [r.pricing for r in receipts(address)] == ["utility/regular/PMP", "utility/regular/PMP", ""]


@pytest.mark.parametrize(
    ("ending", "expected", "callbacks", "reached"),
    [
        ("0199", [FAILED], 1, 0),
        ("0198", [SENT, DELIVERED], 2, 1),
        ("0197", [], 0, 1),
        ("0196", [SENT, SENT, DELIVERED, DELIVERED, READ, READ], 6, 1),
        ("0195", [READ, DELIVERED, SENT], 3, 1),
        ("0194", [SENT, DELIVERED, READ], 1, 1),
        ("0193", [SENT, DELIVERED, READ], 3, 1),
        ("0192", [SENT, READ], 2, 1),
        ("0191", [SENT, DELIVERED, FAILED], 3, 1),
        ("0190", [SENT, FAILED, DELIVERED], 3, 1),
        ("0700", [FAILED], 1, 0),
        ("0123", [SENT, DELIVERED, READ], 3, 1),
    ],
)
async def test_a_number_behaves_by_its_ending_or_its_beginning(
    mock_mode: Make, ending: str, expected: list[ReceiptState], callbacks: int, reached: int
) -> None:
    address, clock = CallbackAddress(), StandingClock()
    simulator, channel = mock_mode(webhook_url="memory", post=address.post, clock=clock, automatic=False)
    to = f"+44770090{ending}"
    assert isinstance(await channel.send(outbound(to)), Accepted)
    while simulator.agenda.next_due_at is not None:
        clock.instant = simulator.agenda.next_due_at
        await simulator.deliver_due()
    assert states(address) == expected
    assert len(address.bodies) == callbacks
    assert len(simulator.ledger.of(to)) == reached


async def test_a_receipt_can_come_before_the_send_is_answered(server: RealServer, address: CallbackAddress) -> None:
    server.simulator.script("before_answer")
    seen: list[int] = []
    post = address.post

    async def note(url: str, headers: object, body: bytes) -> int:
        seen.append(send.done())
        return await post(url, headers, body)

    address.post = note  # type: ignore[method-assign]
    send = asyncio.ensure_future(server.channel.send(outbound()))
    await send
    await server.simulator.settled()
    assert seen == [False, True, True]


async def test_a_number_that_is_not_on_whatsapp_fails_with_its_code(
    server: RealServer, address: CallbackAddress
) -> None:
    assert isinstance(await server.channel.send(outbound("+447700900199")), Accepted)
    await server.simulator.settled()
    assert [(r.state, r.code, r.error_class) for r in receipts(address)] == [(FAILED, "131026", "recipient")]


async def test_scripts_can_be_ordered_for_one_patient(mock_mode: Make) -> None:
    address = CallbackAddress()
    simulator, channel = mock_mode(webhook_url="memory", post=address.post)
    simulator.script("never_reports", to=PATIENT)
    await channel.send(outbound("+447700900124"))
    await channel.send(outbound())
    await simulator.settled()
    assert len(states(address)) == 3
    assert len(simulator.ledger.entries) == 2


async def test_a_refused_callback_comes_again(mock_mode: Make) -> None:
    address, clock = CallbackAddress(answers=[503, 500]), StandingClock()
    simulator, channel = mock_mode(webhook_url="memory", post=address.post, clock=clock, automatic=False)
    simulator.script("one_batch")
    await channel.send(outbound())
    for _ in range(3):
        clock.advance(2)
        await simulator.deliver_due()
    assert len(address.bodies) == 3
    assert len(set(address.bodies)) == 1
    assert simulator.agenda.next_due_at is None


async def test_an_address_that_is_down_is_given_up_in_the_end(mock_mode: Make) -> None:
    async def nobody(_url: str, _headers: object, _body: bytes) -> int:
        raise ConnectionRefusedError

    clock = StandingClock()
    simulator, channel = mock_mode(webhook_url="memory", post=nobody, clock=clock, automatic=False)
    simulator.script("one_batch")
    await channel.send(outbound())
    while simulator.agenda.next_due_at is not None:
        clock.instant = max(clock.instant, simulator.agenda.next_due_at)
        await simulator.deliver_due()
    assert simulator.agenda.given_up == 1


async def test_receipts_of_several_messages_can_share_a_body(mock_mode: Make) -> None:
    address, clock = CallbackAddress(), StandingClock()
    simulator, channel = mock_mode(webhook_url="memory", post=address.post, clock=clock, automatic=False, together=20)
    for number in range(10):
        await channel.send(outbound(reference=f"r{number}"))
    clock.advance(1)
    assert await simulator.deliver_due() == 2
    assert len(receipts(address)) == 30


async def test_on_the_injected_clock_receipts_wait_for_their_time(mock_mode: Make) -> None:
    address, clock = CallbackAddress(), StandingClock()
    simulator, channel = mock_mode(webhook_url="memory", post=address.post, clock=clock, automatic=False)
    simulator.script("late")
    await channel.send(outbound())
    clock.advance(29)
    await simulator.deliver_due()
    assert states(address) == [SENT]
    clock.advance(2)
    await simulator.deliver_due()
    assert states(address) == [SENT, DELIVERED]
    assert simulator.agenda.next_due_at == NOON + timedelta(seconds=60)


async def test_with_a_seed_two_runs_are_the_same(mock_mode: Make) -> None:
    async def run() -> list[bytes]:
        address, clock = CallbackAddress(), StandingClock()
        simulator, channel = mock_mode(
            webhook_url="memory", post=address.post, clock=clock, automatic=False, seed="a day"
        )
        for number in range(5):
            await channel.send(outbound(f"+44770090012{number}"))
        clock.advance(5)
        await simulator.deliver_due()
        return address.bodies

    assert await run() == await run()


async def test_without_a_webhook_nothing_is_posted(mock_mode: Make) -> None:
    simulator, channel = mock_mode()
    await channel.send(outbound())
    assert simulator.agenda.next_due_at is None


async def test_a_patient_writes_and_then_free_text_may_go(server: RealServer, address: CallbackAddress) -> None:
    wamid = await server.simulator.patients.write(PATIENT, "Can I come later?")
    [event] = address.events
    assert isinstance(event, InboundMessage)
    assert (event.provider_id, event.sender, event.kind, event.text) == (wamid, PATIENT, "text", "Can I come later?")
    await server.channel.send(outbound(content=TextContent("Of course.")))
    assert [entry.text for entry in server.simulator.ledger.of(PATIENT)] == ["Of course."]


async def test_a_pressed_button_brings_our_payload_and_quotes_the_reminder(
    server: RealServer, address: CallbackAddress
) -> None:
    outcome = await server.channel.send(outbound(reference="example-clinic_ref1"))
    await server.simulator.settled()
    await server.simulator.patients.press(PATIENT, "2")
    event = address.events[-1]
    assert isinstance(outcome, Accepted)
    assert isinstance(event, InboundMessage)
    assert (event.kind, event.payload, event.text) == ("button", "2:example-clinic_ref1", "2 Cancel")
    assert event.in_reply_to == outcome.provider_id


async def test_a_patient_without_a_visible_number_gets_and_answers(
    server: RealServer, address: CallbackAddress
) -> None:
    nobody = "GB.10000000000000077"
    assert isinstance(await server.channel.send(outbound(nobody)), Accepted)
    await server.simulator.settled()
    await server.simulator.patients.press(nobody, "1")
    assert states(address) == [SENT, DELIVERED, READ]
    assert b"recipient_id" not in b"".join(address.bodies)
    event = address.events[-1]
    assert isinstance(event, InboundMessage)
    assert event.sender == nobody


async def test_marketing_stop_number_change_and_template_news_arrive(
    server: RealServer, address: CallbackAddress
) -> None:
    await server.simulator.patients.set_marketing(PATIENT, stop=True)
    await server.simulator.patients.change_number(PATIENT, "+447700900124")
    await server.simulator.set_template_status("appointment_reminder", "en_GB", "PAUSED")
    stop, change, news = address.events
    assert isinstance(stop, ContactEvent)
    assert isinstance(change, ContactEvent)
    assert isinstance(news, AccountNotice)
    assert (stop.change, stop.sender) == (ContactChange.MARKETING_STOPPED, PATIENT)
    assert (change.change, change.sender) == (ContactChange.ADDRESS_CHANGED, PATIENT)
    assert "event=PAUSED" in news.detail


async def test_several_numbers_have_their_own_tokens_and_callbacks() -> None:
    second = replace(SAMPLE_CREDENTIALS, phone_number_id="100000000000002", access_token="second-token")
    simulator = WhatsAppSimulator(SAMPLE_CREDENTIALS, second)
    async with httpx.AsyncClient(transport=simulator.transport) as http:
        assert isinstance(await WhatsAppChannel(second, http).send(outbound()), Accepted)
    assert [entry.sender for entry in simulator.ledger.entries] == ["100000000000002"]
