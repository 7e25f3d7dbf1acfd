"""One phone number as a person typed it into a record, judged before anything is sent to it (health.md 3.2).

`phonenumbers` is made to find a number in anything: it turns letters into digits, takes the first of two numbers, and
reads `00` as part of a number where that is not the country's own prefix. Each of these would write to a stranger, so
what a person could have meant in two ways is refused here before the library sees it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.number_ranges import FICTIONAL_MOBILES, NEW_MOBILES

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EXTENSION = re.compile(r"(?:#|(?<![^\W\d_])(?:extension|extn|ext|x)\.?)\s*\d{1,6}\s*$", re.IGNORECASE)
_SEPARATORS = re.compile(r"[;,/|\\&\n\r]|(?<=\d)\s*\+")  # a second number begins
_SLIP = re.compile(r"\d*[^\W\d_]\d*")  # one letter among digits: a slip of the keyboard, or a spreadsheet's E+09
_NOT_ALNUM = re.compile(r"[\W_]+")
_ALLOWED = re.compile(r"\+?[\d\s().\-]+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_TWICE = 18  # digits: more than any one number (15, and a prefix), so two with only a space between
_INVISIBLE = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"))


class NumberProblem(StrEnum):
    """Why a number as written is not one that we may write to."""

    UNREADABLE = "unreadable"  # no possible number of this region, or a letter typed for a digit
    TWO_NUMBERS = "two_numbers"
    EXTENSION = "extension"
    THIRD_PARTY = "third_party"  # words beside the number: "(wife)"
    NOT_MOBILE = "not_mobile"  # landline, pager, personal or company number


@dataclass(frozen=True, slots=True)
class PhoneAddress:
    """A mobile number in E.164 with `+`; valid once it exists. Raises ValueError for any other form."""

    e164: str
    new_range: bool = False  # newer than our list of ranges: worth a second look, not a reason to stay silent

    def __post_init__(self) -> None:
        if _E164.fullmatch(self.e164) is None:
            raise ValueError("not an E.164 number")


def read_number(written: str, region: str) -> PhoneAddress | NumberProblem:
    """The mobile number that `written` means in `region` (ISO 3166 alpha-2), or why it may not be written to.

    A national number is read as one of `region`; the region itself is never guessed, so a foreign number without its
    country code is refused where it is not possible here, and where it is no valid mobile here.
    """
    text = _normal(written)
    problem = _ambiguity(text)
    if problem is not None:
        return problem
    if text.startswith("00"):  # "00" is the prefix that people write; the library knows only the region's own (HK: 001)
        text = "+" + text[2:].lstrip()
    if _ALLOWED.fullmatch(text) is None:
        return NumberProblem.UNREADABLE
    return _parsed(text, region)


def _normal(written: str) -> str:
    text = unicodedata.normalize("NFKC", written).translate(_DASHES).translate(_INVISIBLE)
    return text.strip().removeprefix("tel:").strip().strip("'\"").strip()


def _ambiguity(text: str) -> NumberProblem | None:
    if _EXTENSION.search(text):
        return NumberProblem.EXTENSION
    if any(c.isalpha() for c in text):
        slip = _SLIP.fullmatch(_NOT_ALNUM.sub("", text))
        return NumberProblem.UNREADABLE if slip else NumberProblem.THIRD_PARTY
    if _SEPARATORS.search(text) or sum(c.isdigit() for c in text) >= _TWICE:
        return NumberProblem.TWO_NUMBERS
    return None


def _parsed(text: str, region: str) -> PhoneAddress | NumberProblem:
    import phonenumbers  # 0.1 s of import that callbacks must not pay

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return NumberProblem.UNREADABLE
    if not phonenumbers.is_possible_number(number) or number.extension:
        return NumberProblem.UNREADABLE
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _in(FICTIONAL_MOBILES, e164) or _in(NEW_MOBILES, e164):
        return PhoneAddress(e164, new_range=_in(NEW_MOBILES, e164))
    kind, kinds = phonenumbers.number_type(number), phonenumbers.PhoneNumberType
    if kind in {kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE}:
        return PhoneAddress(e164)
    return NumberProblem.UNREADABLE if kind == kinds.UNKNOWN else NumberProblem.NOT_MOBILE


def _in(ranges: Sequence[re.Pattern[str]], e164: str) -> bool:
    return any(pattern.fullmatch(e164) for pattern in ranges)
