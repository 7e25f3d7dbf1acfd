"""`ops callbacks replay`: stored callbacks are worked through once more, here and now."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.edge.faults import TriggerFailed, coded
from infra.ops.command import Command, Desk
from infra.ops.counting import Advance, counted, progress
from infra.ops.spans import period, period_arguments
from shared.errors import ConfigurationError, StorageUnavailable
from shared.services.abreast import abreast
from shared.services.receiving.replay import ReplayCallbacks
from shared.storage.contract import KeptCallback

REFUSED = 1
AT_ONCE = 8
TOGETHER = 64  # callbacks: the next ones begin when these are done, so that the order is kept by and large


@dataclass(slots=True)
class _Done:
    """What became of them. `failed`: their references by why. `up_to`: all until then was worked through or has failed.
    `stopped_by`: why no more were tried."""

    count: int = 0
    new: int = 0
    failed: dict[str, list[str]] = field(default_factory=dict)
    up_to: datetime | None = None
    stopped_by: str = ""


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    span, replay = period(given), desk.services.operating.replay_callbacks
    total = 0
    async for _ in counted(replay.between(span.first, span.until), "counting"):
        total += 1
    if given.dry_run:
        print(f"{total} callbacks came {span} and would be worked through again. Nothing was changed.")
        return 0
    done = _Done()
    try:
        with progress("working through", total) as advance:
            await _replayed(replay, replay.between(span.first, span.until), done, advance)
    except asyncio.CancelledError:  # Ctrl-C
        done.stopped_by = "you ended it"
        _told(done, total)
        raise
    return _told(done, total)


async def _replayed(replay: ReplayCallbacks, found: AsyncIterator[KeptCallback], done: _Done, advance: Advance) -> None:
    """Oldest first, some at a time; ends early where the storage does not answer."""
    together: list[KeptCallback] = []
    async for kept in found:
        together.append(kept)
        if len(together) == TOGETHER:
            await _those(replay, together, done, advance)
            together = []
            if done.stopped_by:
                return
    await _those(replay, together, done, advance)


async def _those(replay: ReplayCallbacks, together: Sequence[KeptCallback], done: _Done, advance: Advance) -> None:
    async def one(kept: KeptCallback) -> None:
        @coded  # what fails is named by its code and place: its text may hold what the callback said
        async def replay_callback() -> int:
            return await replay(kept)

        try:
            new = await replay_callback()
            done.new += new
            done.count += 1
        except TriggerFailed as failure:
            if failure.code == StorageUnavailable.code:
                done.stopped_by = "the storage does not answer"
            else:
                done.failed.setdefault(str(failure), []).append(kept.reference)
        advance(f"up to {_second(kept.received_at)}")

    await abreast(one, together, AT_ONCE)
    if together and not done.stopped_by:
        done.up_to = together[-1].received_at


def _told(done: _Done, total: int) -> int:
    print(f"{done.count} of {total} callbacks were worked through; {done.new} receipts and answers in them were new.")
    for why, references in done.failed.items():
        print(f"{len(references)} could not be ({why}), such as {references[0]}", file=sys.stderr)
    if any(f": {ConfigurationError.code} at " in why for why in done.failed):
        print("The settings of a provider account are missing here, or wrong: see --help.", file=sys.stderr)
    if done.stopped_by:
        again = f", from there on: --from {_second(done.up_to)}" if done.up_to else ""
        print(f"stopped: {done.stopped_by}. Go on later with the same command{again}.", file=sys.stderr)
    return REFUSED if done.failed or done.stopped_by else 0


def _second(at: datetime) -> str:
    return at.astimezone().isoformat(timespec="seconds")


COMMAND = Command(
    name="callbacks replay",
    help="work through stored callbacks again: receipts and answers whose jobs were lost",
    about="Hands the callbacks that came in that time to the service that the queue's function calls, oldest first: "
    "for when jobs on the callback queue were lost. Nothing says of a callback whether it was worked through, and "
    "nothing need: what is known already changes nothing, and no message and no notice goes twice. Receipts and "
    "answers count as of when they came: STOP is obeyed, and an answer that is too late for a word of thanks gets "
    "none. Killed anywhere, run it again.\n\nWhat fails is named by its reference, code and place; no patient data "
    "is printed. It needs the app's own settings of the provider accounts too (WHATSAPP_…, WECHAT_…), since it "
    "reads what they sent. Exit code: 0 all were worked through, 1 some were not.",
    arguments=period_arguments,
    run=_run,
    changes=True,
)
