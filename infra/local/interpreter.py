"""Finding a Python 3.13, or fetching one with `uv` where the internet is open. Standard library, Python 3.9."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WANTED = "3.13"
FETCH_LIMIT_S = 600.0


class NotFound(RuntimeError):
    """There is no Python of the wanted version and none can be fetched; the text says what to install."""


def find() -> list[str] | None:
    """The command that starts a Python of exactly the wanted version, or None."""
    for command in _candidates():
        if _version(command) == WANTED:
            return command
    return None


def fetch(folder: Path) -> list[str]:
    """Fetch the wanted Python with `uv` from PyPI into `folder`. Raises NotFound."""
    print(f"      no Python {WANTED} on this machine: fetching it with uv", flush=True)
    scratch, home = folder / "uv", folder / "python"
    python = scratch / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv = scratch / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
    environment = dict(os.environ, UV_PYTHON_INSTALL_DIR=str(home))
    steps = [
        [sys.executable, "-m", "venv", str(scratch)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"],
        [str(uv), "python", "install", "--quiet", WANTED],
    ]
    for step in steps:
        if not _succeeds(step, environment):
            raise NotFound(_advice())
    pattern = "cpython-{}*/{}".format(WANTED, "python.exe" if os.name == "nt" else "bin/python" + WANTED)
    for path in sorted(home.glob(pattern), reverse=True):
        if _version([str(path)]) == WANTED:
            return [str(path)]
    raise NotFound(_advice())


def _advice() -> str:
    return (
        f"this project needs Python {WANTED} exactly. It was not found as python{WANTED}, under pyenv or as "
        f"`py -{WANTED}`, and could not be fetched. Install Python {WANTED} and start again."
    )


def _candidates() -> list[list[str]]:
    roots = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"), Path.home() / ".pyenv"]
    installed = [path for root in roots for path in sorted(root.glob(f"versions/{WANTED}*/bin/python"), reverse=True)]
    launcher = [["py", "-" + WANTED]] if os.name == "nt" else []
    # This Python first if it is the right one; pyenv's shim last, since it fails where 3.13 is not activated.
    return [[sys.executable], *([str(path)] for path in installed), ["python" + WANTED], *launcher]


def _version(command: list[str]) -> str | None:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [*command, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.decode(errors="replace").strip() if answer.returncode == 0 else None


def _succeeds(command: list[str], environment: dict) -> bool:
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=FETCH_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
