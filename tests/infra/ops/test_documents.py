"""Every command that a document names is one that there is, with arguments that it takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest

import dev
from infra.local.commands import smoke
from infra.local.tools import ROOT
from infra.ops.registry import COMMANDS
from infra.ops.shell import make_parser

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNBOOK = ROOT / "docs" / "operations" / "runbook.md"
NAMES = sorted((command.name for command in COMMANDS), key=len, reverse=True)
TABLE = "| Command | For |"
NOT_ONE = {"", "COMMAND", "…"}  # `dev.py ops`, and whatever stands for any command
MEANT = {"YYYY-MM-DD": "2026-11-20", "TIME": "2026-11-20T03:00", "N": "2", "ID": "riverside"}
"""What stands for a value that is not just any text."""


def named(page: Path) -> Iterator[str]:
    """What stands after `ops`: in lines of a block of code, and between two backticks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    for code in (*lines, *inline):
        if found := re.match(r"(?:.*dev\.py )?ops(?: (.*))?$", code):
            yield (found[1] or "").strip()


def rows_of_the_table() -> Iterator[tuple[str, list[str]]]:
    """(name, its forms as they stand) of the README's table of commands."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition(TABLE)[2].partition("\n\n")[0]
    for cell in re.findall(r"^\| (`.*?) \| ", table, re.MULTILINE):
        codes = re.findall(r"`([^`]+)`", cell)
        options = [code for code in codes if code.startswith("--")]
        for code in codes:
            if not code.startswith("--"):
                yield cell, [f"{code} {option}" for option in options] or [code]


def forms(code: str) -> Iterator[str]:
    """`a [b] c\\|d` is four commands."""
    parts = re.findall(r"\[[^\]]+\]|[^\[]+", code)
    for chosen in product(*(("", part[1:-1]) if part.startswith("[") else (part,) for part in parts)):
        words = " ".join(chosen).split()
        yield from (" ".join(form) for form in product(*(word.split("\\|") for word in words)))


def words_of(command: str) -> list[str]:
    return [MEANT.get(word, word) for word in shlex.split(command, comments=True)]


def name_of(command: str) -> str:
    words = " ".join(words_of(command))
    return next((name for name in NAMES if words == name or words.startswith(f"{name} ")), "")


def problem(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What is wrong with a whole command; empty: nothing."""
    try:
        make_parser().parse_args(words_of(command))
    except SystemExit:
        return f"{command}: {capsys.readouterr().err.splitlines()[-1:]}"
    return ""


def is_mention(command: str) -> bool:
    """Of a command by its name alone."""
    return " ".join(words_of(command)) in NAMES


def problems(commands: Sequence[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [said for command in commands if (said := problem(command, capsys))]


def test_every_command_that_the_runbook_names_can_be_typed_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [command for command in named(RUNBOOK) if command not in NOT_ONE]
    assert len(commands) > 10
    assert problems(commands, capsys) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_is_one_with_arguments_that_it_takes(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = [command for command in named(page) if command not in NOT_ONE]
    assert [command for command in commands if not name_of(command)] == []
    assert problems([command for command in commands if not is_mention(command)], capsys) == []


def test_the_readmes_table_is_of_commands_that_can_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [form for _, codes in rows_of_the_table() for code in codes for form in forms(code)]
    assert len(commands) > 20
    assert [command for command in commands if not name_of(command)] == []
    assert problems([command for command in commands if not is_mention(command)], capsys) == []


def test_the_readme_names_every_command() -> None:
    commands = [*named(ROOT / "README.md"), *(form for _, codes in rows_of_the_table() for form in codes)]
    assert set(NAMES) - {name_of(command) for command in commands} == set()


def test_every_word_after_dev_py_is_a_command() -> None:
    found = {
        (page.name, word)
        for page in PAGES
        for word in re.findall(r"dev\.py ([a-z]+)", page.read_text(encoding="utf-8"))
    }
    assert {(page, word) for page, word in found if word not in dev.COMMANDS} == set()
    assert ("deploy.md", "smoke") in found


def test_the_smoke_test_is_called_as_it_can_be() -> None:
    page = (ROOT / "docs" / "azure" / "deploy.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^python3 dev\.py smoke (.+)$", page, re.MULTILINE)
    given = smoke._parser().parse_args(shlex.split(line.replace("$URL", "https://app.example")))
    assert given.channel == ["whatsapp"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("worklist lists --clinic ID", "invalid choice"),
        ("explain APPOINTMENT", "--clinic"),
        ("stuck replay --everything", "unrecognized arguments"),
        ("resolve MESSAGE send_twice", "invalid choice"),
        ("tomorrow CLINIC --day soon", "--day"),
    ],
)
def test_a_wrong_command_would_be_found(command: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in problem(command, capsys)


def test_what_stands_for_several_is_several() -> None:
    assert list(forms("tomorrow CLINIC [--all]")) == ["tomorrow CLINIC", "tomorrow CLINIC --all"]
    assert list(forms("stuck replay ITEM…\\|--all")) == ["stuck replay ITEM…", "stuck replay --all"]
