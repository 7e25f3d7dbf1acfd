"""`ops tomorrow`: what a clinic's next run would do."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from infra.ops.command import Command, Desk
from infra.ops.explain import clinic_named
from infra.ops.listing import show
from infra.ops.words import clinic_time, reason
from shared.clock import SystemClock
from shared.domain.clinic import Clinic
from shared.services.planning.plan import DryRun
from shared.storage.contract import DecisionRecord

REFUSED = 1
MOST_BAD_ROWS = 10


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clinic", metavar="CLINIC", help="its id")
    parser.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="as if it were this day instead")
    parser.add_argument("--all", action="store_true", help="each appointment and step, not only the figures")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    clinic = await clinic_named(desk, given.clinic)
    day = given.day or clinic.local_day(SystemClock().now()) + timedelta(days=1)
    run = await desk.services.start_run.dry(clinic, day)
    print(f"A run of {clinic.id} as of {clinic_time(run.as_of, clinic)}, as a dry run: nothing is written or sent.")
    for line in _figures(run):
        print(line)
    if given.all and run.decisions:
        show(("appointment", "step", "start", "comes to"), (_row(one, clinic) for one in run.decisions))
        if run.counts.get("read", 0) > len({one.appointment_key for one in run.decisions}):
            print(f"These are the first {len(run.decisions)} decisions.")
    return 0 if run.complete else REFUSED


def _figures(run: DryRun) -> Iterator[str]:
    counts = run.counts
    yield f"  {counts.get('read', 0)} appointments read, {counts.get('planned', 0)} reminders planned"
    yield from (f"  {count} skipped: {reason(code)}" for code, count in _skipped(counts))
    if counts.get("withdrawn"):
        yield f"  {counts['withdrawn']} withdrawn, since what they say holds no more"
    for row in run.bad_rows[:MOST_BAD_ROWS]:
        yield f"  not read: {row.place}: {row.reason}{f' in {row.field}' if row.field else ''}"
    if run.problem:
        yield f"  THE LIST COULD NOT BE READ AS A WHOLE ({run.problem}): the figures are too small"


def _skipped(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The most frequent first."""
    found = [(name.partition(".")[2], count) for name, count in counts.items() if name.startswith("skipped.")]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _row(one: DecisionRecord, clinic: Clinic) -> tuple[str, str, str, str]:
    if one.reason is None:
        came_to = f"{clinic_time(one.scheduled_for, clinic)} by {one.channel}"
    else:
        came_to = f"skipped: {one.reason}{f' ({one.detail})' if one.detail else ''}"
    return one.appointment_id, one.step, clinic_time(one.starts_at, clinic), came_to


COMMAND = Command(
    name="tomorrow",
    help="show what a clinic's run would do tomorrow, or on any day, and why",
    about="Reads the clinic's appointments and decides as if it were tomorrow at the clinic's planning hour, with "
    "nothing written or sent: how many reminders, who is skipped and why; each appointment with --all, without names. "
    "Exit code 1 where the list could not be read as a whole.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
