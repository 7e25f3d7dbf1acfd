"""`python -m infra.azure.checkov`, or `dev.py check --optional checkov`: installs checkov at the first time, runs it.

Exit code: 0 nothing new, 1 findings, SKIPPED where it cannot be installed here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.azure.checkov.judge import HERE, findings, known
from infra.local.commands.check import SKIPPED
from infra.local.setup import alone
from infra.local.setup_step import SetupError, Step, hash_of, run
from infra.local.tools import ROOT, TOOLS

REQUIREMENTS = HERE / "requirements.txt"
LOOKED_AT = ("-d", "infra/azure", "--framework", "bicep", "--skip-download", "--compact", "-o", "json")


class NoReportError(Exception):
    """It ran, and said nothing that can be read."""


def main(home: Path = TOOLS / "checkov") -> int:
    """`home`: of its own environment."""
    try:
        program = installed(home)
    except SetupError as error:
        print(f"checkov was NOT run: {error}")
        return SKIPPED
    try:
        report = report_of(program)
    except NoReportError as error:
        print(error)
        return 1
    found, reasons = findings(report, known(), ROOT), known()
    for finding in found:
        print(finding)
    summary = report["summary"]
    version, passed, failed = (summary[name] for name in ("checkov_version", "passed", "failed"))
    print(f"checkov {version}: {passed} hold, {failed} do not, {len(found)} findings")
    for name, reason in {**reasons.rules, **reasons.files}.items():
        print(f"  known: {name}: {reason}")
    return 1 if found else 0


def installed(home: Path) -> Path:
    """Its program. Raises SetupError."""
    program = home / ("Scripts/checkov.cmd" if os.name == "nt" else "bin/checkov")

    def install() -> None:
        run([sys.executable, "-m", "venv", "--clear", str(home)], "no environment could be made for it")
        python = str(program.with_name("python.exe" if os.name == "nt" else "python"))
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "-r", str(REQUIREMENTS)], "it could not be installed from PyPI")

    title = "installing checkov in an environment of its own"
    step = Step(title, home / "stamp", lambda: hash_of([REQUIREMENTS]), install, program.is_file)
    if not step.is_done():
        home.parent.mkdir(parents=True, exist_ok=True)
        with alone(home.with_name(f"{home.name}.lock")):
            step.run("[1/1]")
    return program


def report_of(program: Path) -> Mapping[str, Any]:
    """Raises NoReportError."""
    done = subprocess.run([str(program), *LOOKED_AT], cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise NoReportError(f"it ended with {done.returncode} and without a report:\n{done.stderr[-2000:]}") from None
    if not isinstance(report, dict) or "results" not in report:
        raise NoReportError("it found no Bicep")
    return report


if __name__ == "__main__":
    sys.exit(main())
