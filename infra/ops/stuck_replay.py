"""`ops stuck replay`: jobs that were set aside are done again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.progress import track

from functions.edge.faults import TriggerFailed, coded
from functions.interface.news import news_body
from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.operator import operator
from infra.ops.stuck_list import stuck
from shared.errors import PatientMessagingError
from shared.services.clinics import UNASSIGNED
from shared.services.work_items import public_id

REFUSED = 1
FEW = 3


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("items", nargs="*", metavar="ITEM", help="their ids, as `stuck list` shows them")
    parser.add_argument("--all", action="store_true", help="all that are open, the oldest first")
    parser.add_argument("--clinic", metavar="ID", help=f"with --all: only this clinic's, or `{UNASSIGNED}`")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    if bool(given.items) == given.all:
        raise CommandRefusedError("Name the jobs to do again (`stuck list` shows them), or --all.")
    ids = [public_id(item) async for item in stuck(desk, given.clinic)] if given.all else given.items
    failed = 0
    for item_id in _shown(ids):
        failed += not await _replayed(desk, item_id, dry_run=given.dry_run)
    if failed:
        print(f"{failed} of {len(ids)} could not be done again, and are on the worklist as before.", file=sys.stderr)
    return REFUSED if failed else 0


async def _replayed(desk: Desk, item_id: str, *, dry_run: bool) -> bool:
    """One after the other: a job that fails does not keep the others from their turn."""
    replay, refused = desk.services.replay, ""

    @coded  # what fails is named by its code and place: its text may hold what a job was about
    async def stuck_job() -> str:
        nonlocal refused
        try:
            if dry_run:
                item, job = await replay.look(operator(), item_id)
                return f"{type(job).__name__} of `{item.reason}` would be done again. Nothing was changed."
            return (await replay(operator(), item_id, news_body)).note.rpartition("\n")[2]
        except PatientMessagingError as error:
            refused = error.message
            return ""

    try:
        said = await stuck_job()
    except TriggerFailed as failed:
        refused = str(failed)
    print(f"{item_id}: {refused or said}", file=sys.stderr if refused else sys.stdout)
    return not refused


def _shown(ids: Sequence[str]) -> Iterable[str]:
    """With a bar for many."""
    console = Console(stderr=True)
    return ids if len(ids) < FEW or not console.is_terminal else track(ids, "doing again", console=console)


COMMAND = Command(
    name="stuck replay",
    help="do jobs again that were set aside",
    about="Does jobs again that were set aside, here and now, by the same services as the functions, and resolves "
    "their items in your name. Each may be done twice without harm: no message goes twice, no callback counts twice. "
    "What fails again is named by its code and place, and stays on the worklist. Mend the reason first.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
