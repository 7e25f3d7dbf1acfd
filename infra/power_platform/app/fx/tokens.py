"""A formula cut into words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class FormulaError(Exception):
    """A formula that no reader could understand."""


class Sort(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    sort: Sort
    text: str
    at: int


_WORDS = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<text>"(?:[^"]|"")*")
      | (?P<quoted>'(?:[^']|'')+')
      | (?P<name>[^\W\d]\w*)
      | (?P<sign><>|<=|>=|&&|\|\||:=|[-+*/^&=<>!.,;:(){}\[\]@%])""",
    re.VERBOSE | re.DOTALL,
)


def tokens(formula: str) -> list[Token]:
    """Raises FormulaError."""
    found: list[Token] = []
    at = 0
    while at < len(formula):
        word = _WORDS.match(formula, at)
        if word is None:
            raise FormulaError(
                f"cannot read {formula[at : at + 12]!r}: a quote or comment is not closed, or a sign is unknown"
            )
        if word["space"] is None:
            found.append(_token(word, at))
        at = word.end()
    return [*found, Token(Sort.END, "", at)]


def _token(word: re.Match[str], at: int) -> Token:
    if word["number"] is not None:
        return Token(Sort.NUMBER, word["number"], at)
    if word["text"] is not None:
        return Token(Sort.TEXT, word["text"][1:-1].replace('""', '"'), at)
    if word["quoted"] is not None:
        return Token(Sort.NAME, word["quoted"][1:-1].replace("''", "'"), at)
    if word["name"] is not None:
        return Token(Sort.NAME, word["name"], at)
    return Token(Sort.SIGN, word["sign"], at)
