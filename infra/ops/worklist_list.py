"""`ops worklist list`: what needs a person."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from infra.ops.command import Command
from infra.ops.command import Desk as OpsDesk
from infra.ops.listing import show
from infra.ops.operator import operator
from shared.services.clinics import UNASSIGNED
from shared.services.staff.report import ANY_CHANNEL
from shared.services.staff.worklist import Desk, WorkToDo, still_open_to
from shared.services.work_items import ListState, public_id
from shared.storage.contract import WorkItem, WorkKind

MOST = 200


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clinic", required=True, metavar="ID", help=f"a clinic, or `{UNASSIGNED}`: what is nobody's")
    parser.add_argument("--kind", action="append", choices=[kind.value for kind in WorkKind], help="only this kind")
    parser.add_argument("--resolved", action="store_true", help="what was resolved, the newest first")
    parser.add_argument("--top", type=int, default=50, metavar="N", help=f"at most so many (50; at most {MOST})")
    parser.add_argument("--patients", action="store_true", help="also the patient's name and where to reach them")


async def _run(ops: OpsDesk, given: argparse.Namespace) -> int:
    work = ops.services.work
    desk = replace(await work.desk(operator(), given.clinic), language="en")
    kinds = frozenset(WorkKind(kind) for kind in given.kind or ())
    state = ListState.RESOLVED if given.resolved else ListState.OPEN
    page = await work.listed(desk, state, kinds, ANY_CHANNEL, max(1, min(given.top, MOST)), "")
    if not page.items:
        print(f"Nothing {state} is on this list.")
        return 0
    patients = ("patient", "contact") if given.patients else ()
    columns = ("item", "act by", "about", "what to do", "answers", *patients)
    show(columns, (_row(work, desk, item, given.patients) for item in page.items))
    if page.next_cursor:
        print(f"There is more than these {len(page.items)}.")
    return 0


def _row(work: WorkToDo, desk: Desk, item: WorkItem, patients: bool) -> Sequence[str]:
    words = work.words(desk, item)
    about = " ".join(filter(None, (words.kind, words.reason or item.reason)))
    to_do = f"{item.resolution} by {item.resolved_by}" if item.resolved_at else words.to_do
    answers = ", ".join(still_open_to(item))
    whom = (item.patient_name, item.contact) if patients else ()
    return (public_id(item), f"{desk.local(item.act_by):%a %d %b %H:%M}", about, to_do, answers, *whom)


COMMAND = Command(
    name="worklist list",
    help="list what needs a person, soonest first",
    about="Lists what is open on a clinic's worklist, soonest first, with the clinic's local times, what to do and the "
    "answers that `worklist resolve` takes. Names and numbers of patients only with --patients.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
