"""wechatpy 1.8.18, which knows nothing of us, talks to the simulator and reads its callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatClientException

from shared.channels.wechat.simulator import WeChatSimulator
from tests.channels.wechat.samples import AES_KEY, APP_ID, PATIENT, TOKEN, MovedClock, credentials, reminder

FIELDS = {
    "thing1": {"value": "陳大文", "color": "#173177"},
    "time2": {"value": "2026年11月27日 10:30"},
    "thing3": {"value": "門診二樓"},
    "thing4": {"value": "示例診所"},
    "thing5": {"value": "1確認 2不能來 3改期"},
}


class ToSimulator(HTTPAdapter):
    """wechatpy has WeChat's address built in: its requests are turned to the simulator."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = urlsplit(url).netloc

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = request.url.replace("https://api.weixin.qq.com", f"http://{self._host}")
        return super().send(request, *args, **kwargs)


@pytest.fixture
def theirs(url: str) -> Iterator[WeChatClient]:
    client = WeChatClient(APP_ID, "simulated-secret")
    client._http.mount("https://api.weixin.qq.com", ToSimulator(url))
    yield client
    client._http.close()


async def test_it_gets_a_token_and_sends_a_template_message(theirs: WeChatClient, simulator: WeChatSimulator) -> None:
    sent = await asyncio.to_thread(
        theirs.message.send_template, PATIENT, "APPOINTMENT_REMINDER_ZH_HANT", FIELDS, "https://clinic.example.org/"
    )
    [entry] = simulator.ledger.received(PATIENT)
    assert (sent["errcode"], str(sent["msgid"])) == (0, entry.msgid)
    assert "就診人：陳大文" in entry.text


async def test_it_renews_its_token_when_the_simulator_ends_it(theirs: WeChatClient, simulator: WeChatSimulator) -> None:
    await asyncio.to_thread(theirs.fetch_access_token)
    simulator.account.tokens.revoke()
    await asyncio.to_thread(theirs.message.send_template, PATIENT, "APPOINTMENT_REMINDER_ZH_HANT", FIELDS)
    assert simulator.account.tokens.given == 2


async def test_it_understands_the_simulators_errors(theirs: WeChatClient, simulator: WeChatSimulator) -> None:
    with pytest.raises(WeChatClientException) as raised:
        await asyncio.to_thread(theirs.message.send_template, "stranger", "APPOINTMENT_REMINDER_ZH_HANT", FIELDS)
    assert raised.value.errcode == 40003


async def test_it_writes_to_a_patient_and_looks_them_up(theirs: WeChatClient, simulator: WeChatSimulator) -> None:
    await simulator.people.write(PATIENT, "你好")
    await asyncio.to_thread(theirs.message.send_text, PATIENT, "您好")
    person = await asyncio.to_thread(theirs.user.get, PATIENT)
    assert [entry.text for entry in simulator.ledger.received(PATIENT)] == ["您好"]
    assert person["subscribe"] == 1


@pytest.mark.parametrize(
    ("fields", "kind", "read"),
    [
        ({"MsgType": "text", "Content": "改期 😀", "MsgId": "24000000000000001"}, "text", ("content", "改期 😀")),
        ({"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_b1"}, "event", ("scene_id", "b1")),
        (
            {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": "31", "Status": "failed:user block"},
            "event",
            ("status", "failed:user block"),
        ),
    ],
)
def test_it_opens_and_reads_the_simulators_callbacks(
    clock: MovedClock, fields: dict[str, str], kind: str, read: tuple[str, str]
) -> None:
    simulator = WeChatSimulator(credentials(), clock)
    envelope = {"ToUserName": "gh_simulated0001", "FromUserName": PATIENT, "CreateTime": "1795167000"}
    query, body = simulator.pushes.signed(envelope | fields)
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    opened = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(opened)
    assert (message.type, message.source, getattr(message, read[0])) == (kind, PATIENT, read[1])


def test_the_reminder_that_it_sends_is_the_one_that_we_send() -> None:
    assert set(reminder().values.values()) & {entry["value"] for entry in FIELDS.values()} == {
        "陳大文",
        "門診二樓",
        "示例診所",
    }
