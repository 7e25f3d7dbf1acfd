"""Every word that somebody reads, in both languages, through one record of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from infra.power_platform.app.finding import Finding, Severity
from infra.power_platform.app.fx.tree import Binary, Call, Dot, Name, Node, Record, Text, walk
from infra.power_platform.app.judging.formulas import Formula
from infra.power_platform.app.reading import Reading, texts

SHOWN = "T"
"""`T.key` in every formula: the words of the reader's language."""
LANGUAGES = ("English", "Chinese")
"""The records it is one of."""

_READ_BY_PEOPLE = frozenset(
    {
        "Text",
        "AccessibleLabel",
        "ItemAccessibleLabel",
        "HintText",
        "Tooltip",
        "InputTextPlaceholder",
        "ConfirmExitMessage",
    }
)
_LETTER = re.compile(r"[^\W\d_]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FORMATS = frozenset({"Text", "DateTimeValue", "DateValue", "LookUp", "Filter", "Substitute", "Switch"})
"""Functions whose literal arguments are formats, codes and separators, not words."""


def words(reading: Reading) -> Iterator[Finding]:
    records = {name: _record(reading.formulas.definitions.get(name)) for name in LANGUAGES}
    yield from _same_keys(records)
    yield from _really_chinese(records)
    yield from _used(reading, records[LANGUAGES[0]])
    for formula in reading.formulas.formulas:
        yield from _untranslated(formula)


def _record(tree: Node | None) -> Mapping[str, Node]:
    return dict(tree.fields) if isinstance(tree, Record) else {}


def _same_keys(records: Mapping[str, Mapping[str, Node]]) -> Iterator[Finding]:
    everywhere = {key for one in records.values() for key in one}
    for language, found in records.items():
        for key in sorted(everywhere - set(found)):
            yield Finding(f"App.Formulas.{language}", "translation-missing", f"{key} has no words in {language}")


def _really_chinese(records: Mapping[str, Mapping[str, Node]]) -> Iterator[Finding]:
    english, chinese = (records[name] for name in LANGUAGES)
    for key, said in chinese.items():
        if not isinstance(said, Text) or said == english.get(key):
            continue
        if _LETTER.search(said.value) and not _CHINESE.search(said.value):
            yield Finding("App.Formulas.Chinese", "translation-language", f"{key} is not Chinese: {said.value!r}")


def _used(reading: Reading, keys: Mapping[str, Node]) -> Iterator[Finding]:
    used = {
        node.member
        for formula in reading.all_formulas()
        for node in walk(formula.tree)
        if isinstance(node, Dot) and node.base == Name(SHOWN)
    }
    for key in sorted(set(keys) - used):
        yield Finding("App.Formulas", "translation-unused", f"nobody reads the words {key}", Severity.WARNING)


def _untranslated(formula: Formula) -> Iterator[Finding]:
    shown = [formula.tree] if formula.name in _READ_BY_PEOPLE else _notified(formula.tree)
    for tree in shown:
        for text in _said(tree):
            if _LETTER.search(text):
                yield Finding(formula.place, "untranslated", f"{text!r} stands in the formula, not among the words")


def _notified(tree: Node) -> list[Node]:
    found = [node for node in walk(tree) if isinstance(node, Call) and node.function == "Notify" and node.arguments]
    return [node.arguments[0] for node in found]


def _said(tree: Node) -> Iterator[str]:
    """Texts that reach the reader as they are."""
    hidden = {
        text
        for node in walk(tree)
        if (isinstance(node, Call) and node.function in _FORMATS)
        for argument in node.arguments[1:]
        for text in texts(argument)
    }
    compared = {
        side.value
        for node in walk(tree)
        if isinstance(node, Binary) and node.sign in ("=", "<>")
        for side in (node.left, node.right)
        if isinstance(side, Text)
    }
    yield from (text for text in texts(tree) if text not in hidden | compared)
