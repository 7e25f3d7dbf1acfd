"""10,000 processes killed with SIGKILL, and what the ledger says of it: `dev.py bench crash [kills] [seed]`."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Stopwatch, show

KILLS = 10_000
ROOT = Path(__file__).resolve().parents[2]
SHOWN = 12  # places and findings


def killed(kills: int, seed: int) -> list[dict[str, Any]]:
    """What as many processes as there are cores came to, each with its own share and seed."""
    cores = os.cpu_count() or 1
    shares = [kills // cores + (core < kills % cores) for core in range(cores)]
    started = [_start(share, seed + core) for core, share in enumerate(shares) if share]
    tallies = []
    for process in started:
        said, _ = process.communicate()
        if not said:
            raise SystemExit("a run ended without a word")
        tallies.append(json.loads(said))
    return tallies


def _start(kills: int, seed: int) -> subprocess.Popen[bytes]:
    arguments = ["--every", "--kills", str(kills), "--seed", str(seed)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.killing", *arguments], cwd=ROOT, stdout=subprocess.PIPE
    )


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with Stopwatch() as watch:
        tallies = killed(kills, seed)
    totals = Counter({name: sum(tally[name] for tally in tallies) for name in ("kills", "messages", "histories")})
    states = sum((Counter(tally["states"]) for tally in tallies), Counter())
    places = sum((Counter(tally["killed_at"]) for tally in tallies), Counter())
    wrong = [one for tally in tallies for one in tally["wrong"]]
    rows = [
        ("killed", f"{totals['kills']} processes in {totals['histories']} histories, {watch.wall_s:.0f} s"),
        ("messages", f"{totals['messages']}: " + ", ".join(f"{n} {state}" for state, n in states.most_common())),
        ("most often at", ", ".join(f"{n} {place}" for place, n in places.most_common(SHOWN))),
        ("duplicates", str(sum(tally["duplicates"] for tally in tallies))),
        ("lost", str(sum(tally["lost"] for tally in tallies))),
    ]
    show(f"processes killed at any call to the outside, seeds from {seed}", [*rows, ("wrong", str(len(wrong)))])
    if wrong:
        raise SystemExit("\n".join(wrong[:SHOWN]))


if __name__ == "__main__":
    main()
