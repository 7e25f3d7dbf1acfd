"""`ops due list`: what leaves next."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta

from infra.ops.command import Command, Desk
from infra.ops.counting import progress
from infra.ops.listing import local_time, show
from shared.domain.message import Priority, lane_of
from shared.services.clinics import DEFAULT_ACCOUNT
from shared.services.staff.due import DueList, Line, LineCount
from shared.storage.contract import DueRow

_WORDS = {
    Priority.ANSWER: "answers",
    Priority.TODAY: "today's appointments",
    Priority.PRESCRIPTION: "prescriptions",
    Priority.LATER: "later days",
    Priority.BROADCAST: "broadcasts",
}
MOST_HOURS = 24 * 60


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hours", type=_hours, default=24, metavar="N", help="how far ahead (24; 0: only what is due)")
    parser.add_argument("--clinic", metavar="ID", help="only this clinic's")
    parser.add_argument("--channel", metavar="NAME", help="only by an account of this channel")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT, metavar="NAME", help="with --channel: which one")
    parser.add_argument("--priority", type=int, choices=list(Priority), help="only these: 1 answers … 5 broadcasts")
    parser.add_argument("--top", type=int, default=20, metavar="N", help="how many of the first to list (20)")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    def wanted(line: Line) -> bool:
        lane = lane_of(given.channel, given.account) if given.channel else line.lane
        return (line.clinic_id, line.lane, line.priority) == (
            given.clinic or line.clinic_id, lane, given.priority or line.priority,
        )  # fmt: skip

    with progress("reading", None) as advance:
        found = await desk.services.operating.list_due(timedelta(hours=given.hours), max(0, given.top), wanted, advance)
    if not found.lines:
        print(f"Nothing is due until {local_time(found.until)}.")
        return 0
    columns = ("clinic", "account", "priority", "waits now", f"next {given.hours} h", "looked after", "first")
    show(columns, (_line(*one) for one in found.lines.items()))
    if found.first:
        show(("message", "leaves", "account", "priority", "attempt"), map(_row, found.first))
    print(_in_short(found))
    return 0


def _hours(text: str) -> int:
    hours = int(text)
    if not 0 <= hours <= MOST_HOURS:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {MOST_HOURS}")
    return hours


def _line(line: Line, count: LineCount) -> Sequence[str]:
    figures = (str(count.waits), str(count.coming), str(count.looked_after))
    return line.clinic_id, line.lane, _priority(line.priority), *figures, local_time(count.first_at)


def _row(row: DueRow) -> Sequence[str]:
    return str(row.message_id), local_time(row.at), row.lane, _priority(row.priority), str(row.attempt)


def _priority(priority: Priority) -> str:
    return f"{priority.value} {_WORDS[priority]}"


def _in_short(found: DueList) -> str:
    counts = found.lines.values()
    waits, coming, after = (sum(getattr(one, name) for one in counts) for name in ("waits", "coming", "looked_after"))
    return f"{waits} wait now, {coming} come until {local_time(found.until)}, {after} are looked after."


COMMAND = Command(
    name="due list",
    help="list what leaves next: what waits now and what comes, by clinic, account and priority",
    about="Counts what is to be done next, by clinic, sending account and priority: messages whose time has come, "
    "those that come within --hours, and those that are looked after, since they were handed to the queue or sent and "
    "have not come to their end; and lists the first of them that leave. Each message's page says more (`explain`, or "
    "GET /api/{channel}/v1/messages/{id}). Messages of days ahead are among them from their planning on. No patient "
    "data.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
