"""Lines that YAML reads otherwise than their writer meant.

`pac` 2.11 left such a screen out without a word and packed a broken app (microsoft/power-platform-skills, issue 550).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.source import SourceError, load_yaml

_LINE = re.compile(r"^(?P<indent>\s*)(?:- )?(?P<key>[\w./' -]+?):(?: (?P<value>.*))?$")
_BLOCK = re.compile(r"^[|>]")
_GOOD_BLOCK = "|-"


def yaml_traps(files: Mapping[str, str]) -> Iterator[Finding]:
    for place, text in files.items():
        traps = list(_of_lines(place, text))
        yield from traps
        try:
            load_yaml(text, place)
        except SourceError as error:
            if not traps:  # else the trap says it better
                yield Finding(place, "yaml", str(error))


def _of_lines(place: str, text: str) -> Iterator[Finding]:
    block_indent: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if "\t" in line:
            yield Finding(f"{place}:{number}", "yaml-tab", "a tab: YAML wants spaces")
        indent = len(line) - len(line.lstrip())
        if block_indent is not None and (not line.strip() or indent > block_indent):
            continue
        block_indent = None
        found = _LINE.match(line)
        if not found or found["value"] is None:
            continue
        value = found["value"]
        if _BLOCK.match(value):
            block_indent = indent
            yield from _of_block(f"{place}:{number}", value)
        elif value.startswith("="):
            yield from _of_formula(f"{place}:{number}", value)


def _of_block(place: str, value: str) -> Iterator[Finding]:
    if value.strip() != _GOOD_BLOCK:
        yield Finding(place, "yaml-block", f"a formula over several lines begins with |-, not with {value.strip()}")


def _of_formula(place: str, value: str) -> Iterator[Finding]:
    if ": " in value or value.rstrip().endswith(":"):
        yield Finding(place, "yaml-colon", "a formula with a colon and a space on one line: write it as a |- block")
    if " #" in value:
        yield Finding(place, "yaml-hash", "YAML takes what stands after # for a comment: write it as a |- block")
