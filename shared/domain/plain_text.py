"""Text as it may stand in a message: one line, no control characters, shortened only between whole characters."""

import re
import unicodedata
from functools import lru_cache

_SPACES = re.compile(r"\s+")
_JOINERS = frozenset("\u200c\u200d")  # needed inside Hindi syllables and joined emoji
_VIRAMA = 9  # canonical combining class: the next consonant belongs to the same syllable
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)  # flags of Scotland and Wales


def one_line(text: str) -> str:
    """`text` in NFC on one line: white space collapsed, control and invisible direction characters removed.

    Direction overrides go because they let a name rewrite what stands beside it (Unicode TR 36, 3.1).
    """
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():  # nearly all text: no control, format or unusual space character
        return " ".join(text.split())
    spaced = _SPACES.sub(" ", text)
    kept = (c for c in spaced if c in _JOINERS or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return _SPACES.sub(" ", "".join(kept)).strip()


def characters(text: str) -> list[str]:
    """`text` as a reader counts it: letters with their marks, syllables, whole emoji (a part of Unicode TR 29)."""
    clusters: list[str] = []
    for char in text:
        if clusters and _continues(clusters[-1], char):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def shortened(text: str, limit: int) -> str:
    """`text` in at most `limit` characters (code points), its end replaced by `…`; never cuts a syllable or an emoji.

    `limit` is at least 1.
    """
    if len(text) <= limit:
        return text
    kept = ""
    for cluster in characters(text):
        if len(kept) + len(cluster) > limit - 1:
            break
        kept += cluster
    return kept.rstrip() + "…"


@lru_cache(maxsize=2048)  # a list names the same few places and types again and again
def same_words(text: str) -> str:
    """A form in which two spellings of one label are equal: width, case and spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _continues(cluster: str, char: str) -> bool:
    last, code = cluster[-1], ord(char)
    if unicodedata.category(char) in {"Mn", "Mc", "Me"} or char in _JOINERS or code in _SKIN_TONES or code in _TAGS:
        return True
    if last == "\u200d" or (unicodedata.combining(last) == _VIRAMA and unicodedata.category(char) == "Lo"):
        return True
    return code in _FLAG_LETTERS and len(cluster) == 1 and ord(cluster) in _FLAG_LETTERS
