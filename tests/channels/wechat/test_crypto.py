from __future__ import annotations

import base64
import secrets

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from shared.channels.wechat.callback_xml import encrypted_part
from shared.channels.wechat.crypto import Envelope
from shared.errors import CallbackRefused
from tests.channels.wechat.samples import AES_KEY, APP_ID, NONCE, OTHER_AES_KEY, TOKEN, aes_query, credentials

KEY = credentials().aes_keys[0]
OTHER_KEY = credentials(encoding_aes_key=OTHER_AES_KEY).aes_keys[0]


def sealed_by_hand(content: bytes) -> str:
    """Encrypts whatever it is given, padding included: what only a faulty or hostile provider would send."""
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    return base64.b64encode(encryptor.update(content) + encryptor.finalize()).decode()


def framed(xml: bytes, *, length: int | None = None, app_id: str = APP_ID) -> bytes:
    size = len(xml) if length is None else length
    return secrets.token_bytes(16) + size.to_bytes(4, "big") + xml + app_id.encode()


def padded(content: bytes) -> bytes:
    pad = 32 - len(content) % 32
    return content + bytes([pad]) * pad


@given(st.text(min_size=1, max_size=300))
def test_wechatpy_reads_what_we_seal(text: str) -> None:
    theirs = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    sealed = Envelope(APP_ID, [KEY]).seal(text.encode())
    query = aes_query(sealed)
    opened = theirs.decrypt_message({"Encrypt": sealed}, query["msg_signature"], query["timestamp"], NONCE)
    assert opened == text


@given(st.text(min_size=1, max_size=300))
def test_we_read_what_wechatpy_seals(text: str) -> None:
    theirs = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    sealed = encrypted_part(theirs.encrypt_message(text, NONCE, "1795167000").encode())
    assert Envelope(APP_ID, [KEY]).open(sealed) == text.encode()


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again_whatever_its_length(xml: bytes) -> None:
    assert Envelope(APP_ID, [KEY]).open(Envelope(APP_ID, [KEY]).seal(xml)) == xml


def test_the_key_that_is_being_replaced_still_opens() -> None:
    sealed = Envelope(APP_ID, [KEY]).seal(b"<xml/>")
    assert Envelope(APP_ID, [OTHER_KEY, KEY]).open(sealed) == b"<xml/>"
    with pytest.raises(CallbackRefused):
        Envelope(APP_ID, [OTHER_KEY]).open(sealed)


@pytest.mark.parametrize(
    "encrypted",
    [
        "",
        "not base64 at all!",
        base64.b64encode(b"15 bytes, no 16").decode(),
        sealed_by_hand(padded(framed(b"<xml/>", app_id="wx0000000000000002"))),
        sealed_by_hand(padded(framed(b"<xml/>", length=7))),
        sealed_by_hand(padded(framed(b"<xml/>", length=5))),
        sealed_by_hand(padded(framed(b"<xml/>", length=2**32 - 1))),
        sealed_by_hand(padded(b"short")),
        sealed_by_hand(framed(b"x" * 26) + bytes([0] * 32)),
        sealed_by_hand(framed(b"x" * 26) + bytes([33] * 32)),
        sealed_by_hand(framed(b"x" * 26) + bytes([1, *[32] * 31])),
    ],
    ids=[
        "empty", "no base64", "no whole block", "another account", "length too long", "length too short",
        "length of 4 GiB", "no head", "padding 0", "padding 33", "one padding byte wrong",
    ],
)  # fmt: skip
def test_what_is_not_in_order_is_refused(encrypted: str) -> None:
    with pytest.raises(CallbackRefused):
        Envelope(APP_ID, [KEY]).open(encrypted)


def test_padding_of_a_whole_block_of_32_is_right() -> None:
    content = framed(b"x" * 26)
    assert len(content) % 32 == 0
    assert Envelope(APP_ID, [KEY]).open(sealed_by_hand(content + bytes([32] * 32))) == b"x" * 26
