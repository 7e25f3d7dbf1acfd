"""An address as staff see it where they need not write to it."""

_FIRST, _LAST = 5, 4
_DOT = "•"


def masked(address: str) -> str:
    """Of a number its beginning: the last digits are what a nurse types before a prescription goes there, so no screen
    may give them away. Of an openid, which nobody types, its end. Empty for none."""
    if address.startswith("+"):
        return address[:_FIRST] + _DOT * (len(address) - _FIRST)
    return f"{_DOT * 4} {address[-_LAST:]}" if address else ""
