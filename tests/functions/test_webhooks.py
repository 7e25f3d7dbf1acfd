"""Webhooks: handshake, signature, stored before the answer, the account in the path."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.callbacks import receipt, signed, text, whatsapp_body
from tests.functions.conftest import SECOND_ACCOUNT, RunningApp
from tests.world import SETTINGS

VERIFY = {"hub.mode": "subscribe", "hub.verify_token": SETTINGS["WHATSAPP_VERIFY_TOKEN"], "hub.challenge": "1158201444"}


async def stored(app: RunningApp) -> int:
    """How many callbacks stand in the container."""
    return len(await app.blob_names())


@pytest.mark.parametrize("path", ["/webhooks/whatsapp", "/webhooks/whatsapp/default", "/webhooks/whatsapp/"])
async def test_metas_handshake_is_answered_with_its_challenge(app: RunningApp, path: str) -> None:
    answer = await app.call("GET", path, key=None, params=VERIFY)
    assert (answer.status, answer.text) == (200, "1158201444")


@pytest.mark.parametrize("wrong", [{"hub.verify_token": "guess"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""}])
async def test_a_wrong_handshake_is_refused(app: RunningApp, wrong: Mapping[str, str]) -> None:
    answer = await app.call("GET", "/webhooks/whatsapp", key=None, params={**VERIFY, **wrong})
    assert (answer.status, answer.json["error"]["code"]) == (403, "callback_refused")


async def test_a_signed_callback_is_stored_before_it_is_answered(app: RunningApp) -> None:
    before = await stored(app)
    body = whatsapp_body(receipt("read", provider_id="wamid.door"))
    answer = await app.call("POST", "/webhooks/whatsapp", key=None, data=body, headers=signed(body))
    assert (answer.status, answer.text) == (200, "")
    assert await stored(app) == before + 1
    await app.settled()


@pytest.mark.parametrize("secret", ["", "another secret"])
async def test_a_callback_with_a_wrong_signature_is_refused_and_not_stored(app: RunningApp, secret: str) -> None:
    before, body = await stored(app), whatsapp_body(text("hello"))
    headers = signed(body, secret) if secret else {}
    answer = await app.call("POST", "/webhooks/whatsapp", key=None, data=body, headers=headers)
    assert (answer.status, answer.json["error"]["code"]) == (403, "callback_refused")
    assert await stored(app) == before


async def test_an_account_in_the_path_has_its_own_words(app: RunningApp) -> None:
    own = {**VERIFY, "hub.verify_token": SECOND_ACCOUNT["verify_token"]}
    assert (await app.call("GET", "/webhooks/whatsapp/second", key=None, params=own)).status == 200
    assert (await app.call("GET", "/webhooks/whatsapp/second", key=None, params=VERIFY)).status == 403
    body = whatsapp_body(text("hello", number_id=SECOND_ACCOUNT["phone_number_id"]))
    theirs, ours = signed(body, SECOND_ACCOUNT["webhook_secret"]), signed(body)
    assert (await app.call("POST", "/webhooks/whatsapp/second", key=None, data=body, headers=theirs)).status == 200
    assert (await app.call("POST", "/webhooks/whatsapp/second", key=None, data=body, headers=ours)).status == 403
    await app.settled()


@pytest.mark.parametrize("account", ["nobody", "..", "a%2Fb", "x" * 300, "%E7%97%85"])
async def test_an_account_that_does_not_exist_is_not_found(app: RunningApp, account: str) -> None:
    body = whatsapp_body(text("hello"))
    answer = await app.call("POST", f"/webhooks/whatsapp/{account}", key=None, data=body, headers=signed(body))
    assert answer.status in (400, 404)


async def test_wechats_handshake_and_callbacks_pass(app: RunningApp) -> None:
    push = await app.wechat.people.follow("oMock_visitor_0001")
    assert push is not None
    assert (push.ok, push.statuses) == (True, (200,))
    await app.settled()
    answer = await app.call("GET", "/webhooks/wechat", key=None, params={"signature": "0" * 40, "timestamp": "1",
                            "nonce": "1", "echostr": "hello"})  # fmt: skip
    assert answer.status == 403


async def test_an_empty_or_odd_post_is_refused(app: RunningApp) -> None:
    for data in (b"", b"\xff\xfe\x00", b"{" * 1000):
        for channel in ("whatsapp", "wechat"):
            assert (await app.call("POST", f"/webhooks/{channel}", key=None, data=data)).status == 403
