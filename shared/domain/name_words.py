"""The words of a name, in a form in which its spellings are equal: by them a patient is found.

Case, accents, width and order do not count. Chinese and Korean names are taken sign by sign, since they are written
with and without a space. Titles are no part of a name: whoever searches may type them, or not.
"""

import re
import unicodedata
from collections.abc import Iterator

MOST_WORDS = 12
LONGEST_WORD = 40

_ACCENTS = re.compile(
    "[\u0300-\u036f\u064b-\u065f\u0670]"
)  # Latin, Greek, Cyrillic; Arabic vowel signs: often left out
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")  # O'Brien, OBrien
_SIGN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\uac00-\ud7a3"  # Han, Hangul
_WORDS = re.compile(rf"[{_SIGN}]|[^\W_{_SIGN}](?:[^\W_{_SIGN}]|[\u0900-\u0dff\u200c\u200d])*")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
_TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "rev", "shri", "smt",
    "श्री", "श्रीमती", "सुश्री", "डॉ", "जी",
})  # fmt: skip
_TITLES_IN_SIGNS = re.compile("先生|女士|小姐|太太|醫生|医生")


def name_words(name: str) -> tuple[str, ...]:
    """Each word once, in the order of the name; at most MOST_WORDS."""
    found = dict.fromkeys(word[:LONGEST_WORD] for word in _words(name) if word not in _TITLES)
    return tuple(found)[:MOST_WORDS]


def _words(name: str) -> Iterator[str]:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", _TITLES_IN_SIGNS.sub(" ", name)))
    folded = unicodedata.normalize("NFKC", plain).casefold().translate(_LETTERS)
    yield from _WORDS.findall(_APOSTROPHES.sub("", folded))
