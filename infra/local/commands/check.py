"""`dev.py check`: everything that can be said about the code without running the product."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from infra.local.tools import ROOT

PRODUCT = ("shared", "functions", "function_app.py")
CONNECTORS = tuple(str(file.parent) for file in sorted(ROOT.glob("infra/power_platform/connectors/*/connector.json")))


@dataclass(frozen=True)
class Check:
    """One program whose exit code 0 means that all is well."""

    title: str
    command: tuple[str, ...]


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)


CHECKS = (
    Check("ruff check", _module("ruff", "check", "--output-format=concise", ".")),
    Check("ruff format", _module("ruff", "format", "--check", "--output-format=concise", ".")),
    Check("mypy --strict", _module("mypy", "--strict", *PRODUCT)),
    Check("mypy infra, dev.py", _module("mypy", "infra", "dev.py")),
    Check("import contracts", (str(Path(sys.executable).with_name("lint-imports")), "--no-cache")),
    Check("connectors", _module("infra.power_platform.lint", "--warnings-as-errors", *CONNECTORS)),
    Check("solutions", _module("infra.power_platform.solutions.check")),
    Check("canvas app", _module("infra.power_platform.app.check")),
    Check("deployment", _module("infra.azure.check")),
    Check("house rules", _module("pytest", "-q", "--no-header", "tests/structure")),
)


def main(arguments: list[str]) -> int:
    """Run every check, or those whose title holds one of `arguments`; 1 if any fails."""
    chosen = [check for check in CHECKS if not arguments or any(word in check.title for word in arguments)]
    failed = [check.title for check in chosen if not passes(check)]
    print(
        f"{len(chosen) - len(failed)} of {len(chosen)} checks passed"
        + (f"; not: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def passes(check: Check) -> bool:
    """Run one check and say how it went; its output is shown only if it fails."""
    started = time.monotonic()
    done = subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    print(f"{check.title:<20} {'ok' if passed else 'FAILED':<7}{time.monotonic() - started:6.1f} s", flush=True)
    if not passed:
        print(_indented(done.stdout + done.stderr), flush=True)
    return passed


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
