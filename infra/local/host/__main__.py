"""`python -m infra.local.host --port N --app DIR`: one app until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
import time
from pathlib import Path

started = time.perf_counter()

from infra.local.host.development_host import DevelopmentHost  # noqa: E402 - the start-up time is told below
from infra.local.host.engine import IndexingError  # noqa: E402
from infra.local.host.routes import RouteError  # noqa: E402
from infra.local.host.settings import HostSettingsError  # noqa: E402
from infra.local.host.timers import ScheduleError  # noqa: E402

QUIET_LOGGERS = ("azure", "httpx", "httpcore", "asyncio")


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop. Exit code 2 if the app or its settings are refused, 1 if the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.host", description=__doc__)
    parser.add_argument("--port", type=int, default=7071)
    parser.add_argument("--app", type=Path, default=Path.cwd())
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        asyncio.run(_serve(given.app, given.port))
    except (IndexingError, HostSettingsError, RouteError, ScheduleError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"cannot listen on port {given.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


async def _serve(app_dir: Path, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C cancels instead, with the same way out
            loop.add_signal_handler(signal_number, stop.set)
    async with DevelopmentHost(app_dir, port=port, report=_print) as host:
        elapsed_s = time.perf_counter() - started
        _print(f"{len(host.functions)} functions, listening on {host.url} after {elapsed_s:.2f} s")
        await stop.wait()
        _print("stopping: waiting for what runs")


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
