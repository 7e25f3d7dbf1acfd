"""`ops callbacks list`: what providers have told us, as it is stored."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime

from infra.ops.command import Command, Desk
from infra.ops.counting import counted
from infra.ops.listing import local_time, show
from infra.ops.spans import period, period_arguments
from shared.storage.contract import KeptCallback

TOP = 50


def _arguments(parser: argparse.ArgumentParser) -> None:
    period_arguments(parser)
    parser.add_argument("--each", action="store_true", help="each callback with its reference, not the counts by hour")
    parser.add_argument("--newest", action="store_true", help="the newest first")
    parser.add_argument("--top", type=int, default=TOP, metavar="N", help=f"with --each: at most so many ({TOP})")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    span = period(given)
    found = desk.services.operating.replay_callbacks.between(span.first, span.until, newest_first=given.newest)
    shown, total = await (_each(found, max(1, given.top)) if given.each else _by_hour(found))
    if not total:
        print(f"No callback came {span}.")
        return 0
    columns = ("came", "channel", "account", "reference" if given.each else "callbacks")
    show(columns, shown)
    if given.each and total > len(shown):
        print(f"These are {len(shown)} of {total}. Go on with another --from or --to.")
    print(f"{total} callbacks came {span}.")
    return 0


async def _each(found: AsyncIterator[KeptCallback], top: int) -> tuple[list[tuple[str, ...]], int]:
    rows: list[tuple[str, ...]] = []
    total = 0
    async for kept in counted(found):
        total += 1
        if len(rows) < top:
            came = f"{kept.received_at.astimezone():%Y-%m-%d %H:%M:%S %Z}"
            rows.append((came, kept.channel, kept.account, kept.reference))
    return rows, total


async def _by_hour(found: AsyncIterator[KeptCallback]) -> tuple[list[tuple[str, ...]], int]:
    counts: Counter[tuple[datetime, str, str]] = Counter()
    async for kept in counted(found):
        counts[kept.received_at.replace(minute=0, second=0), kept.channel, kept.account] += 1
    rows = [(local_time(hour), *whose, str(count)) for (hour, *whose), count in counts.items()]
    return rows, counts.total()


COMMAND = Command(
    name="callbacks list",
    help="count the callbacks that are stored, by hour and account, or list each",
    about="Counts what providers have called us with, by hour, channel and account: a gap shows when nothing reached "
    "us. With --each it lists them by their references. It opens none: no patient data.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
