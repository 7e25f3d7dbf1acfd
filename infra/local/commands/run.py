"""`dev.py run [--once] [--fresh] [--port N]`: everything on this machine, today's reminder job, and what came of it.

One program holds the simulators and the development host; Azurite is its only child. Data stays in `.local/` for the
next start. Exit code: 0 if every message that was to leave came to its end, 1 if not, 2 for wrong arguments, 130 after
Ctrl-C before the table.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.local.run.progress import Progress
from infra.local.tools import ROOT

PORT = 7071
STOPPED = 130


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C, or with `--once` until the table is printed."""
    given = _parser().parse_args(arguments)
    progress = Progress()
    try:
        return _run(given, progress)
    except KeyboardInterrupt:
        progress.say("stopped by Ctrl-C")
        return STOPPED


def _run(given: argparse.Namespace, progress: Progress) -> int:
    import asyncio
    import logging

    from infra.local.run.whole import LocalRun

    async def whole() -> int:
        _terminate_as_interrupt()
        return await LocalRun(given.data, given.port, fresh=given.fresh, once=given.once, progress=progress)()

    logging.basicConfig(level=logging.WARNING, format="log: %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("shared.telemetry").setLevel(logging.ERROR)  # what became of messages is in the table below
    return asyncio.run(whole())


def _terminate_as_interrupt() -> None:
    """SIGTERM unwinds like Ctrl-C, so that Azurite is ended and queues are left whole."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    if sys.platform != "win32" and callable(on_interrupt):  # in the background of a script, SIGINT is ignored
        signal.signal(signal.SIGTERM, on_interrupt)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py run", description="Everything on this machine, with sample clinics.")
    parser.add_argument("--once", action="store_true", help="end after the table")
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier runs first")
    parser.add_argument("--port", type=_port, default=PORT, help=f"of the host (default {PORT}; 0: a free one)")
    parser.add_argument("--data", type=Path, default=ROOT / ".local", help="folder of the data (default .local)")
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("write a number from 0 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
