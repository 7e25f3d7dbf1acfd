"""docs/development-host.md: every behaviour that it claims is shown by a test that exists."""

from __future__ import annotations

import ast
import re

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "development-host.md"
ROW = re.compile(r"^\| (?!The real host|---)(.+) \| (.+) \| (.+) \|$", re.MULTILINE)


def test_every_row_names_tests_that_exist() -> None:
    files = [*(ROOT / "tests" / "infra" / "local").glob("test_*.py"), ROOT / "tests/test_the_engine_indexes_the_app.py"]
    tests = {
        node.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    rows = ROW.findall(PAGE.read_text())
    assert len(rows) > 30
    for behaviour, _, shown_by in rows:
        named = set(re.findall(r"`(test_\w+)`", shown_by))
        assert named, behaviour
        assert named <= tests, named - tests
