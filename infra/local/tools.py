"""Where the tools are that set-up brought: Node and Azurite."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"


class ToolMissingError(RuntimeError):
    """A tool that set-up installs is not there."""


def node_program() -> Path:
    """Node: the one that set-up chose, else the one on PATH. Raises ToolMissingError."""
    noted = TOOLS / "node-path"
    if noted.is_file() and Path(noted.read_text().strip()).is_file():
        return Path(noted.read_text().strip())
    found = shutil.which("node")
    if found is None:
        raise ToolMissingError(f"no Node.js: run {Path(sys.executable).name} dev.py test once")
    return Path(found)


def azurite_script() -> Path:
    """Azurite's entry point, run by Node directly so that the process we hold is Azurite's own."""
    script = TOOLS / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
    if not script.is_file():
        raise ToolMissingError("Azurite is not installed: run dev.py test once, which sets it up")
    return script
