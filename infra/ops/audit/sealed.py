"""Sealed values, read by their description: `<length of key id><key id><12 bytes><ciphertext and 16 bytes of tag>`.

Bound to where it stands: table, partition, row key and column, or container and name, a line each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE, _TAG = 12, 16
_OF_A_PERSON = frozenset(
    {"to", "name", "names", "contact", "from", "said", "note", "addresses", "born", "code", "pharmacy", "sender",
     "text", "provider_id", "address", "by", "url", "registration"}
)  # fmt: skip
_SHORTEST = 4  # shorter ones are in every text


def key_id_of(value: object) -> str:
    """The id of the key that a sealed value names; empty for what cannot be one."""
    if not isinstance(value, bytes) or not value or not 1 <= value[0] <= 32:
        return ""
    named = value[1 : 1 + value[0]]
    if len(value) < 1 + value[0] + _NONCE + _TAG or not (named.isascii() and named.isalnum()):
        return ""
    return named.decode()


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens with the keys at hand."""

    keys: Mapping[str, bytes]

    def opened(self, value: bytes, *where: str) -> bytes | None:
        """None: it does not open."""
        key = self.keys.get(key_id_of(value))
        if key is None:
            return None
        body = 1 + value[0]
        try:
            return AESGCM(key).decrypt(value[body : body + _NONCE], value[body + _NONCE :], "\n".join(where).encode())
        except InvalidTag:
            return None


def personal(opened: bytes) -> Iterator[str]:
    """What in an opened value belongs to a person, where the value says so."""
    try:
        yield from _personal(json.loads(opened), named=False)
    except ValueError:  # a bound address is sealed as it is
        yield opened.decode("utf-8", "replace")


def _personal(value: Any, *, named: bool) -> Iterator[str]:
    if isinstance(value, str):
        if named and len(value) >= _SHORTEST and value != "system":  # who sent it, where no person did
            yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _personal(inner, named=named or name in _OF_A_PERSON)
    elif isinstance(value, list):
        for inner in value:
            yield from _personal(inner, named=named)
