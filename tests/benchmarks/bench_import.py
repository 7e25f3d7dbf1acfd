"""Cold import of the app: CPU seconds of `import function_app` in a fresh process, beside the limit of 0.6 s."""

import statistics
import subprocess
import sys

from infra.local.tools import ROOT
from tests.benchmarks.measuring import show

RUNS = 7
LIMIT_S = 0.6
MEASURE = "import time; t = time.process_time(); import {module}; print(time.process_time() - t)"


def cpu_s(module: str) -> float:
    """Median over fresh processes."""
    command = [sys.executable, "-c", MEASURE.format(module=module)]
    times = [
        float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout) for _ in range(RUNS)
    ]
    return statistics.median(times)


def main() -> None:
    app, sdk = cpu_s("function_app"), cpu_s("azure.functions")
    show(
        f"cold import, CPU, median of {RUNS}",
        [
            ("import function_app", f"{app:.3f} s = {app / LIMIT_S:.2f} of the limit {LIMIT_S} s"),
            ("of which azure.functions", f"{sdk:.3f} s"),
        ],
    )


if __name__ == "__main__":
    main()
