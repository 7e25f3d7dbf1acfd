"""`dev.py bench [name]`: tests/benchmarks/bench_<name>.py, each with `main()` that prints a table."""

from __future__ import annotations

import runpy
import sys
import time
from collections.abc import Sequence

from infra.local.tools import ROOT

BENCHMARKS = ROOT / "tests" / "benchmarks"


def names() -> list[str]:
    """Every benchmark there is."""
    return sorted(path.stem.removeprefix("bench_") for path in BENCHMARKS.glob("bench_*.py"))


def main(arguments: list[str]) -> int:
    """Run the named benchmark with the arguments that follow it, or all; `--list` shows the names."""
    if arguments[:1] == ["--list"]:
        print("\n".join(names()))
        return 0
    chosen = arguments[:1] or names()
    if unknown := [name for name in chosen if name not in names()]:
        print(f"no benchmark is called {unknown[0]}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    return max((_run(name, arguments[1:]) for name in chosen), default=0)


def _run(name: str, arguments: Sequence[str]) -> int:
    path = BENCHMARKS / f"bench_{name}.py"
    print(f"== {name}", flush=True)
    started = time.monotonic()
    sys.argv = [str(path), *arguments]
    try:
        runpy.run_path(str(path))["main"]()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        return ended.code if isinstance(ended.code, int) else 1 if ended.code else 0
    print(f"== {name}: {time.monotonic() - started:.1f} s\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
