"""The encrypted part of a callback (WeChat: Technical plan of message encryption).

    base64(AES-256-CBC(key, iv = key[:16], pad( 16 random bytes │ length of XML, 4 bytes big-endian │ XML │ appid )))

The padding is PKCS#7 with a block of 32. A body is opened only after its signature was found right, so a refusal tells
a forger nothing about the padding.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from shared.errors import CallbackRefused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

_PAD_BLOCK = 32
_AES_BLOCK = 16
_HEAD = 20  # random bytes and length


class Envelope:
    """Opens with any of the keys, seals with the first. Made once per account."""

    def __init__(self, app_id: str, keys: Sequence[bytes]) -> None:
        self._app_id = app_id.encode()
        self._keys = tuple(keys)

    def __bool__(self) -> bool:
        """Whether there is a key at all."""
        return bool(self._keys)

    def open(self, encrypted: str) -> bytes:
        """The XML inside. Raises CallbackRefused for anything that none of the keys opens, or of another account."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise CallbackRefused("the encrypted part is not base64") from None
        if not sealed or len(sealed) % _AES_BLOCK:
            raise CallbackRefused("the encrypted part has a wrong length")
        for cipher in self._ciphers:
            decryptor = cipher.decryptor()
            xml = self._read(decryptor.update(sealed) + decryptor.finalize())
            if xml is not None:
                return xml
        raise CallbackRefused("the encrypted part does not open with the account's key and AppID")

    def seal(self, xml: bytes) -> str:
        """The base64 text of `xml` for this account."""
        content = secrets.token_bytes(16) + len(xml).to_bytes(4, "big") + xml + self._app_id
        pad = _PAD_BLOCK - len(content) % _PAD_BLOCK
        encryptor = self._ciphers[0].encryptor()
        sealed = encryptor.update(content + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def _read(self, content: bytes) -> bytes | None:
        """None: wrong padding, a length beyond the end, or another account's AppID."""
        pad = content[-1]
        if not 1 <= pad <= _PAD_BLOCK or len(content) < _HEAD + pad or content[-pad:] != bytes([pad]) * pad:
            return None
        end = _HEAD + int.from_bytes(content[16:_HEAD], "big")
        if content[end : len(content) - pad] != self._app_id:
            return None
        return content[_HEAD:end]

    @cached_property
    def _ciphers(self) -> "tuple[Cipher[CBC], ...]":
        # Imported at the first encrypted callback: 25 ms that a plain account never pays.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        return tuple(Cipher(algorithms.AES(key), modes.CBC(key[:16])) for key in self._keys)
