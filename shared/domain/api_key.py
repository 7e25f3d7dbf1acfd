"""How an API key is written: `pm_`, 33 characters of secret, 6 of checksum.

The beginning lets secret scanners find keys that lie where they should not; with the checksum they, and we, tell a key
from something that only looks like one (as in github.blog, "Behind GitHub's new authentication token formats").
"""

import zlib

PREFIX = "pm_"
SECRET_BYTES = 24  # 192 bits, 33 characters
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH, _CHECKSUM_LENGTH = 33, 6


def api_key(secret: bytes) -> str:
    """The key of a random secret of SECRET_BYTES."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes")
    written = _in_base62(int.from_bytes(secret), _SECRET_LENGTH)
    return PREFIX + written + _checksum(written)


def is_mistyped(presented: str) -> bool:
    """Whether it begins as one of our keys and cannot be one: a part is missing, or a character is another."""
    if not presented.startswith(PREFIX):
        return False
    written = presented.removeprefix(PREFIX)
    secret, checksum = written[:_SECRET_LENGTH], written[_SECRET_LENGTH:]
    return len(secret) != _SECRET_LENGTH or checksum != _checksum(secret)


def _checksum(written: str) -> str:
    return _in_base62(zlib.crc32(written.encode()), _CHECKSUM_LENGTH)


def _in_base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
