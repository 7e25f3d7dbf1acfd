"""Encryption in front of the store: AES-256-GCM, bound to the place where a value stands.

A sealed value is `<length of key id><key id><12 random bytes><ciphertext and tag>`. Its place (table, partition, row
and column, or container and blob) is authenticated with it, so that a value that was moved or copied does not open.
Several keys are known by id; one seals, all open: rotation is a new current key, and old rows stay readable.
"""

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.errors import ConfigurationError, Unsealable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12  # NIST SP 800-38D, 5.2.1.1; random nonces are safe below 2^32 values a key (8.3)
_KEY_BYTES = 32


def place(*parts: str) -> bytes:
    """What a value is bound to. Parts cannot run into each other: no key or name of the store holds a line break."""
    return "\n".join(parts).encode()


def key_id_of(sealed: bytes) -> str:
    """The id of the key that it was sealed with; empty for what is damaged."""
    if not sealed or len(sealed) < 1 + sealed[0] + _NONCE_BYTES:
        return ""
    return sealed[1 : 1 + sealed[0]].decode("ascii", "replace")


class Sealer:
    """Seals with the current key, opens with any of the keys."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        """`keys`: id -> 32 bytes. Raises ConfigurationError."""
        if current not in keys:
            raise ConfigurationError("The current encryption key is not among the encryption keys.")
        for key_id, key in keys.items():
            if len(key) != _KEY_BYTES or not (key_id.isascii() and key_id.isalnum() and len(key_id) <= 32):
                raise ConfigurationError("An encryption key needs a short id of letters and digits and 32 bytes.")
        self._keys = dict(keys)
        self._ciphers: dict[str, AESGCM] = {}
        self._current = current
        self._head = bytes([len(current)]) + current.encode()

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._current

    def reseal(self, sealed: bytes, where: bytes) -> bytes:
        """The same under the current key. Raises Unsealable."""
        return self.seal(self.unseal(sealed, where), where)

    def seal(self, plain: bytes, where: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._head + nonce + self._cipher(self._current).encrypt(nonce, plain, where)

    def unseal(self, sealed: bytes, where: bytes) -> bytes:
        """Raises Unsealable."""
        if not sealed or len(sealed) < 1 + sealed[0] + _NONCE_BYTES:
            raise Unsealable("A stored value is damaged.")
        body = 1 + sealed[0]
        key_id = sealed[1:body].decode("ascii", "replace")
        if key_id not in self._keys:
            raise Unsealable("A stored value was sealed with a key that is not among the encryption keys.")
        from cryptography.exceptions import InvalidTag

        nonce, ciphertext = sealed[body : body + _NONCE_BYTES], sealed[body + _NONCE_BYTES :]
        try:
            return self._cipher(key_id).decrypt(nonce, ciphertext, where)
        except InvalidTag:
            raise Unsealable("A stored value does not open: another key, or it was moved or changed.") from None

    def seal_json(self, value: object, where: bytes) -> bytes:
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), where)

    def unseal_json(self, sealed: bytes, where: bytes) -> dict[str, object]:
        """Raises Unsealable."""
        value = json.loads(self.unseal(sealed, where))
        if not isinstance(value, dict):
            raise Unsealable("A stored value is damaged.")
        return value

    def _cipher(self, key_id: str) -> "AESGCM":
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            cipher = self._ciphers[key_id] = AESGCM(self._keys[key_id])
        return cipher
