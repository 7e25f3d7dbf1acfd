"""Page cursors: opaque, signed, and bound to the list that gave them, its filters and its clinic."""

import base64
import binascii
import hashlib
import hmac

from shared.errors import InvalidCursor

_SIGNATURE_BYTES = 16
_LONGEST = 4_096


class Cursors:
    """Writes and reads cursors. A holder learns at most where in our keys a page ended, and cannot make one."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, position: str, *bound_to: str) -> str:
        """A cursor for `position`; empty for the end of a list."""
        if not position:
            return ""
        signed = position.encode()
        return base64.urlsafe_b64encode(self._signature(signed, bound_to) + signed).decode().rstrip("=")

    def read(self, cursor: str, *bound_to: str) -> str:
        """The position; empty for an empty cursor. Raises InvalidCursor for a broken, forged or foreign one."""
        if not cursor:
            return ""
        try:
            if len(cursor) > _LONGEST:
                raise InvalidCursor("This page cursor is not valid.")
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            signature, signed = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
            position = signed.decode()
        except (binascii.Error, ValueError):
            raise InvalidCursor("This page cursor is not valid.") from None
        # One cursor, one spelling: base64 would let the unused last bits vary.
        if (
            not hmac.compare_digest(signature, self._signature(signed, bound_to))
            or self.write(position, *bound_to) != cursor
        ):
            raise InvalidCursor("This page cursor is not valid for this list.")
        return position

    def _signature(self, signed: bytes, bound_to: tuple[str, ...]) -> bytes:
        framed = b"".join(len(p).to_bytes(4, "big") + p for p in (signed, *(b.encode() for b in bound_to)))
        return hmac.new(self._key, framed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
