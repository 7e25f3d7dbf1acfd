"""Short-lived words that only we can have given: the token of a preview, the proof of a right answer."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum

_FORM = re.compile(r"([0-9]{10}\.[A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{43})")
_NONCE_BYTES = 9


class Standing(StrEnum):
    GOOD = "good"
    EXPIRED = "expired"
    FOREIGN = "foreign"  # not ours, or of something else


class Signed:
    """`<until, in seconds>.<12 random characters>.<HMAC-SHA256 of both and of what it is bound to>`; it holds nothing
    of what it is bound to, and no two are the same."""

    def __init__(self, index_key: bytes, purpose: str) -> None:
        # a key of its own for each purpose, drawn from the one that does not rotate
        self._key = hmac.new(index_key, f"signed {purpose}".encode(), hashlib.sha256).digest()

    def issue(self, until: datetime, *bound_to: str) -> str:
        head = f"{int(until.timestamp())}.{secrets.token_urlsafe(_NONCE_BYTES)}"
        return f"{head}.{self._signature(head, bound_to)}"

    def standing(self, text: str, now: datetime, *bound_to: str) -> Standing:
        """In constant time. One of something else is foreign, however old it is."""
        match = _FORM.fullmatch(text)
        if match is None or not hmac.compare_digest(match[2], self._signature(match[1], bound_to)):
            return Standing.FOREIGN
        return (
            Standing.GOOD if now <= datetime.fromtimestamp(int(match[1].partition(".")[0]), UTC) else Standing.EXPIRED
        )

    def _signature(self, head: str, bound_to: tuple[str, ...]) -> str:
        framed = b"".join(len(p := part.encode()).to_bytes(4, "big") + p for part in (head, *bound_to))
        return base64.urlsafe_b64encode(hmac.new(self._key, framed, hashlib.sha256).digest()).decode().rstrip("=")
