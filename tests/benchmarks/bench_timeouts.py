"""0.2 % of very many sends are accepted and never answered: `dev.py bench timeouts [sends] [seed]`.

Every other thousand meets a provider that sends receipts, the others one that never does.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.benchmarks.measuring import Stopwatch, show
from tests.reliability.timing_out import SHARE, Outcome, one_morning

SENDS = 1_000_000
AT_ONCE = 1_000  # one clinic's morning
SHOWS_EVERY = 20  # mornings


def main() -> None:
    sends = int(sys.argv[1]) if len(sys.argv) > 1 else SENDS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    mornings = [(seed + n, min(AT_ONCE, sends - n * AT_ONCE)) for n in range(-(-sends // AT_ONCE))]
    total = Outcome()
    with Stopwatch() as watch, ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, outcome in enumerate(pool.map(one_morning, *zip(*mornings, strict=True)), 1):
            total.add(outcome)
            if done % SHOWS_EVERY == 0:
                print(f"{total.sends} of {sends} sends, {len(total.wrong)} wrong", file=sys.stderr, flush=True)
    states = ", ".join(f"{number} {state}" for state, number in total.states.most_common())
    show(
        f"{sends} sends, {SHARE:.1%} of them accepted and never answered, seeds from {seed}",
        [
            ("taken by the provider", f"{total.sends}, {watch.wall_s:.0f} s"),
            ("never answered", str(total.timed_out)),
            ("told as", states),
            ("duplicates", str(total.duplicates)),
            ("lost", str(total.lost)),
            ("wrong", str(len(total.wrong))),
        ],
    )
    if total.wrong:
        raise SystemExit("\n".join(total.wrong[:10]))


if __name__ == "__main__":
    main()
