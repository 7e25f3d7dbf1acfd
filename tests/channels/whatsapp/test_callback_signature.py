"""Who may call: the handshake and the signature on raw bytes."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.whatsapp.callback import WhatsAppCallback
from shared.channels.whatsapp.signature import MAX_BODY
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS
from shared.errors import BodyTooLarge, CallbackRefused, ConfigurationError
from tests.channels.whatsapp.conftest import NOON

CALLBACK = WhatsAppCallback(replace(SAMPLE_CREDENTIALS, app_secrets=("new-secret", "old-secret")))
HANDSHAKE = {"hub.mode": "subscribe", "hub.verify_token": "sample-verify-token", "hub.challenge": "1158201444"}


def signed(body: bytes, secret: str = "new-secret") -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.mark.parametrize("secret", ["new-secret", "old-secret"])
def test_either_secret_of_a_rotation_signs(secret: str) -> None:
    CALLBACK.verify({}, signed(b"{}", secret), b"{}", NOON)


@pytest.mark.parametrize("body", [b"", rb'{"a":"caf\u00e9 \/"}', "{'名': '😀'}".encode(), bytes(range(256))])
def test_the_raw_bytes_are_what_is_signed(body: bytes) -> None:
    CALLBACK.verify({}, signed(body), body, NOON)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": signed(b"{}")["x-hub-signature-256"].removeprefix("sha256=")},
        {"x-hub-signature": "sha1=" + hmac.new(b"new-secret", b"{}", hashlib.sha1).hexdigest()},
        {"x-hub-signature-256": "sha256=\udcff\u0661"},
        signed(b"{}", "another secret"),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(CallbackRefused):
        CALLBACK.verify({}, headers, b"{}", NOON)


@given(body=st.binary(max_size=300), place=st.integers(0, 299), other=st.integers(1, 255))
def test_any_changed_byte_is_refused(body: bytes, place: int, other: int) -> None:
    headers = signed(body)
    if body:
        index = place % len(body)
        changed = body[:index] + bytes([body[index] ^ other]) + body[index + 1 :]
    else:
        changed = bytes([other])
    with pytest.raises(CallbackRefused):
        CALLBACK.verify({}, headers, changed, NOON)


def test_three_megabytes_pass_and_one_byte_more_does_not() -> None:
    body = b" " * MAX_BODY
    CALLBACK.verify({}, signed(body), body, NOON)
    with pytest.raises(BodyTooLarge):
        CALLBACK.verify({}, signed(body + b" "), body + b" ", NOON)


def test_without_a_secret_nothing_passes() -> None:
    bare = WhatsAppCallback(replace(SAMPLE_CREDENTIALS, app_secrets=()))
    with pytest.raises(ConfigurationError):
        bare.verify({}, signed(b"{}", ""), b"{}", NOON)


def test_the_handshake_echoes_the_challenge() -> None:
    answer = CALLBACK.handshake(HANDSHAKE)
    assert (answer.status, answer.body, answer.content_type) == (200, "1158201444", "text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"hub.verify_token": "wrong"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "ünïcode"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
        {"hub.challenge": "9" * 257},
    ],
)
def test_a_wrong_handshake_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(CallbackRefused):
        CALLBACK.handshake({**HANDSHAKE, **change})


def test_a_stored_callback_is_acknowledged_with_nothing_but_200() -> None:
    answer = CALLBACK.acknowledge({}, b"{}", NOON)
    assert (answer.status, answer.body) == (200, "")
