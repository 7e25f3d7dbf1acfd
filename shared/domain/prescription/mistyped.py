"""Where in a code that fails its check the slip probably is. It says where to look, never what should stand there."""

from collections.abc import Callable, Iterator

_ALIKE = ("0OQD", "1IL7", "2Z", "5S", "6G", "8B3", "UV", "MN", "KX", "CE", "4A", "VY", "EF", "PR")
"""Characters that people confuse when they read a screen, a print or handwriting."""
_GROUP = 6
_END = "+"


def probable_groups(text: str, is_valid: Callable[[str], bool]) -> tuple[int, ...]:
    """The groups (1 to 3) in which one ordinary slip explains everything: two neighbours swapped, or a character taken
    for one that looks like it. Empty where no such slip does, or where any group could hold it."""
    found = {place // _GROUP + 1 for place, candidate in _slips(text) if is_valid(candidate)}
    return tuple(sorted(found)) if len(found) * _GROUP < len(text) else ()


def _slips(text: str) -> Iterator[tuple[int, str]]:
    for place, character in enumerate(text):
        for other in _like(character, last=place == len(text) - 1):
            yield place, text[:place] + other + text[place + 1 :]
        if place + 1 < len(text) and text[place + 1] != character and _END not in (character, text[place + 1]):
            yield place, text[:place] + text[place + 1] + character + text[place + 2 :]


def _like(character: str, *, last: bool) -> Iterator[str]:
    for group in _ALIKE:
        if character in group:
            yield from (other for other in group if other != character)
    if last and character in "T4":
        yield _END
