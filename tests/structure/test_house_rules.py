"""Rules of the house that can be read off the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.structure.source_tree import ROOT, SourceFile, channel_names, dotted, source_files, words

PRODUCT = ("shared", "functions", "function_app.py")
LONGEST_FILE = 400
LONGEST_TRIGGER = 30
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "data", "process", "common", "misc"}
TIME_READERS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now",
    "datetime.datetime.utcnow", "datetime.date.today", "time.time", "time.time_ns", "time.localtime", "time.gmtime",
}  # fmt: skip
ENVIRONMENT_READERS = {"os.environ", "os.getenv", "os.environb", "os.putenv"}

PRODUCT_FILES = list(source_files(*PRODUCT))


def uses_of(names: set[str], files: list[SourceFile]) -> list[str]:
    """Where one of the dotted names is used, also when it was imported by its last part."""
    found = []
    for file in files:
        renamed = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(file.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        for node in ast.walk(file.tree):
            name = dotted(node) if isinstance(node, ast.Name | ast.Attribute) else ""
            if name in names or renamed.get(name) in names:
                found.append(f"{file.at(node)} {name}")
    return found


def outside(place: str) -> list[SourceFile]:
    return [file for file in PRODUCT_FILES if file.place != place]


def test_the_product_prints_nothing() -> None:
    assert uses_of({"print", "pprint.pprint", "sys.stdout", "sys.stderr"}, PRODUCT_FILES) == []


def test_only_settings_reads_the_environment() -> None:
    assert uses_of(ENVIRONMENT_READERS, outside("shared/settings.py")) == []


def test_only_the_clock_reads_the_time() -> None:
    assert uses_of(TIME_READERS, outside("shared/clock.py")) == []


def conditions(tree: ast.Module) -> Iterator[ast.AST]:
    """What decides a branch: comparisons, tests of if/while/conditional expressions, patterns of match."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield node
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node.test
        elif isinstance(node, ast.comprehension):
            yield from node.ifs
        elif isinstance(node, ast.match_case):
            yield node.pattern


def names_a_channel(condition: ast.AST, names: set[str]) -> bool:
    literals = {
        node.value.lower()
        for node in ast.walk(condition)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    members = {node.attr.lower() for node in ast.walk(condition) if isinstance(node, ast.Attribute)}
    return bool(names & (literals | members))


def test_no_condition_names_a_channel_outside_its_folder() -> None:
    names = channel_names()
    found = [
        file.at(condition)
        for file in PRODUCT_FILES
        for condition in conditions(file.tree)
        if names_a_channel(condition, names - set(file.parts))
    ]
    assert found == []


@pytest.mark.parametrize(
    "condition",
    ['if c == "whatsapp": ...', 'x = 1 if c in ("sms", "voice") else 2', "if c is Channel.WECHAT: ...",
     'match c:\n case "wechat": ...', '[c for c in x if c != "WhatsApp"]', 'while name.startswith("sms"): ...'],
)  # fmt: skip
def test_the_rule_about_channel_names_sees_every_form(condition: str) -> None:
    assert any(names_a_channel(found, channel_names()) for found in conditions(ast.parse(condition)))


def test_triggers_are_short() -> None:
    found = [
        f"{file.at(node)} {node.name}: {length} lines"
        for file in source_files("functions")
        if "interface" not in file.parts  # shapes: as long as they have fields
        for node in ast.walk(file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "make_blueprint"
        if (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_TRIGGER
    ]
    assert found == []


def test_no_file_has_grown_too_long() -> None:
    lengths = {file.place: file.text.count("\n") for file in PRODUCT_FILES}
    assert {place: length for place, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_module_has_an_empty_name() -> None:
    assert [file.place for file in PRODUCT_FILES if Path(file.place).stem in EMPTY_NAMES] == []


def test_no_broad_catch_outside_the_triggers_edge() -> None:
    found = [
        file.at(node)
        for file in source_files("shared")
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ExceptHandler)
        if node.type is None or {"Exception", "BaseException"} & set(words(node.type))
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:", "NotImplemented" + "Error")
    assert [f"{file.place}: {mark}" for file in PRODUCT_FILES for mark in marks if mark in file.text] == []


def test_every_file_of_the_top_level_stands_where_it_was_given() -> None:
    given = ["host.json", "function_app.py", "shared", "functions", "infra", "tests", "requirements.txt"]
    assert [name for name in given if not (ROOT / name).exists()] == []
