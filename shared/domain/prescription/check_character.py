"""Check characters by ISO/IEC 7064: MOD 37-2 (the NHS's EPS ids) and MOD 37-36 (our own clinic codes).

Both find every single wrong character and every swap of two neighbours.
"""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WITH_PLUS = _DIGITS + "+"  # EPS writes + where the standard writes *


def mod_37_2(text: str) -> str:
    """The check character of `text` (0-9, A-Z). Source: NHSDigital electronic-prescription-service-api."""
    total = 0
    for character in text:
        total = (total + _DIGITS.index(character)) * 2 % 37
    return _WITH_PLUS[(38 - total) % 37]


def mod_37_36(text: str) -> str:
    """The check character of `text` (0-9, A-Z)."""
    total = 36
    for character in text:
        total = (total + _DIGITS.index(character)) % 36 or 36
        total = total * 2 % 37
    return _DIGITS[(37 - total) % 36]
