"""What a send comes to, over real HTTP against the simulator."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from shared.channels.contract import Channel
from shared.channels.wechat.client import WeChatChannel
from shared.channels.wechat.simulator import WeChatSimulator
from shared.domain.content import Content, RawContent, TemplateContent, TextContent
from shared.domain.outcome import Accepted, ErrorClass, Rejected, SendOutcome, Throttled, Unknown
from shared.errors import InvalidInput
from tests.channels.wechat.samples import PATIENT, MovedClock, credentials, outbound, proposal_body, reminder


def test_the_channel_keeps_the_contract(channel: WeChatChannel) -> None:
    promised: Channel = channel
    assert (promised.name, promised.account, promised.address_kind) == ("wechat", "default", "openid")
    assert not promised.echoes_reference


async def test_a_reminder_arrives_as_it_was_shown_before(channel: WeChatChannel, simulator: WeChatSimulator) -> None:
    outcome = await channel.send(outbound())
    [entry] = simulator.ledger.received(PATIENT)
    assert outcome == Accepted(entry.msgid)
    assert entry.text == channel.rendered(reminder())
    assert (entry.client_msg_id, entry.template_id) == ("message-1", "APPOINTMENT_REMINDER_ZH_HANT")


async def test_the_proposals_body_arrives_unchanged(channel: WeChatChannel, simulator: WeChatSimulator) -> None:
    body = proposal_body()
    assert isinstance(await channel.send(outbound(RawContent(body), to="OPENID")), Accepted)
    [entry] = simulator.ledger.received("OPENID")
    assert entry.fields == {key: field["value"] for key, field in body["data"].items()}
    assert entry.client_msg_id == "MSG_000001"


async def test_the_same_message_sent_again_reaches_the_patient_once(
    channel: WeChatChannel, simulator: WeChatSimulator, clock: MovedClock
) -> None:
    first = await channel.send(outbound())
    clock.move(minutes=9)
    assert await channel.send(outbound()) == first
    assert [entry.repeats for entry in simulator.ledger.received(PATIENT)] == [1]


async def test_free_text_goes_only_while_the_window_is_open(
    channel: WeChatChannel, simulator: WeChatSimulator, clock: MovedClock
) -> None:
    text = outbound(TextContent("請於上午十時到達。"))
    assert await channel.send(text) == Rejected("45015", ErrorClass.WINDOW)
    await simulator.people.write(PATIENT, "幾點？")
    outcomes = [await channel.send(replace(text, key=f"text-{n}")) for n in range(6)]
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 5 + [Rejected]
    assert len({outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)}) == 5
    clock.move(hours=48)
    assert await channel.send(text) == Rejected("45015", ErrorClass.WINDOW)


ERRCODES: list[tuple[int, SendOutcome]] = [
    (-1, Rejected("-1", ErrorClass.TRANSIENT, retryable=True)),
    (45011, Throttled("45011", ErrorClass.RATE)),
    (43117, Throttled("43117", ErrorClass.PAIR_RATE)),
    (45009, Throttled("45009", ErrorClass.QUOTA, retry_after_s=6.5 * 3600)),  # 17:30 in Beijing
    (40003, Rejected("40003", ErrorClass.RECIPIENT)),
    (43004, Rejected("43004", ErrorClass.RECIPIENT)),
    (48002, Rejected("48002", ErrorClass.OPTED_OUT)),
    (40037, Rejected("40037", ErrorClass.TEMPLATE)),
    (47003, Rejected("47003", ErrorClass.REQUEST)),
    (40164, Rejected("40164", ErrorClass.ACCOUNT)),
    (48001, Rejected("48001", ErrorClass.ACCOUNT)),
    (47001, Rejected("47001", ErrorClass.REQUEST)),
    (45065, Unknown("45065", taken_before=True)),
    (40241, Unknown("40241", taken_before=True)),
    (99999, Rejected("99999", ErrorClass.OTHER)),
]


@pytest.mark.parametrize(("errcode", "outcome"), ERRCODES)
async def test_an_errcode_is_an_outcome(
    channel: WeChatChannel, simulator: WeChatSimulator, errcode: int, outcome: SendOutcome
) -> None:
    simulator.add_fault("errcode", errcode, path="template/send")
    assert await channel.send(outbound()) == outcome
    assert len(simulator.ledger) == 0


@pytest.mark.parametrize(
    ("kind", "value", "outcome", "taken"),
    [
        ("status_after", 500, Unknown("http_500"), 1),
        ("status_after", 502, Unknown("http_502"), 1),
        ("status_before", 503, Unknown("http_503"), 0),
        ("status_before", 504, Unknown("http_504"), 0),
        ("status_before", 429, Throttled("http_429", ErrorClass.RATE), 0),
        ("status_before", 404, Rejected("http_404", ErrorClass.REQUEST), 0),
        ("status_before", 302, Rejected("http_302", ErrorClass.REQUEST), 0),
        ("timeout_after", 0, Unknown("read_timeout"), 1),
        ("reset_after", 0, Unknown, 1),
        ("reset_before", 0, Unknown, 0),
    ],
)
async def test_a_fault_of_the_way_is_an_outcome(
    channel: WeChatChannel,
    simulator: WeChatSimulator,
    kind: str,
    value: int,
    outcome: SendOutcome | type[Unknown],
    taken: int,
) -> None:
    simulator.add_fault(kind, value, path="template/send")
    got = await channel.send(outbound())
    assert isinstance(got, outcome) if isinstance(outcome, type) else got == outcome
    assert len(simulator.ledger.received(PATIENT)) == taken


async def test_what_stayed_unknown_is_cleared_up_by_the_same_key(
    channel: WeChatChannel, simulator: WeChatSimulator
) -> None:
    simulator.add_fault("timeout_after", path="template/send")
    assert await channel.send(outbound()) == Unknown("read_timeout")
    [entry] = simulator.ledger.received(PATIENT)
    assert await channel.send(outbound()) == Accepted(entry.msgid)
    assert len(simulator.ledger.received(PATIENT)) == 1


async def test_a_refused_connection_proves_that_nothing_was_taken(http: httpx.AsyncClient, clock: MovedClock) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        channel = WeChatChannel(replace(credentials(), api_url=url), http, clock)
        assert await channel.send(outbound()) == Rejected("connect_error", ErrorClass.TRANSIENT, retryable=True)


async def test_a_connection_that_is_refused_after_the_token_came_proves_it_too(clock: MovedClock) -> None:
    simulator = WeChatSimulator(credentials(), clock)
    simulator.add_fault("refuse", path="template/send")
    channel = WeChatChannel(credentials(), httpx.AsyncClient(transport=simulator.transport()), clock)
    assert await channel.send(outbound()) == Rejected("connect_error", ErrorClass.TRANSIENT, retryable=True)


@pytest.mark.parametrize(
    ("kind", "value", "outcome"),
    [
        ("errcode", -1, Rejected("-1", ErrorClass.TRANSIENT, retryable=True)),
        ("errcode", 40125, Rejected("40125", ErrorClass.AUTH)),
        ("errcode", 40164, Rejected("40164", ErrorClass.ACCOUNT)),
        ("errcode", 45011, Throttled("45011", ErrorClass.RATE)),
        ("status_before", 502, Rejected("token_http_502", ErrorClass.TRANSIENT, retryable=True)),
        ("status_before", 429, Throttled("http_429", ErrorClass.RATE)),
        ("timeout_after", 0, Rejected("token_read_timeout", ErrorClass.TRANSIENT, retryable=True)),
    ],
)
async def test_without_a_token_nothing_was_taken_whatever_happened(
    channel: WeChatChannel, simulator: WeChatSimulator, kind: str, value: int, outcome: SendOutcome
) -> None:
    simulator.add_fault(kind, value, path="stable_token")
    assert await channel.send(outbound()) == outcome
    assert len(simulator.ledger) == 0


@pytest.mark.parametrize("errcode", [40001, 40014, 41001, 42001])
async def test_a_refused_token_is_read_anew_once(
    channel: WeChatChannel, simulator: WeChatSimulator, errcode: int
) -> None:
    simulator.add_fault("errcode", errcode, path="template/send")
    assert isinstance(await channel.send(outbound()), Accepted)
    assert simulator.account.tokens.given == 2


@pytest.mark.parametrize(("says", "outcome"), [(True, Accepted), (False, Throttled)])
async def test_the_second_call_after_a_refused_token_asks_when_it_may_leave(
    channel: WeChatChannel, simulator: WeChatSimulator, says: bool, outcome: type[SendOutcome]
) -> None:
    asked: list[int] = []

    async def again() -> bool:
        asked.append(len(simulator.ledger))
        return says

    simulator.add_fault("errcode", 42001, path="template/send")
    assert isinstance(await channel.send(outbound(), again), outcome)
    assert asked == [0], "once, and before the call that is taken"
    assert len(simulator.ledger) == says


async def test_a_token_that_is_refused_twice_is_not_read_again(
    channel: WeChatChannel, simulator: WeChatSimulator
) -> None:
    simulator.add_fault("errcode", 40001, times=10, path="template/send")
    assert await channel.send(outbound()) == Rejected("40001", ErrorClass.AUTH, retryable=True)
    assert simulator.account.tokens.given == 2


async def test_fifty_sends_survive_a_revoked_token_with_one_new_one(
    channel: WeChatChannel, simulator: WeChatSimulator
) -> None:
    await channel.send(outbound())
    simulator.account.tokens.revoke()
    sends = [channel.send(outbound(to=f"oPatient{n:04}", key=f"message-{n}")) for n in range(50)]
    assert all(isinstance(outcome, Accepted) for outcome in await asyncio.gather(*sends))
    assert simulator.account.tokens.given == 2
    assert len(simulator.ledger) == 51


@pytest.mark.parametrize(
    ("openid", "code"),
    [
        ("notAPatient", "40003"),
        ("oPatient_unknown", "40003"),
        ("oPatient_gone", "43004"),
        ("oPatient_refuses", "48002"),
    ],
)
async def test_a_patient_who_cannot_be_reached_is_a_rejection(channel: WeChatChannel, openid: str, code: str) -> None:
    outcome = await channel.send(outbound(to=openid))
    assert isinstance(outcome, Rejected)
    assert outcome.code == code


@asynccontextmanager
async def answering(answer: Callable[[], bytes]) -> AsyncIterator[httpx.AsyncClient]:
    """A WeChat that grants tokens and answers every send with these bytes."""

    def handle(request: httpx.Request) -> httpx.Response:
        is_token = request.url.path.endswith("stable_token")
        return httpx.Response(200, content=b'{"access_token":"t","expires_in":7200}' if is_token else answer())

    async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
        yield client


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"<html>", Unknown("answer_unreadable")),
        (b"[]", Unknown("answer_unreadable")),
        (b"", Unknown("answer_unreadable")),
        (b"\xff", Unknown("answer_unreadable")),
        (b"{}", Unknown("no_msgid")),
        (b'{"errcode":0,"errmsg":"ok"}', Unknown("no_msgid")),
        (b'{"msgid":200163836}', Accepted("200163836")),
        (b'{"errcode":45065,"errmsg":"clientmsgid exist","msgid":7}', Accepted("7")),
    ],
)
async def test_an_odd_answer_is_never_taken_for_a_success(
    clock: MovedClock, answer: bytes, outcome: SendOutcome
) -> None:
    async with answering(lambda: answer) as client:
        assert await WeChatChannel(credentials(), client, clock).send(outbound()) == outcome


async def test_the_body_is_utf_8_without_escapes(clock: MovedClock) -> None:
    seen: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200, content=b'{"access_token":"t","expires_in":7200,"msgid":1}')

    async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
        await WeChatChannel(credentials(), client, clock).send(outbound())
    assert "陳大文".encode() in seen[1]
    assert b"\\u" not in seen[1]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (TemplateContent("appointment_reminder", "fr", {}), "template"),
        (reminder(patient_name=""), "appointment_reminder.thing1"),
        (TextContent(""), "body"),
        (TextContent("字" * 683), "body"),
        (TextContent("bell\x07"), "body"),
        (TextContent("half a letter \ud83d"), "body"),
        (reminder(clinic="half a letter \ud83d"), "appointment_reminder.thing4"),
        (RawContent(proposal_body(touser="?")), "touser"),
    ],
)
async def test_what_does_not_fit_is_said_before_and_never_sent(
    channel: WeChatChannel, simulator: WeChatSimulator, content: Content, field: str
) -> None:
    assert [problem.field for problem in channel.check(content).problems] == [field]
    assert await channel.send(outbound(content)) == Rejected("does_not_fit", ErrorClass.REQUEST)
    assert simulator.account.tokens.given == 0


def test_a_raw_body_says_its_own_idempotency_key(channel: WeChatChannel) -> None:
    raw = channel.read_raw(proposal_body())
    assert (raw.to, raw.idempotency_key) == ("OPENID", "MSG_000001")


def test_a_wrong_raw_body_is_invalid_input_with_field_paths(channel: WeChatChannel) -> None:
    with pytest.raises(InvalidInput) as raised:
        channel.read_raw(proposal_body(data={"thing3": {"value": "x" * 21}}))
    assert [problem.field for problem in raised.value.details] == ["data.thing3.value"]
