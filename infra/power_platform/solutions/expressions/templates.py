"""Where in a text of a flow an expression stands.

@parameters('x')             the whole text is one
Dear @{parameters('x')}      parts of it are
@@ and @@{                   a plain @
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from infra.power_platform.solutions.expressions.syntax import Node, parse
from infra.power_platform.solutions.expressions.tokens import ExpressionInvalid


@dataclass(frozen=True, slots=True)
class Part:
    """Plain text (`node` None), or an expression."""

    text: str
    node: Node | None = None


@cache
def parts_of(text: str) -> Sequence[Part]:
    """Raises ExpressionInvalid."""
    if text.startswith("@@"):
        return (Part(text[1:]),)
    if text.startswith("@") and not text.startswith("@{"):
        return (Part(text[1:], parse(text[1:])),)
    found: list[Part] = []
    plain, at = "", 0
    while at < len(text):
        if text.startswith("@@{", at):
            plain, at = plain + "@{", at + 3
        elif text.startswith("@{", at):
            end = _end(text, at + 2)
            found += [Part(plain)] if plain else []
            found.append(Part(text[at + 2 : end], parse(text[at + 2 : end])))
            plain, at = "", end + 1
        else:
            plain, at = plain + text[at], at + 1
    return (*found, Part(plain)) if plain else tuple(found)


def _end(text: str, at: int) -> int:
    """Where the brace of an inserted expression closes; one in quotes is text."""
    quoted = False
    for place in range(at, len(text)):
        if text[place] == "'":
            quoted = not quoted
        elif text[place] == "}" and not quoted:
            return place
    raise ExpressionInvalid("an inserted expression, @{…, is never closed")
