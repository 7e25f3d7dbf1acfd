"""`python3 dev.py package app [--to FILE]`: the deployment archive, its size, and how long the app takes to import."""

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from infra.azure.archive import ArchiveWrong, archive_of, files_to_deploy
from infra.local.tools import ROOT

DIST = ROOT / "dist" / "app.zip"
IMPORTED = "import time; t = time.perf_counter(); import function_app; print(time.perf_counter() - t)"
TIMES = 3


def main(arguments: Sequence[str]) -> int:
    """0: built; 1: something is in it that should not be, or is missing."""
    given = _parser().parse_args(arguments)
    try:
        files = files_to_deploy(ROOT)
    except ArchiveWrong as error:
        print(error, file=sys.stderr)
        return 1
    archive = archive_of(files)
    given.to.parent.mkdir(parents=True, exist_ok=True)
    given.to.write_bytes(archive)
    plain = sum(path.stat().st_size for path in files.values())
    print(f"{given.to}: {len(archive):,} bytes, {len(files)} files of {plain:,} bytes; Azure installs requirements.txt")
    print(f"import of function_app from it, in a new process: {cold_import(given.to):.2f} s (best of {TIMES})")
    return 0


def cold_import(archive: Path) -> float:
    """Seconds that a new process needs to import the app as it was packed, once its bytecode is there."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        command = [sys.executable, "-c", IMPORTED]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        runs = [
            subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
            for _ in range(TIMES)
        ]
    return min(float(run.stdout) for run in runs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py package app", description="The deployment archive.")
    parser.add_argument("--to", type=Path, default=DIST, help="file (default dist/app.zip)")
    return parser
