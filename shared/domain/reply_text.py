"""What a patient wrote, in the form in which two spellings of one answer are equal; and phrases looked for in it.

Case, width, punctuation, quotation marks, emoji styles and the spelling variants of Devanagari do not count (health.md
6.2). A question mark does: it is kept beside the words, since a question is never an answer.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 4096  # characters looked at: more than any provider lets a patient write in one text

_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ`´＇", ""))  # can't, can’t and cant are one word
_PUNCTUATION = str.maketrans(
    dict.fromkeys('.,!;:…·"“”„«»()[]{}<>*_~|/\\‐‑‒–—-।॥。、，！；：「」『』〈〉《》【】﹁﹂', " ")
)
_QUESTION_MARKS = frozenset("?؟¿⸮")
_DROPPED = frozenset("\u093c\u20e3\ufe0e\ufe0f")  # nukta, the frame of a keycap, how an emoji is drawn
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_SAME_SIGN = {"\u0901": "\u0902"}  # candrabindu is written as anusvara by most (हाँ, हां)
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_GAP = "..."


@dataclass(frozen=True, slots=True)
class Heard:
    """Words with one space between them, and whether there was a question mark. Holds patient data: never log one."""

    words: str
    asks: bool


def heard(text: str) -> Heard:
    """`text` (its first `LONGEST` characters) without what does not count. Ideographs, letters and emoji that touch
    become words of their own."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST].translate(_APOSTROPHES)).casefold()
    # decomposed, so that the nukta of every letter can go; then composed again
    kept = "".join(map(_sign, unicodedata.normalize("NFKD", plain)))
    spaced = unicodedata.normalize("NFKC", kept).translate(_APOSTROPHES)
    asks = any(char in _QUESTION_MARKS for char in spaced)
    cleared = "".join(" " if char in _QUESTION_MARKS else char for char in spaced.translate(_PUNCTUATION))
    return Heard(" ".join(_apart(cleared).split()), asks)


def _sign(char: str) -> str:
    if char in _DROPPED or ord(char) in _SKIN_TONES or unicodedata.category(char) in {"Cf", "Cc"}:
        return " " if char.isspace() else ""
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.decimal(char))
    return _SAME_SIGN.get(char, char)


def _apart(text: str) -> str:
    """A space wherever an ideograph, a symbol and anything else meet."""
    parts: list[str] = []
    before = ""
    for char in text:
        kind = _kind(char)
        if before and kind != before:
            parts.append(" ")
        parts.append(char)
        before = kind
    return "".join(parts)


def _kind(char: str) -> str:
    if _IDEOGRAPH.match(char):
        return "ideograph"
    return "symbol" if unicodedata.category(char) == "So" else "other"


class Phrases:
    """Phrases of any language, found in a longer text.

    A phrase is words with a space between; `can/could` is either word, `...` up to three words (Chinese: characters)
    that may stand between. Words are whole words, but Chinese, which has no spaces, is found inside a run.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases = tuple(phrases)
        patterns = sorted(set(map(_pattern, self.phrases)))
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    def within(self, words: str) -> bool:
        """`words`: of a `Heard`."""
        return self._pattern is not None and self._pattern.search(words) is not None


def _pattern(phrase: str) -> str:
    is_chinese = _IDEOGRAPH.search(phrase) is not None
    pattern = ""
    for token in phrase.split():
        gap = token == _GAP
        if pattern and not gap and not pattern.endswith("{0,3}"):
            pattern += " ?" if is_chinese else " "
        if gap:
            pattern += r"\S{0,3}" if is_chinese else r" (?:\S+ ){0,3}"
        else:
            pattern += f"(?:{'|'.join(re.escape(heard(word).words) for word in token.split('/'))})"
    return pattern if is_chinese else rf"(?<!\S){pattern}(?!\S)"
