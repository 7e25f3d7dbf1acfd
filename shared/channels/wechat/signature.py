"""WeChat's callback signature: sha1 over the sorted parts (WeChat: Access Guide, Message encryption)."""

import hashlib
import hmac
from collections.abc import Iterable


def signature_of(*parts: str) -> str:
    """Hexadecimal sha1 of the parts, sorted and joined. The provider prescribes sha1; the token keys it."""
    return hashlib.sha1(_bytes("".join(sorted(parts))), usedforsecurity=False).hexdigest()


def is_signed(given: str, tokens: Iterable[str], *parts: str) -> bool:
    """Whether `given` is the signature of `parts` under one of the tokens; takes the same time whichever it is."""
    claimed = _bytes(given)
    matches = [hmac.compare_digest(claimed, signature_of(token, *parts).encode()) for token in tokens]
    return any(matches)


def _bytes(text: str) -> bytes:
    """A query may hold what is no text at all; that is a wrong signature, not a fault."""
    return text.encode("utf-8", "surrogatepass")
