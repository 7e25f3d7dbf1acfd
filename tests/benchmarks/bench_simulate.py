"""Months of three clinics in seconds: `dev.py bench simulate [--days 90] [--seed N] [--a-day 4]`.

Exit 0 only if every promise held at every step; the last line is the summary.
"""

import argparse
import sys
from collections import Counter

from tests.benchmarks.measuring import Stopwatch, show
from tests.simulation.simulation import A_DAY, simulate

DAYS, SEED = 90, 1
LIMIT_S = 60.0
SHOWN = 20


def listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.most_common())


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench simulate")
    parser.add_argument("--days", type=int, default=DAYS, help="from 28 September 2026 on")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed is the same history")
    parser.add_argument("--a-day", type=float, default=A_DAY, help="bookings a day in each clinic, about")
    asked = parser.parse_args(sys.argv[1:])
    with Stopwatch() as watch:
        report = simulate(asked.days, asked.seed, asked.a_day)
    show(
        f"{asked.days} days in London, Hong Kong and Sydney",
        [
            ("time", f"{watch.wall_s:.1f} s = {watch.wall_s / LIMIT_S:.2f} of the limit {LIMIT_S:.0f} s for 90 days"),
            ("messages", listed(report.states)),
            ("instances ended", listed(report.fates)),
            ("steps and looks", listed(report.counts)),
            ("log lines read", str(report.log_lines)),
        ],
    )
    if report.wrong:
        print("\n" + "\n".join(report.wrong[:SHOWN]))
    print(f"\n{report.summary()}", flush=True)
    raise SystemExit(1 if report.wrong else 0)  # also where all is well, so that the summary is the last line


if __name__ == "__main__":
    main()
