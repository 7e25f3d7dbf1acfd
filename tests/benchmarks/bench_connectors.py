"""Both connectors made from the table of operations and judged by every rule, beside the limit of 5 s.

In a fresh process, as a maker waits for it: imports count.
"""

import statistics
import subprocess
import sys
import time

from infra.local.tools import ROOT
from infra.power_platform.generator.files import channels
from tests.benchmarks.measuring import show

RUNS = 5
LIMIT_S = 5.0
STEPS = {
    "made": ("-m", "infra.power_platform.generator"),
    "judged": ("-m", "infra.power_platform.lint", *(f"infra/power_platform/connectors/{c.name}" for c in channels())),
}


def main() -> None:
    took = {name: statistics.median(_seconds(command) for _ in range(RUNS)) for name, command in STEPS.items()}
    whole = sum(took.values())
    rows = [(name, f"{seconds:.2f} s") for name, seconds in took.items()]
    show(
        f"both connectors, median of {RUNS}", [*rows, ("both", f"{whole:.2f} s = {whole / LIMIT_S:.2f} of {LIMIT_S} s")]
    )
    sys.exit(0 if whole <= LIMIT_S else 1)


def _seconds(command: tuple[str, ...]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
