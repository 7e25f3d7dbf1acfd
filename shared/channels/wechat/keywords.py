"""Typed keywords of template messages: what a value may be (WeChat: Template message, parameter types, since May 2023).

WeChat answers a value that does not fit with 47003 and sends nothing, so we say it before, in the words of the field. A
key is a type and a number: `thing1`, `time2`. Keys of older templates (`keyword1`, `first`) have no type and no check.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

ELLIPSIS = "…"
LONGEST_THING = 20

_KEY = re.compile(r"([a-z_]+?)(\d{1,2})")
_CLOCK = r"([01]?\d|2[0-3])[:：][0-5]\d"
_DAY = r"\d{4}年\d{1,2}月\d{1,2}日"
_MOMENT = rf"(?:{_DAY} ?)?{_CLOCK}"
_DATE = rf"{_DAY}(?: ?{_CLOCK})?"
_WECHAT_MOMENT = re.compile(rf"{_MOMENT}|{_DATE}", re.ASCII)
_DAY_IN = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?"
)
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]")


@dataclass(frozen=True, slots=True)
class Keyword:
    """One type. `fits` looks at a value without control characters; `advice` tells a person what it may be."""

    fits: Callable[[str], bool]
    advice: str


def keyword_of(key: str) -> Keyword | None:
    """The type of `thing1`, `time2` …; None for a key without a type (`keyword1`, `first`)."""
    match = _KEY.fullmatch(key)
    return _keywords().get(match[1]) if match else None


def keyword_type(key: str) -> str:
    """`thing` for `thing1`; empty for a key without a type."""
    match = _KEY.fullmatch(key)
    return match[1] if match and match[1] in _keywords() else ""


def problem_with(key: str, value: str) -> str:
    """What is wrong with `value` under `key`, as advice for a person; empty if nothing is. Never repeats the value."""
    keyword = keyword_of(key)
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
        return "Remove line breaks and control characters."
    if keyword is None:
        return ""
    if not value.strip():
        return "Write a value; WeChat refuses an empty one."
    return "" if keyword.fits(value) else keyword.advice


def has_emoji(value: str) -> bool:
    """Whether WeChat would show a part of `value` as an empty box."""
    return _EMOJI.search(value) is not None


def without_emoji(value: str) -> str:
    return " ".join(_EMOJI.sub(" ", value).split())


def shortened(value: str) -> str:
    """`value` within the 20 characters of a `thing`, its end replaced by `…`; never between a letter and its mark."""
    if len(value) <= LONGEST_THING:
        return value
    end = LONGEST_THING - len(ELLIPSIS)
    while end and unicodedata.category(value[end]) in ("Mn", "Mc", "Me"):
        end -= 1
    return value[:end].rstrip() + ELLIPSIS


def as_moment(value: str) -> str:
    """A date, or a date with a time, in WeChat's form `2026年11月27日 15:01`; empty if it is none or not a real one.

    Reads that form itself (also with full-width digits and colon), a time alone, and ISO 8601 dates. An offset is
    dropped: the wall clock is what a patient reads.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    if _WECHAT_MOMENT.fullmatch(text):
        return text if _real_days(text) else ""
    match = _ISO.fullmatch(text)
    if match is None:
        return ""
    year, month, day, hour, minute = match.groups()
    try:
        written = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))  # noqa: DTZ001 - wall clock
    except ValueError:
        return ""
    day_text = f"{written.year}年{written.month}月{written.day}日"
    return day_text if hour is None else f"{day_text} {written:%H:%M}"


def _real_days(text: str) -> bool:
    for year, month, day in _DAY_IN.findall(text):
        try:
            date(int(year), int(month), int(day))
        except ValueError:
            return False
    return True


def _form(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: compiled.fullmatch(value) is not None


def _moments(pattern: str) -> Callable[[str], bool]:
    has_form = _form(rf"{pattern}(?: ?[~～] ?{pattern})?")
    return lambda value: has_form(value) and _real_days(value)


def _is_name(value: str) -> bool:
    if _CHINESE.search(value):
        return len(value) <= 10 and all(_CHINESE.match(c) or c in "·• " for c in value)
    return len(value) <= 20 and all(c.isalpha() or unicodedata.category(c)[0] == "M" or c in " .'’-" for c in value)


@cache
def _keywords() -> dict[str, Keyword]:
    return {
        "thing": Keyword(lambda v: len(v) <= LONGEST_THING, "Write at most 20 characters."),
        "const": Keyword(
            lambda v: len(v) <= 20, "Write one of the values approved for this template, at most 20 characters."
        ),
        "character_string": Keyword(
            _form(r"[\x20-\x7e]{1,32}"), "Write at most 32 letters, digits and symbols; no Chinese."
        ),
        "number": Keyword(_form(r"(?=.{1,32}$)-?\d+(?:\.\d+)?"), "Write a number of at most 32 digits."),
        "letter": Keyword(_form(r"[A-Za-z]{1,32}"), "Write at most 32 letters, nothing else."),
        "symbol": Keyword(lambda v: len(v) <= 5 and not any(c.isalnum() for c in v), "Write at most 5 symbols."),
        "time": Keyword(_moments(_MOMENT), "Write a time such as 15:01 or 2026年11月27日 15:01."),
        "date": Keyword(_moments(_DATE), "Write a date such as 2026年11月27日 or 2026年11月27日 15:01."),
        "amount": Keyword(
            _form(r"(?:[¥￥$€£]|HK\$)?\d{1,10}(?:\.\d{1,2})?元?"), "Write one currency sign and at most 10 digits."
        ),
        "phone_number": Keyword(_form(r"[0-9+\- ()]{1,17}"), "Write at most 17 digits, with + and - if needed."),
        "car_number": Keyword(lambda v: len(v) <= 8, "Write at most 8 characters."),
        "name": Keyword(_is_name, "Write at most 10 Chinese characters or 20 letters, without digits."),
        "phrase": Keyword(lambda v: len(v) <= 5 and all(map(_CHINESE.match, v)), "Write at most 5 Chinese characters."),
    }
