"""`dev.py check [words]`: everything that can be said about the code without running the product.

`dev.py check --optional NAME`: one that is not part of it, since it brings much along and its findings are others'.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from infra.local.tools import ROOT

SKIPPED = 77  # exit code of what could not be looked at here (as in automake's test driver)
PRODUCT = ("shared", "functions", "function_app.py")
CONNECTORS = tuple(str(file.parent) for file in sorted(ROOT.glob("infra/power_platform/connectors/*/connector.json")))


@dataclass(frozen=True)
class Check:
    """One program whose exit code 0 means that all is well, and SKIPPED that nobody can say."""

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


OPTIONAL = {"checkov": Check("checkov", _module("infra.azure.checkov"))}


class Ended(StrEnum):
    OK = "ok"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


def main(arguments: Sequence[str]) -> int:
    """Run every check, those whose title holds one of the words, or the optional ones asked for; 1 if any fails."""
    given = _parser().parse_args(arguments)
    chosen = [check for check in CHECKS if any(word in check.title for word in given.words)]
    if not given.words and not given.optional:
        chosen = list(CHECKS)
    chosen += [OPTIONAL[name] for name in given.optional]
    ended = {check.title: ended_of(check) for check in chosen}
    counted = Counter(ended.values())
    print(f"{counted[Ended.OK]} of {len(chosen)} checks passed{_named(ended, Ended.FAILED, 'not')}", end="")
    print(_named(ended, Ended.SKIPPED, "NOBODY LOOKED AT"))
    return 1 if counted[Ended.FAILED] else 0


def ended_of(check: Check) -> Ended:
    """Run one check and say how it went; its output is shown only if it did not pass."""
    started = time.monotonic()
    done = subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True, check=False)
    ended = {0: Ended.OK, SKIPPED: Ended.SKIPPED}.get(done.returncode, Ended.FAILED)
    print(f"{check.title:<20} {ended:<8}{time.monotonic() - started:6.1f} s", flush=True)
    if ended is not Ended.OK:
        print(_indented(done.stdout + done.stderr), flush=True)
    return ended


def _named(ended: dict[str, Ended], which: Ended, words: str) -> str:
    titles = [title for title, one in ended.items() if one is which]
    return f"; {words}: {', '.join(titles)}" if titles else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py check", description="Lint, types, contracts, what is handed over.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only checks whose title holds one of these")
    parser.add_argument(
        "--optional", action="append", default=[], choices=sorted(OPTIONAL), help="one that is not part of all checks"
    )
    return parser


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
