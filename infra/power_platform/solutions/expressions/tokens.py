"""An expression's text as tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class ExpressionInvalid(ValueError):
    """The text is no expression; the message says why and where."""


class Kind(StrEnum):
    NAME = "name"
    NUMBER = "number"
    TEXT = "text"  # unquoted, its doubled quotes single
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    value: str
    at: int  # 0: the first character


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_SIGNS = frozenset("()[],?.")


def tokens(text: str) -> Iterator[Token]:
    """Ends with one of Kind.END. Raises ExpressionInvalid."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token, at = _next(text, at)
        yield token
    yield Token(Kind.END, "", len(text))


def _next(text: str, at: int) -> tuple[Token, int]:
    if found := _TEXT.match(text, at):
        return Token(Kind.TEXT, found[1].replace("''", "'"), at), found.end()
    if text[at] == "'":
        raise ExpressionInvalid(f"the quote at character {at + 1} is never closed")
    for kind, pattern in ((Kind.NUMBER, _NUMBER), (Kind.NAME, _NAME)):
        if found := pattern.match(text, at):
            return Token(kind, found[0], at), found.end()
    if text[at] in _SIGNS:
        return Token(Kind.SIGN, text[at], at), at + 1
    raise ExpressionInvalid(f"{text[at]!r} at character {at + 1} belongs to no expression")
