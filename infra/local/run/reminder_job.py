"""Today's reminder job: fired as an operator would, then followed until every message has come to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import aiohttp

from infra.local.run.progress import Progress, RunStoppedError
from infra.local.run.story import Story
from infra.local.run.verdict import Standing
from shared.storage.contract import RunState

LOOK_EVERY_S = 0.5
LONGEST_PAUSE_S = 5.0  # looking shares this program with sending: a pause is four times as long as the look before it
PLANNING_LIMIT_S = 150.0  # a run that could not read its whole list is asked for again within a minute
STILL_S = 20.0  # so long without any change: what has not ended by then will not
SWEPT_S = 150.0  # but what an interrupted run left half-way is taken up by the sweeper after two minutes

Now = Callable[[], datetime]


async def fire(host_url: str, timer: str) -> None:
    """`POST /admin/functions/{timer}`, to its end: a host that closes while a connection begins cannot close it.

    Raises RunStoppedError where the host does not take it.
    """
    request = asyncio.ensure_future(_post(f"{host_url}/admin/functions/{timer}"))
    try:
        status = await asyncio.shield(request)
    except asyncio.CancelledError:
        await request
        raise
    if status != 202:
        raise RunStoppedError("host", f"the timer {timer} answered {status}", "See the lines above.")


async def _post(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json={"input": ""}) as answer:
        return answer.status


async def plan(host_url: str, story: Story, progress: Progress) -> None:
    """Fires the planning timer and waits for a complete run of every clinic. Raises RunStoppedError."""
    await fire(host_url, "schedule_runs")
    limit_s = progress.elapsed_s + PLANNING_LIMIT_S
    told: set[tuple[str, str]] = set()
    while True:
        runs = await story.runs()
        missing = [key for key, run in runs.items() if run is None or run.state is not RunState.COMPLETE]
        for clinic_id, run in runs.items():
            if run and run.state is not RunState.RUNNING and (clinic_id, run.state) not in told:
                told.add((clinic_id, run.state))
                when = "earlier today" if run.finished_at and run.finished_at < story.sample.as_of else "now"
                progress.say(f"planned {clinic_id} {when}: {run.counts.get('read', 0)} appointments, {run.state}")
        if not missing:
            return
        if progress.elapsed_s > limit_s:
            problems = ", ".join(f"{key} ({run.problem if (run := runs[key]) else 'not begun'})" for key in missing)
            raise RunStoppedError("planning", f"no complete run of {problems}", "See the lines above.")
        await asyncio.sleep(LOOK_EVERY_S)


async def follow(story: Story, progress: Progress, now: Now) -> None:
    """Looks until nothing that is due is under way, or nothing changes any more."""
    await story.look(now())
    patience = _Patience(progress)
    while patience.lasts(story):
        began_s = progress.elapsed_s
        await story.look_again(now())
        looked_s = progress.elapsed_s - began_s
        await asyncio.sleep(min(LONGEST_PAUSE_S, max(LOOK_EVERY_S, 4 * looked_s)))
    await story.look(now())


class _Patience:
    """How long it is worth waiting; tells a person whenever something has changed."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._waiting = -1
        self._changed_s = progress.elapsed_s
        self._told = False

    def lasts(self, story: Story) -> bool:
        waiting, still_s = len(story.standing(Standing.UNDER_WAY)), self._progress.elapsed_s - self._changed_s
        if waiting != self._waiting:
            self._waiting, self._changed_s = waiting, self._progress.elapsed_s
            due = len(story.due())
            self._progress.say(f"sending and receiving: {due - waiting} of {due} messages have come to their end")
            return waiting > 0
        half_way = still_s <= SWEPT_S and story.left_half_way()
        if still_s > STILL_S and half_way and not self._told:
            self._told = True
            self._progress.say(f"nothing has changed for {STILL_S:.0f} s: what an interrupted run left may take 2 min")
        return waiting > 0 and (still_s <= STILL_S or half_way)
