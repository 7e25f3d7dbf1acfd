"""dev.py and its set-up: start on any Python, do each step once, one at a time."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local import interpreter, setup
from infra.local.commands import bench, check
from infra.local.setup_step import SetupError, Step
from tests.conftest import ROOT

BEFORE_THE_ENVIRONMENT = [
    "dev.py",
    "infra/__init__.py",
    "infra/local/__init__.py",
    "infra/local/setup.py",
    "infra/local/setup_step.py",
    "infra/local/interpreter.py",
    "infra/local/node.py",
]


@pytest.mark.parametrize("place", BEFORE_THE_ENVIRONMENT)
def test_it_starts_on_python_3_9_with_the_standard_library(place: str) -> None:
    tree = ast.parse((ROOT / place).read_text(), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    foreign = {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign <= {"infra.local", "infra.local.setup_step"}


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "dev.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_without_a_command_it_shows_the_commands() -> None:
    shown = dev("--help")
    assert shown.returncode == 0
    assert all(command in shown.stdout for command in ("run", "test", "check", "bench"))
    assert dev().returncode == dev("nonsense").returncode == 2


def step(folder: Path, made_from: str, done: list[str]) -> Step:
    return Step("a step", folder / "stamp", lambda: made_from, lambda: done.append(made_from))


def test_a_step_is_done_once_and_again_when_its_inputs_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    for inputs in ("one", "one", "two"):
        one = step(tmp_path, inputs, done)
        if not one.is_done():
            one.run("[1/1]")
        assert one.is_done()
    assert done == ["one", "two"]
    assert capsys.readouterr().out.startswith("[1/1] a step …\n[1/1] a step: done in 0 s\n")


def test_a_step_that_fails_leaves_no_stamp(tmp_path: Path) -> None:
    def fail() -> None:
        raise SetupError("no network")

    failing = Step("a step", tmp_path / "stamp", lambda: "x", fail)
    with pytest.raises(SetupError):
        failing.run("[1/1]")
    assert not failing.is_done()


def test_a_second_set_up_waits_and_one_that_died_does_not_hold_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "setup.lock"
    with setup.alone(lock):
        assert not setup.locked(lock)
        assert json.loads(lock.read_text())["pid"]
    assert not lock.exists()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lock.write_text(json.dumps({"pid": ended.pid}))
    begun = time.monotonic()
    with setup.alone(lock):
        assert time.monotonic() - begun < 5


def test_the_wanted_python_is_found_or_it_is_this_one() -> None:
    command = interpreter.find()
    assert command is not None
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    assert version.startswith(f"Python {interpreter.WANTED}.")


def test_the_npm_lock_file_names_versions_and_no_server() -> None:
    lock = json.loads((setup.NPM / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages["node_modules/azurite"]["version"] == "3.35.0"
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
        assert [line for line in lines if "==" not in line] == []


def test_a_check_says_whether_it_passed(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.ended_of(check.Check("fine", (sys.executable, "-c", ""))) is check.Ended.OK
    wrong = check.Check("wrong", (sys.executable, "-c", "print('why'); raise SystemExit(3)"))
    assert check.ended_of(wrong) is check.Ended.FAILED
    shown = capsys.readouterr().out
    assert "fine                 ok" in shown
    assert "FAILED" in shown
    assert "    why" in shown


def test_benchmarks_are_listed_and_unknown_ones_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--list"]) == 0
    assert "host" in capsys.readouterr().out.split()
    assert bench.main(["nonsense"]) == 2
