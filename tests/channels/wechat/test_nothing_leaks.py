"""Nothing of a patient, no token, no secret and no address with one stands in a log line or an exception's text."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from shared.channels.wechat.callback import WeChatCallback
from shared.channels.wechat.client import WeChatChannel
from shared.channels.wechat.simulator import WeChatSimulator
from shared.channels.wechat.simulator.pushes import to_xml
from shared.domain.content import RawContent, TextContent
from shared.errors import CallbackRefused, InvalidInput
from tests.channels.wechat.samples import NOW, PATIENT, TOKEN, credentials, outbound, plain_query, proposal_body

PRIVATE = [
    PATIENT,
    "陳大文",
    "門診二樓",
    "simulated-stable",
    "simulated-secret",
    "access_token",
    TOKEN,
    "my chest hurts",
]


@pytest.fixture(autouse=True)
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    yield
    logged = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.get_records("call"))
    assert [word for word in PRIVATE if word in logged] == []


async def test_sends_of_every_kind_and_fate(
    channel: WeChatChannel, simulator: WeChatSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    faults = ["errcode", "status_after", "reset_after", "reset_before", "timeout_after"]
    for kind in faults:
        simulator.add_fault(kind, 502, path="template/send")
    for n in range(len(faults) + 1):
        await channel.send(outbound(key=f"message-{n}"))
    await simulator.people.write(PATIENT, "my chest hurts")
    await channel.send(outbound(TextContent("my chest hurts")))
    await channel.send(outbound(RawContent(proposal_body(touser=PATIENT)), to=PATIENT))
    simulator.account.tokens.revoke()
    await channel.send(outbound(key="message-9"))
    report = await channel.test_connection()
    assert "httpcore.connection" in {record.name for record in caplog.records}  # logging was really on
    assert [word for word in PRIVATE if any(word in finding for finding in report.findings)] == []


def test_an_invalid_body(channel: WeChatChannel) -> None:
    body = proposal_body(touser="+" + PATIENT, data={"thing1": {"value": "my chest hurts" * 9}})
    with pytest.raises(InvalidInput) as raised:
        channel.read_raw(body)
    said = raised.value.message + "".join(problem.field + problem.message for problem in raised.value.details)
    assert [word for word in PRIVATE if word in said] == []


def test_a_refused_callback() -> None:
    callback = WeChatCallback(credentials())
    body = to_xml({"FromUserName": PATIENT, "MsgType": "text", "Content": "my chest hurts"})
    with pytest.raises(CallbackRefused) as raised:
        callback.verify(plain_query(), {}, body, NOW)
    assert [word for word in PRIVATE if word in raised.value.message] == []
    assert [word for word in PRIVATE if word in str(callback.parse({}, body))] == []
