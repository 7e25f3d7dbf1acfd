"""`ops status`: how it all stands."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime

from infra.ops.command import Command, Desk
from infra.ops.listing import local_time, show
from infra.ops.words import clinic_time, meaning
from shared.services.sending.pauses import scopes_of
from shared.services.sending.stoppages import StopReason
from shared.services.staff.state import Backlog, ClinicState, OpenWork, SystemState
from shared.storage.contract import Stop, Subscription


def _arguments(_: argparse.ArgumentParser) -> None:
    """None."""


async def _run(desk: Desk, _: argparse.Namespace) -> int:
    state = await desk.services.state(list(await desk.storage.clinics.all()))
    if not state.clinics:
        print("There is no clinic yet. Load a file: python3 dev.py ops clinic load FILE")
    else:
        columns = ("clinic", "last run", "planned up to", "waits by priority 1-5", "next 24 h", "open worklist")
        show(columns, (_row(one, state.at) for one in state.clinics))
    for line in _troubles(state):
        print(line)
    return 0


def _row(one: ClinicState, now: datetime) -> Sequence[str]:
    run, clinic = one.last_run, one.clinic
    last = (
        f"{run.state} {clinic_time(run.started_at, clinic)}{f' ({run.problem})' if run.problem else ''}" if run else ""
    )
    complete = clinic_time(one.last_complete_at, clinic) or "never"
    return (
        clinic.id,
        last or "none",
        f"{complete}{' — PLANNING IS DUE' if one.planning_due else ''}",
        _waits(one.backlog, now),
        str(one.backlog.coming),
        _work(one.work),
    )


def _waits(backlog: Backlog, now: datetime) -> str:
    counts = ", ".join(f"{priority.value}: {count}" for priority, count in sorted(backlog.waiting.items()))
    minutes = int((now - backlog.oldest_at).total_seconds() // 60) if backlog.oldest_at else 0
    return f"{counts} (since {minutes} min)" if counts else "nothing"


def _work(work: OpenWork) -> str:
    listed = ", ".join(f"{kind} {count}" for kind, count in sorted(work.kinds.items()))
    return f"{listed}{' and more' if work.more else ''}" or "nothing"


def _troubles(state: SystemState) -> Iterator[str]:
    yield from (f"clinic {clinic_id}: its file is not valid any more; load it again" for clinic_id in state.invalid)
    if state.unassigned.kinds:
        yield f"of no clinic, on the worklist `unassigned`: {_work(state.unassigned)}"
    if state.due_cut:
        yield "more is due than was counted: the figures of what waits are too small"
    paused = scopes_of(state.stops)
    yield from (f"{what} is PAUSED since {local_time(stop.since)}, by {stop.code}" for stop, what in paused)
    yield from (_stop(stop) for stop in state.stops if stop.error_class != StopReason.PAUSED)
    yield from (f"{lane} has met its limit of the day, {local_time(since)}" for lane, since in state.full.items())
    yield from map(_subscription, state.subscriptions)


def _stop(stop: Stop) -> str:
    what = f"template {stop.template} of {stop.lane}" if stop.template else stop.lane
    why = meaning("stop_reason", stop.error_class).meaning or stop.error_class
    return f"{what} is stopped since {local_time(stop.since)}: {why} ({stop.code})"


def _subscription(one: Subscription) -> str:
    """Its address is a secret of the flow's."""
    whose = ", ".join(sorted(one.clinics)) if one.clinics is not None else "all clinics"
    if one.ended_at is not None:
        return f"subscription {one.id} to {one.topic} of {whose} ended {local_time(one.ended_at)}: {one.ended_why}"
    failing = f"{one.failures} failures since {local_time(one.failing_since)}"
    return f"subscription {one.id} to {one.topic} of {whose} fails: {failing}"


COMMAND = Command(
    name="status",
    help="show how it all stands: runs, what waits, worklists, what has stopped",
    about="Shows for each clinic its last run, what waits to be sent by priority (1: answers, 2: today's appointments, "
    "3: prescriptions, 4: later days, 5: broadcasts), what the next 24 hours bring, and what is open on its worklist; "
    "then accounts and templates that are stopped, and subscriptions that fail or have died. No patient data.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
