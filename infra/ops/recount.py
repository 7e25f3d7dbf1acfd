"""`ops recount`: days whose figures are not what their rows come to are counted anew, by the app."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import date

from rich.console import Console
from rich.status import Status

from infra.ops.audit.asking import NotReadError
from infra.ops.audit.days import DaysRead, pages
from infra.ops.check_storage import account_reader
from infra.ops.command import Command, CommandRefusedError, Desk
from shared.clock import SystemClock

NOT_WHOLE = 3


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clinic", metavar="CLINIC", help="its id")
    parser.add_argument(
        "--from", dest="first", metavar="DATE", type=date.fromisoformat, help="the first day: 2026-11-01"
    )
    parser.add_argument("--to", dest="last", metavar="DATE", type=date.fromisoformat, help="the last day")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    if given.first and given.last and given.first > given.last:
        raise CommandRefusedError("--from is after --to.")
    if await desk.storage.clinics.read(given.clinic) is None:
        raise CommandRefusedError(f"There is no clinic {given.clinic}. `ops clinic list` shows those that there are.")
    reader, read = account_reader(desk.settings), list[DaysRead]()
    found = pages(reader, given.clinic, SystemClock().now(), given.first, given.last)
    try:
        with Console(stderr=True).status("reading days") as shown:
            while (page := await asyncio.to_thread(next, found, None)) is not None:
                read.append(page)
                await _page(desk, given, page, shown)
    except NotReadError as error:
        print(f"NOT READ WHOLE: {error}. Give the command again: what was done stays.", file=sys.stderr)
        _in_short(read, dry_run=given.dry_run)
        return NOT_WHOLE
    finally:
        reader.close()
    _in_short(read, dry_run=given.dry_run)
    return 0


async def _page(desk: Desk, given: argparse.Namespace, page: DaysRead, shown: Status) -> None:
    """Marks the days of one page: the same mark that whatever changes a day leaves (docs/decisions/0020)."""
    shown.update(f"read up to {page.last}")
    for one in page.wrong:
        if not given.dry_run:
            await desk.storage.tallies.mark(given.clinic, one.day, SystemClock().now())
        print(f"{one.day}  {one.found or 'was never counted'}")


def _in_short(read: list[DaysRead], *, dry_run: bool) -> None:
    days, wrong = sum(page.days for page in read), sum(len(page.wrong) for page in read)
    if not wrong:
        print(f"Of {_days(days)} none need be counted anew.")
    elif dry_run:
        print(f"{wrong} of {_days(days)} would be counted anew. Nothing was changed.")
    else:
        print(f"{wrong} of {_days(days)} will be counted anew: the app does it within some minutes.")
    if marked := sum(page.marked for page in read):
        print(f"{_days(marked)} changed lately: the app counts those in any case.")


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


COMMAND = Command(
    name="recount",
    help="have days counted anew whose figures are wrong",
    about="Counts the days of a clinic by the auditor's own code (`check storage`) and compares with the figures that "
    "the dashboard shows. A day that differs, or was never counted, is marked as one that has changed: the app then "
    "counts it anew from its rows. Nothing else is written, and no message is touched. Days are read a month at a "
    "time; the command may be stopped and given again.\n\n"
    "Exit code: 0 all days were looked at, 3 not everything could be read.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
