#!/usr/bin/env python3
"""The one command of this project: `python3 dev.py run | test | check | bench | ops | package | smoke`.

Starts on any Python from 3.9 with the standard library alone, sets up what is missing (a virtual environment on
Python 3.13, the requirements, Azurite), then hands over to `infra/local/commands/<command>.py` inside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from infra.local import setup
from infra.local.setup_step import SetupError

# A further command is one line here and one module in infra/local/commands/ with `def main(arguments) -> int`.
COMMANDS = {
    "run": "start everything, run today's reminder job, show the result, keep serving",
    "test": "run the test suite (further arguments go to pytest)",
    "check": "lint, types, import contracts, house rules",
    "bench": "run benchmarks: all, or the one named (--list shows them)",
    "ops": "what an operator does: status, explain, worklist, pause, clinics … (`ops` lists it)",
    "package": "build and check what is handed over: solutions, app",
    "smoke": "ask a deployed app from outside whether it stands as it should; sends nothing",
}


def usage() -> str:
    lines = ["usage: python3 dev.py COMMAND [arguments]", ""]
    return "\n".join(lines + [f"  {name:8}{text}" for name, text in COMMANDS.items()])


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        wants_help = bool(arguments) and arguments[0] in ("-h", "--help", "help")
        print(usage(), file=sys.stdout if wants_help else sys.stderr)
        return 0 if wants_help else 2
    try:
        python = setup.make_ready()
    except SetupError as error:
        print(f"set-up stopped: {error}", file=sys.stderr)
        return 1
    command = [str(python), "-m", "infra.local.commands." + arguments[0], *arguments[1:]]
    os.chdir(setup.ROOT)
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - signals and the exit code are then the command's own
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
