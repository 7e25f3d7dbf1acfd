"""How a patient is addressed (health.md 3.3)."""

import re

from shared.domain.appointment import HumanName
from shared.domain.plain_text import one_line

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def shown_name(name: HumanName, language: str) -> str:
    """The name as the patient reads it, on one line; empty where the record has none.

    The record's own `text` wins. Else: Chinese characters as family and given name without a space (陳大文); in Hindi
    the given name with जी; elsewhere title (only if the record has one: never guessed), given and family name.
    """
    text, family, given = one_line(name.text), one_line(name.family), one_line(name.given)
    if text:
        return text
    if _HAN.search(family + given):
        return (family + given).replace(" ", "")
    if language == "hi" and (given or family):
        return f"{given or family} जी"
    return " ".join(part for part in (one_line(name.prefix), given, family) if part) if given or family else ""
