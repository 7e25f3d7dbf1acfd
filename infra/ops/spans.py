"""From when to when a command looks."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime

from infra.ops.command import CommandRefusedError
from infra.ops.listing import local_time
from shared.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to before `until`."""

    first: datetime
    until: datetime

    def __str__(self) -> str:
        return f"from {local_time(self.first)} to {local_time(self.until)}"


def period_arguments(parser: argparse.ArgumentParser) -> None:
    """Times are this machine's, unless they say otherwise."""
    when = "2026-11-20T03:00, this machine's time unless it has an offset"
    parser.add_argument("--from", dest="first", type=_instant, required=True, metavar="TIME", help=when)
    parser.add_argument("--to", dest="until", type=_instant, metavar="TIME", help="until then; without it, until now")


def period(given: argparse.Namespace) -> Period:
    """Raises CommandRefusedError where it ends before it begins."""
    found = Period(given.first, given.until or SystemClock().now())
    if found.first >= found.until:
        raise CommandRefusedError(f"There is no time {found}: --from must come before --to.")
    return found


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text} is no time such as 2026-11-20T03:00") from None
