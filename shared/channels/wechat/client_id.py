"""The client_msg_id: one openid and one id get one message within 10 minutes (WeChat: Template message)."""

import hashlib

LONGEST = 32
"""Characters that are safe. Template messages state no limit; the like id of mass messages states 64 bytes and was
refused at 34 (developer community, code 45067)."""


def client_id_of(key: str) -> str:
    """The same id for the same key: the key itself where it is short enough, else 128 bits of its hash."""
    if 0 < len(key) <= LONGEST and key.isascii() and key.isprintable() and " " not in key:
        return key
    return hashlib.sha256(key.encode()).hexdigest()[:LONGEST]
