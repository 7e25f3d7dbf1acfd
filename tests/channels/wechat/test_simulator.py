"""The simulator behaves as WeChat does, as far as we could find out how that is."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from aiohttp import web

from shared.channels.wechat.client import WeChatChannel
from shared.channels.wechat.credentials import CallbackMode
from shared.channels.wechat.simulator import WeChatSimulator
from shared.domain.inbound import ContactChange, ContactEvent, InboundMessage, Receipt, ReceiptState
from shared.domain.outcome import Accepted
from tests.channels.wechat.receiving import Receiver
from tests.channels.wechat.samples import APP_ID, PATIENT, MovedClock, credentials, outbound

WEBHOOK = "https://clinic.example.org/api/webhooks/wechat"
SENDER = {"grant_type": "client_credential", "appid": APP_ID, "secret": "simulated-secret"}


def listening(clock: MovedClock, *answers: Any, mode: str = "secure") -> tuple[WeChatSimulator, Receiver]:
    """A simulator in one of the three modes, and who receives its callbacks."""
    ours = credentials(callback_mode=mode)
    receiver = Receiver(ours, clock, *answers)
    simulator = WeChatSimulator(ours, clock, WEBHOOK, post=receiver, callback_delay_s=0)
    simulator.pushes.retry_after_s = 0
    return simulator, receiver


def channel_to(simulator: WeChatSimulator, clock: MovedClock) -> WeChatChannel:
    return WeChatChannel(credentials(), httpx.AsyncClient(transport=simulator.transport()), clock)


async def call(simulator: WeChatSimulator, method: str, path: str, **how: Any) -> dict[str, Any]:
    async with httpx.AsyncClient(transport=simulator.transport(), base_url="https://wechat.example.org") as client:
        answer: dict[str, Any] = (await client.request(method, path, **how)).json()
        return answer


async def stable_token(simulator: WeChatSimulator, **more: Any) -> str:
    return str((await call(simulator, "POST", "/cgi-bin/stable_token", json=SENDER | more))["access_token"])


async def errcode_with(simulator: WeChatSimulator, token: str) -> int:
    answer = await call(simulator, "GET", "/cgi-bin/get_api_domain_ip", params={"access_token": token})
    return int(answer.get("errcode", 0))


class TestTokens:
    async def test_normal_mode_gives_everyone_the_same_token(self, simulator: WeChatSimulator) -> None:
        assert await stable_token(simulator) == await stable_token(simulator)

    async def test_in_the_last_five_minutes_a_new_one_comes_and_both_are_good(
        self, simulator: WeChatSimulator, clock: MovedClock
    ) -> None:
        old = await stable_token(simulator)
        clock.move(seconds=7200 - 300)
        new = await stable_token(simulator)
        assert new != old
        assert [await errcode_with(simulator, token) for token in (old, new)] == [0, 0]
        clock.move(seconds=300)
        assert [await errcode_with(simulator, token) for token in (old, new)] == [42001, 0]

    async def test_a_forced_refresh_ends_the_token_and_is_rare(
        self, simulator: WeChatSimulator, clock: MovedClock
    ) -> None:
        old = await stable_token(simulator)
        new = await stable_token(simulator, force_refresh=True)
        assert [await errcode_with(simulator, token) for token in (old, new)] == [40001, 0]
        again = await call(simulator, "POST", "/cgi-bin/stable_token", json=SENDER | {"force_refresh": True})
        assert again["errcode"] == 45011
        for _ in range(19):
            clock.move(seconds=31)
            await stable_token(simulator, force_refresh=True)
        clock.move(seconds=31)
        too_often = await call(simulator, "POST", "/cgi-bin/stable_token", json=SENDER | {"force_refresh": True})
        assert too_often["errcode"] == 45009

    async def test_the_old_call_ends_the_token_before_and_leaves_the_stable_one(
        self, simulator: WeChatSimulator
    ) -> None:
        stable = await stable_token(simulator)
        first, second = [
            (await call(simulator, "GET", "/cgi-bin/token", params=SENDER))["access_token"] for _ in range(2)
        ]
        assert [await errcode_with(simulator, token) for token in (first, second, stable)] == [40001, 0, 0]

    @pytest.mark.parametrize(
        ("change", "errcode"), [({"appid": "x"}, 40013), ({"secret": "x"}, 40125), ({"grant_type": "x"}, 40002)]
    )
    async def test_wrong_credentials_get_wechats_errors(
        self, simulator: WeChatSimulator, change: dict[str, str], errcode: int
    ) -> None:
        answer = await call(simulator, "POST", "/cgi-bin/stable_token", json=SENDER | change)
        assert answer["errcode"] == errcode
        assert " rid: " in answer["errmsg"]


class TestCalls:
    @pytest.mark.parametrize(
        ("body", "errcode", "said"),
        [
            (b"", 44002, "empty"),
            (b"{", 47001, "format"),
            (b'{"touser":"oPatient1","template_id":"\\u4f60"}', 40033, "charset"),
            (b'{"touser":"x","template_id":"APPOINTMENT_NOTICE","data":{"thing1":{"value":"a"}}}', 40003, "openid"),
            (b'{"touser":"oPatient1","template_id":"none","data":{"thing1":{"value":"a"}}}', 40037, "template_id"),
            (b'{"touser":"oPatient1","template_id":"APPOINTMENT_NOTICE"}', 47001, "format"),
            (
                b'{"touser":"oPatient1","template_id":"APPOINTMENT_NOTICE","data":{"character_string1":{"value":"a"},'
                b'"time2":{"value":"soon"}}}',
                47003,
                "data.time2.value invalid",
            ),
            (
                b'{"touser":"oPatient1","template_id":"APPOINTMENT_NOTICE","data":{"time2":{"value":"10:00"}}}',
                47003,
                "data.character_string1.value is empty",
            ),
        ],
    )
    async def test_a_wrong_template_message_gets_wechats_error(
        self, simulator: WeChatSimulator, body: bytes, errcode: int, said: str
    ) -> None:
        token = {"access_token": await stable_token(simulator)}
        answer = await call(simulator, "POST", "/cgi-bin/message/template/send", params=token, content=body)
        assert answer["errcode"] == errcode
        assert said in answer["errmsg"]

    async def test_the_days_quota_ends_and_begins_anew_at_midnight_in_beijing(
        self, simulator: WeChatSimulator, clock: MovedClock
    ) -> None:
        simulator.account.daily_quota = 1
        channel = channel_to(simulator, clock)
        outcomes = [await channel.send(outbound(key=f"message-{n}")) for n in range(2)]
        clock.move(hours=6.5)
        outcomes.append(await channel.send(outbound(key="message-2")))
        assert [type(outcome).__name__ for outcome in outcomes] == ["Accepted", "Throttled", "Accepted"]

    async def test_after_ten_minutes_the_same_id_is_a_new_message(
        self, simulator: WeChatSimulator, clock: MovedClock
    ) -> None:
        channel = channel_to(simulator, clock)
        await channel.send(outbound())
        clock.move(minutes=10)
        await channel.send(outbound())
        assert len(simulator.ledger.received(PATIENT)) == 2

    async def test_the_other_calls_answer(self, simulator: WeChatSimulator) -> None:
        token = {"access_token": await stable_token(simulator)}
        await simulator.people.follow(PATIENT, "bind_1")
        scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "bind_1"}}}
        code = await call(simulator, "POST", "/cgi-bin/qrcode/create", params=token, json=scene)
        person = await call(simulator, "GET", "/cgi-bin/user/info", params=token | {"openid": PATIENT})
        listed = await call(simulator, "GET", "/cgi-bin/template/get_all_private_template", params=token)
        assert code["expire_seconds"] == 30
        assert (person["subscribe"], person["qr_scene_str"]) == (1, "bind_1")
        assert "{{keyword1.DATA}}" in listed["template_list"][-1]["content"]

    async def test_an_unknown_path_is_404(self, simulator: WeChatSimulator) -> None:
        assert (await call(simulator, "GET", "/cgi-bin/elsewhere"))["errcode"] == 404


class TestReceipts:
    @pytest.mark.parametrize("mode", list(CallbackMode))
    async def test_a_receipt_comes_in_every_mode(self, clock: MovedClock, mode: CallbackMode) -> None:
        simulator, receiver = listening(clock, mode=mode)
        accepted = await channel_to(simulator, clock).send(outbound())
        await simulator.settle()
        assert isinstance(accepted, Accepted)
        assert receiver.events == [
            Receipt("wechat", "default", accepted.provider_id, ReceiptState.DELIVERED, clock.now())
        ]

    @pytest.mark.parametrize(
        ("openid", "states", "codes", "reached"),
        [
            ("oPatient", ["delivered"], [""], True),
            ("oPatient_blocked", ["failed"], ["user_block"], False),
            ("oPatient_lost", ["failed"], ["system_failed"], False),
            ("oPatient_silent", [], [], True),
            ("oPatient_twice", ["delivered", "delivered"], ["", ""], True),
            ("oPatient_early", ["delivered"], [""], True),
        ],
    )
    async def test_an_openid_says_how_its_owner_behaves(
        self, clock: MovedClock, openid: str, states: list[str], codes: list[str], reached: bool
    ) -> None:
        simulator, receiver = listening(clock)
        assert isinstance(await channel_to(simulator, clock).send(outbound(to=openid)), Accepted)
        await simulator.settle()
        receipts = [event for event in receiver.events if isinstance(event, Receipt)]
        assert [receipt.state for receipt in receipts] == states
        assert [receipt.code for receipt in receipts] == codes
        assert bool(simulator.ledger.received(openid)) is reached

    async def test_an_early_receipt_comes_before_the_answer_to_the_send(self, clock: MovedClock) -> None:
        simulator, receiver = listening(clock)
        await channel_to(simulator, clock).send(outbound(to="oPatient_early"))
        assert len(receiver.events) == 1

    async def test_a_late_receipt_comes_later(self, clock: MovedClock) -> None:
        simulator, receiver = listening(clock)
        await channel_to(simulator, clock).send(outbound(to="oPatient_late"))
        await asyncio.sleep(0.05)
        assert receiver.events == []
        await simulator.aclose()

    async def test_a_patient_who_turns_messages_off_gets_none(self, clock: MovedClock) -> None:
        simulator, receiver = listening(clock)
        simulator.people.block(PATIENT)
        await channel_to(simulator, clock).send(outbound())
        await simulator.settle()
        [receipt] = receiver.events
        assert isinstance(receipt, Receipt)
        assert receipt.code == "user_block"
        assert simulator.ledger.received(PATIENT) == []

    @pytest.mark.parametrize(
        ("answers", "attempts", "ok"),
        [
            ([(500, "")], 2, True),
            ([OSError, TimeoutError, (403, "")], 4, True),
            ([(500, "")] * 4, 4, False),
            ([(200, "")], 1, True),
            ([(200, '{"ok": true}')], 1, False),
        ],
    )
    async def test_a_callback_is_repeated_three_times_without_an_answer(
        self, clock: MovedClock, answers: list[Any], attempts: int, ok: bool
    ) -> None:
        simulator, receiver = listening(clock, *answers)
        push = await simulator.people.write(PATIENT, "1")
        assert push is not None
        assert (push.attempts, push.ok, receiver.calls) == (attempts, ok, attempts)

    async def test_an_answer_after_five_seconds_is_none(self, clock: MovedClock) -> None:
        simulator, _ = listening(clock)

        async def too_slow(*_: Any) -> tuple[int, str]:
            await asyncio.sleep(1)
            return 200, "success"

        simulator.pushes.post, simulator.pushes.reply_within_s = too_slow, 0.01
        push = await simulator.people.write(PATIENT, "1")
        assert push is not None
        assert (push.statuses, push.apology) == ((0, 0, 0, 0), True)

    async def test_a_passive_reply_reaches_the_patient(self, clock: MovedClock) -> None:
        reply = "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[謝謝]]></Content></xml>"
        simulator, _ = listening(clock, (200, reply))
        await simulator.people.write(PATIENT, "1")
        assert [entry.text for entry in simulator.ledger.received(PATIENT)] == ["謝謝"]


class TestPeople:
    async def test_what_people_do_arrives_as_events(self, clock: MovedClock) -> None:
        simulator, receiver = listening(clock)
        await simulator.people.follow("someone_new", "bind_1")
        await simulator.people.scan("someone_new", "bind_2")
        await simulator.people.write("someone_new", "改期 ]]> <b>")
        await simulator.people.press("someone_new", "MENU_1")
        await simulator.people.unfollow("someone_new")
        changes = [(e.change, e.scene) for e in receiver.events if isinstance(e, ContactEvent)]
        words = [(e.kind, e.text, e.payload) for e in receiver.events if isinstance(e, InboundMessage)]
        assert changes == [
            (ContactChange.SUBSCRIBED, "bind_1"),
            (ContactChange.SUBSCRIBED, "bind_2"),
            (ContactChange.UNSUBSCRIBED, ""),
        ]
        assert words == [("text", "改期 ]]> <b>", ""), ("button", "", "MENU_1")]

    async def test_who_left_cannot_be_written_to(self, simulator: WeChatSimulator, clock: MovedClock) -> None:
        await simulator.people.unfollow(PATIENT)
        outcome = await channel_to(simulator, clock).send(outbound())
        assert getattr(outcome, "code", "") == "43004"

    async def test_who_scans_without_following_follows(self, clock: MovedClock) -> None:
        simulator, receiver = listening(clock)
        await simulator.people.unfollow(PATIENT)
        await simulator.people.scan(PATIENT, "bind_3")
        assert getattr(receiver.events[-1], "scene", "") == "bind_3"
        person = simulator.account.people.find(PATIENT)
        assert person is not None
        assert person.follows


class TestServer:
    async def test_callbacks_go_over_real_http(self, clock: MovedClock) -> None:
        heard: list[bytes] = []

        async def webhook(request: web.Request) -> web.Response:
            heard.append(await request.read())
            return web.Response(text="success")

        app = web.Application()
        app.router.add_post("/api/webhooks/wechat", webhook)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/api/webhooks/wechat"
        simulator = WeChatSimulator(credentials(), clock, address, callback_delay_s=0)
        try:
            await channel_to(simulator, clock).send(outbound())
            await simulator.settle()
        finally:
            await runner.cleanup()
        assert [push.ok for push in simulator.pushed] == [True]
        assert b"<Encrypt>" in heard[0]

    async def test_nobody_listens_is_no_answer(self, clock: MovedClock) -> None:
        simulator = WeChatSimulator(credentials(), clock, "http://127.0.0.1:9/", callback_delay_s=0)
        simulator.pushes.retry_after_s = 0
        push = await simulator.people.write(PATIENT, "1")
        assert push is not None
        assert push.statuses == (0, 0, 0, 0)

    async def test_a_person_can_play_with_it_by_curl(
        self, url: str, http: httpx.AsyncClient, channel: WeChatChannel
    ) -> None:
        async def post(where: str, **content: Any) -> dict[str, Any]:
            answer: dict[str, Any] = (await http.post(f"{url}/_simulator/{where}", json=content)).json()
            return answer

        await post("faults", kind="errcode", value=-1, path="template/send")
        first, second = await channel.send(outbound()), await channel.send(outbound())
        assert (getattr(first, "code", ""), type(second)) == ("-1", Accepted)
        ledger = (await http.get(f"{url}/_simulator/ledger", params={"to": PATIENT})).json()["value"]
        assert [entry["to"] for entry in ledger] == [PATIENT]
        await post(f"people/{PATIENT}/block")
        await post("webhook", url="http://127.0.0.1:9/")
        await post("tokens/revoke")
        assert (await post(f"people/{PATIENT}/unblock")) == {"callback": None}
        assert "error" in await post("faults", kind="unheard of")
        assert "error" in await post("elsewhere")
        assert "error" in await post(f"people/{PATIENT}/dance")
        assert (await http.get(f"{url}/_simulator/callbacks")).json() == {"value": []}
