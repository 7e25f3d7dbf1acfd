"""`ops stuck list`: jobs that failed so often that the host set them aside."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator

from infra.ops.command import Command, Desk
from infra.ops.listing import local_time, show
from infra.ops.words import meaning
from shared.services.clinics import UNASSIGNED
from shared.services.work_items import public_id
from shared.storage.contract import WorkItem, WorkKind

_PAGE = 500
_KINDS = frozenset({WorkKind.STUCK})


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clinic", metavar="ID", help=f"only this clinic's, or `{UNASSIGNED}`; without it all")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    items = [item async for item in stuck(desk, given.clinic)]
    if not items:
        print("No job was set aside.")
        return 0
    show(("item", "since", "what failed", "message"), (_row(item) for item in items))
    print("Do one again: python3 dev.py ops stuck replay ITEM")
    return 0


async def stuck(desk: Desk, clinic_id: str | None) -> AsyncIterator[WorkItem]:
    """What is open, clinic by clinic, the oldest first."""
    clinics = [clinic_id] if clinic_id else [*sorted(await desk.storage.clinics.all()), UNASSIGNED]
    for one in clinics:
        cursor = ""
        while True:
            page = await desk.storage.worklist.open_items(one, _KINDS, _PAGE, cursor)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if not cursor:
                break


def _row(item: WorkItem) -> tuple[str, str, str, str]:
    said = meaning("stuck_job", item.reason).meaning
    return public_id(item), local_time(item.opened_at), said or item.reason, str(item.message_id or "")


COMMAND = Command(
    name="stuck list",
    help="list jobs that were set aside from the poison queues",
    about="Lists the jobs that failed so often that the host put them into a poison queue: they wait on the "
    "worklist of the clinic that they concern, or on `unassigned`. No patient data.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
