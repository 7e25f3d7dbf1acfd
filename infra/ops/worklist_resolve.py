"""`ops worklist resolve`: a person's answer to one item."""

from __future__ import annotations

import argparse

from infra.ops.command import Command, Desk
from infra.ops.operator import operator
from shared.services.staff.worklist import Desk as WorkDesk
from shared.services.work_items import public_id
from shared.storage.contract import WorkItem


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM", help="its id, as `worklist list` shows it")
    parser.add_argument("resolution", metavar="ANSWER", help="done; verified; send_again or leave")
    parser.add_argument("--note", default="", help="what was done; kept sealed")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    return await answer(desk, given.item, given.resolution, given.note, dry_run=given.dry_run)


async def answer(desk: Desk, item_id: str, resolution: str, note: str, *, dry_run: bool) -> int:
    """Resolves an item by the operator's word, or says that it could be."""
    work = desk.services.work
    decide = work.look if dry_run else work.resolve
    whose, item = await decide(operator(), "", item_id, resolution, note)
    if not dry_run:
        print(f"{public_id(item)} is resolved as {item.resolution} by {item.resolved_by}.")
    elif item.resolved_at:
        print(f"{public_id(item)} is resolved as {item.resolution} already. {_since(whose, item)}")
    else:
        print(f"{public_id(item)} would be resolved as {resolution}. Nothing was changed.")
    return 0


def _since(whose: WorkDesk, item: WorkItem) -> str:
    at = f"{whose.local(item.resolved_at):%Y-%m-%d %H:%M}" if item.resolved_at else ""
    return f"{item.resolved_by} did it, {at}."


COMMAND = Command(
    name="worklist resolve",
    help="answer an item of the worklist",
    about="Answers an item of the worklist, in your name. `done`: somebody dealt with it. `verified`: an address that "
    "was held may be written to again. `send_again` and `leave`: of a message of which nobody knows whether it "
    "arrived. The same answer again changes nothing.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
