"""Set-up by itself: virtual environment on Python 3.13, requirements, Node, Azurite.

Standard library only and Python 3.9, since it runs on whatever Python a machine has. Every step leaves a stamp with
the hash of what it was made from, so a second start only compares hashes. One set-up runs at a time.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Iterator  # noqa: UP035 - 3.9 is meant

from infra.local import interpreter, node
from infra.local.setup_step import SetupError, Step, hash_of, run

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
NODE_NOTE = TOOLS / "node-path"
NPM = ROOT / "infra" / "local" / "npm"
LOCK_LIMIT_S = 1_200.0


def make_ready() -> Path:
    """Bring about everything that the commands need and return the environment's Python. Raises SetupError."""
    steps = _steps()
    if all(step.is_done() for step in steps):
        return environment_python()
    with alone(TOOLS / "setup.lock"):
        for number, step in enumerate(steps, start=1):
            if not step.is_done():
                step.run(f"[{number}/{len(steps)}]")
    return environment_python()


def environment_python() -> Path:
    """Python inside the virtual environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _steps() -> list[Step]:
    wanted = interpreter.WANTED
    return [
        Step(f"making .venv on Python {wanted}", VENV / ".made", lambda: wanted, _make_environment, _is_wanted),
        Step("installing requirements-dev.txt", VENV / ".requirements", _requirements_hash, _install_requirements),
        Step(
            "finding Node.js",
            TOOLS / "node.stamp",
            lambda: "1",
            _choose_node,
            lambda: node.chosen(NODE_NOTE) is not None,
        ),
        Step("installing Azurite", TOOLS / "azurite.stamp", _lock_hash, _install_azurite, _azurite_is_there),
    ]


def _is_wanted() -> bool:
    """Whether .venv is of the wanted Python, read from its own note rather than by starting it."""
    with contextlib.suppress(OSError):
        notes = (VENV / "pyvenv.cfg").read_text().splitlines()
        versions = [line.split("=")[1].strip() for line in notes if line.startswith(("version", "version_info"))]
        return environment_python().exists() and any(
            (text + ".").startswith(interpreter.WANTED + ".") for text in versions
        )
    return False


def _make_environment() -> None:
    if _is_wanted():
        return  # made by hand, or by an earlier set-up that was cut off
    if VENV.exists():
        print(f"      the existing .venv is not on Python {interpreter.WANTED}: replacing it", flush=True)
        shutil.rmtree(str(VENV))
    try:
        python = interpreter.find() or interpreter.fetch(TOOLS)
    except interpreter.NotFound as error:
        raise SetupError(str(error)) from None
    run([*python, "-m", "venv", str(VENV)], "the virtual environment could not be made")


def _requirements_hash() -> str:
    return hash_of([ROOT / "requirements.txt", ROOT / "requirements-dev.txt"])


def _install_requirements() -> None:
    pip = [str(environment_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "-r", str(ROOT / "requirements-dev.txt")], "the requirements could not be installed from PyPI")


def _choose_node() -> None:
    node.choose(environment_python(), NODE_NOTE)


def _lock_hash() -> str:
    return hash_of([NPM / "package.json", NPM / "package-lock.json"])


def _azurite_is_there() -> bool:
    return (TOOLS / "node_modules" / "azurite" / "dist" / "src" / "azurite.js").is_file()


def _install_azurite() -> None:
    program = node.chosen(NODE_NOTE)
    npm = node.npm_script(program) if program is not None else None
    if program is None or npm is None:
        raise SetupError(f"Node.js was found without npm; install Node.js {node.LEAST_NODE} or later")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(str(NPM / name), str(TOOLS / name))
    environment = dict(os.environ, PATH=os.pathsep.join([str(program.parent), os.environ.get("PATH", "")]))
    run(
        [str(program), str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
        "Azurite could not be installed from the npm registry",
        folder=TOOLS,
        environment=environment,
    )


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the set-up lock; wait for another set-up, and take over a lock whose owner is gone."""
    lock.parent.mkdir(exist_ok=True)
    deadline, told = time.monotonic() + LOCK_LIMIT_S, False
    while not locked(lock):
        if not told:
            print("another set-up is running in this folder: waiting for it", flush=True)
            told = True
        if time.monotonic() > deadline:
            raise SetupError(f"another set-up has not ended; if none is running, delete {lock}")
        time.sleep(0.5)
    try:
        yield
    finally:
        lock.unlink()


def locked(lock: Path) -> bool:
    """Try to take the lock once."""
    try:
        with lock.open("x") as file:
            json.dump({"pid": os.getpid()}, file)
    except FileExistsError:
        if _owner_is_gone(lock):
            with contextlib.suppress(FileNotFoundError):
                lock.unlink()
        return False
    return True


def _owner_is_gone(lock: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        owner = int(json.loads(lock.read_text())["pid"])
        if os.name != "posix":
            return False
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            return True
    return False


if __name__ == "__main__":
    print(make_ready())
    sys.exit(0)
