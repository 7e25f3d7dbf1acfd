"""Which callbacks are let in. Every way in which one can be wrong is a row here."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.wechat.callback import LARGEST_BODY, WeChatCallback
from shared.channels.wechat.crypto import Envelope
from shared.channels.wechat.simulator.pushes import to_xml
from shared.errors import BodyTooLarge, CallbackRefused
from tests.channels.wechat.samples import (
    AES_KEY,
    APP_ID,
    NONCE,
    NOW,
    OTHER_AES_KEY,
    PATIENT,
    TOKEN,
    aes_query,
    credentials,
    plain_query,
)

FIELDS = {
    "ToUserName": "gh_simulated0001",
    "FromUserName": PATIENT,
    "CreateTime": "1795167000",
    "MsgType": "text",
    "Content": "1",
    "MsgId": "24000000000000001",
}
PLAIN = to_xml(FIELDS)
SEALED = Envelope(APP_ID, credentials().aes_keys).seal(PLAIN)
SECURE_BODY = to_xml({"ToUserName": "gh_simulated0001", "Encrypt": SEALED})
COMPATIBLE_BODY = to_xml(FIELDS | {"Content": "what was not signed", "Encrypt": SEALED})

secure = WeChatCallback(credentials())
compatible = WeChatCallback(credentials(callback_mode="compatible"))
plain = WeChatCallback(credentials(encoding_aes_key=""))


def verify(callback: WeChatCallback, query: dict[str, str], body: bytes) -> None:
    callback.verify(query, {}, body, NOW)


def test_the_handshake_gives_the_echo_back() -> None:
    answer = secure.handshake(plain_query(echostr="5723419836412"))
    assert (answer.status, answer.body, answer.content_type) == (200, "5723419836412", "text/plain")


@pytest.mark.parametrize(
    "query",
    [
        {},
        plain_query(),
        plain_query(echostr=""),
        plain_query(echostr="1" * 300),
        plain_query(echostr="1\r\nSet-Cookie: a"),
        plain_query(token="someone else's", echostr="1"),
        plain_query(echostr="1") | {"nonce": "2"},
        plain_query(echostr="1") | {"signature": ""},
        plain_query(echostr="1") | {"signature": "ä\udc80"},
    ],
)
def test_a_handshake_that_is_not_wechats_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(CallbackRefused):
        secure.handshake(query)


@pytest.mark.parametrize(
    ("callback", "query", "body"),
    [
        (plain, plain_query(), PLAIN),
        (secure, aes_query(SEALED), SECURE_BODY),
        (secure, aes_query(SEALED), COMPATIBLE_BODY),
        (compatible, aes_query(SEALED), COMPATIBLE_BODY),
        (compatible, plain_query(), PLAIN),
        (plain, plain_query(), COMPATIBLE_BODY),
    ],
    ids=["plain", "secure", "both parts, secure", "both parts, compatible", "switching, plain", "no key, both parts"],
)
def test_a_callback_in_its_mode_is_let_in(callback: WeChatCallback, query: dict[str, str], body: bytes) -> None:
    verify(callback, query, body)
    assert callback.acknowledge(query, body, NOW).body == "success"


def test_only_the_signed_part_of_a_compatible_body_is_read() -> None:
    for callback in (secure, compatible):
        [message] = callback.parse(aes_query(SEALED), COMPATIBLE_BODY)
        assert getattr(message, "text", "") == "1"


def test_a_patient_who_writes_the_name_of_the_encrypted_part_is_read_all_the_same() -> None:
    text = "<Encrypt>AAAA</Encrypt>"
    sealed = Envelope(APP_ID, credentials().aes_keys).seal(to_xml(FIELDS | {"Content": text}))
    body = to_xml(FIELDS | {"Content": text, "Encrypt": sealed})
    verify(secure, aes_query(sealed), body)
    [message] = secure.parse(aes_query(sealed), body)
    assert getattr(message, "text", "") == text


OTHER_ACCOUNT = Envelope("wx0000000000000002", credentials().aes_keys).seal(PLAIN)
OTHER_KEY = Envelope(APP_ID, credentials(encoding_aes_key=OTHER_AES_KEY).aes_keys).seal(PLAIN)


@pytest.mark.parametrize(
    ("callback", "query", "body"),
    [
        (secure, plain_query(), PLAIN),
        (secure, aes_query(SEALED), PLAIN),
        (secure, plain_query(), SECURE_BODY),
        (secure, aes_query(SEALED) | {"msg_signature": ""}, SECURE_BODY),
        (secure, aes_query(SEALED) | {"nonce": "7"}, SECURE_BODY),
        (secure, aes_query(SEALED, token="someone else's"), SECURE_BODY),
        (secure, aes_query(OTHER_ACCOUNT), to_xml({"Encrypt": OTHER_ACCOUNT})),
        (secure, aes_query(OTHER_KEY), to_xml({"Encrypt": OTHER_KEY})),
        (secure, aes_query("AAAA"), to_xml({"Encrypt": "AAAA"})),
        (secure, aes_query(""), to_xml({"Encrypt": ""})),
        (compatible, plain_query(), COMPATIBLE_BODY),
        (plain, plain_query(token="someone else's"), PLAIN),
        (plain, {}, PLAIN),
        (secure, {}, SECURE_BODY),
        (secure, aes_query(SEALED), b""),
    ],
    ids=[
        "downgrade to plain", "downgrade, old msg_signature", "no msg_signature", "empty msg_signature", "other nonce",
        "other token", "other account", "other key", "no cipher text", "empty Encrypt", "compatible, unsigned Encrypt",
        "plain, other token", "plain, no query", "secure, no query", "no body",
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(callback: WeChatCallback, query: dict[str, str], body: bytes) -> None:
    with pytest.raises(CallbackRefused):
        verify(callback, query, body)


@pytest.mark.parametrize("minutes", [-10, 0, 10])
def test_ten_minutes_of_difference_between_clocks_are_fine(minutes: int) -> None:
    verify(secure, aes_query(SEALED, NOW + timedelta(minutes=minutes)), SECURE_BODY)


@pytest.mark.parametrize("seconds", [-601, 601, -86_400])
def test_an_old_query_is_refused_though_its_signature_is_right(seconds: int) -> None:
    with pytest.raises(CallbackRefused):
        verify(secure, aes_query(SEALED, NOW + timedelta(seconds=seconds)), SECURE_BODY)


@pytest.mark.parametrize("timestamp", ["", "yesterday", "-5", "１７９５１６７０００", "1" * 400])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    with pytest.raises(CallbackRefused):
        verify(plain, plain_query() | {"timestamp": timestamp}, PLAIN)


def test_a_body_of_more_than_a_megabyte_is_refused_before_anything_else() -> None:
    with pytest.raises(BodyTooLarge):
        verify(secure, {}, b"x" * (LARGEST_BODY + 1))


def test_both_tokens_are_good_while_they_rotate() -> None:
    rotating = WeChatCallback(credentials(token=f"newtoken,{TOKEN}", encoding_aes_key=f"{OTHER_AES_KEY},{AES_KEY}"))
    verify(rotating, aes_query(SEALED), SECURE_BODY)
    verify(rotating, aes_query(SEALED, token="newtoken"), SECURE_BODY)
    assert len(rotating.parse(aes_query(SEALED), SECURE_BODY)) == 1


START = SECURE_BODY.index(SEALED.encode())


@given(st.integers(0, len(SEALED) - 1), st.integers(0, 255))
def test_any_changed_byte_of_the_encrypted_part_is_refused(place: int, byte: int) -> None:
    changed = bytearray(SECURE_BODY)
    if changed[START + place] == byte:
        byte ^= 1
    changed[START + place] = byte
    with pytest.raises(CallbackRefused):
        verify(secure, aes_query(SEALED), bytes(changed))


@given(st.sampled_from(["timestamp", "nonce", "msg_signature"]), st.text(max_size=50))
def test_any_changed_part_of_the_query_is_refused(name: str, value: str) -> None:
    query = aes_query(SEALED)
    if query[name] == value:
        value += "0"
    with pytest.raises(CallbackRefused):
        verify(secure, query | {name: value}, SECURE_BODY)


@given(st.binary(max_size=400))
def test_no_foreign_body_comes_in_under_an_old_signature(body: bytes) -> None:
    with pytest.raises(CallbackRefused):
        verify(secure, aes_query(SEALED) | {"nonce": NONCE}, body)


def test_receiving_needs_no_http_library_and_a_plain_account_no_cryptography() -> None:
    code = (
        "import sys; from shared.channels.wechat.callback import WeChatCallback; "
        "print([name for name in ('httpx', 'aiohttp', 'pydantic', 'cryptography') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
