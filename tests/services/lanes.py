"""How tests of the pace fill lanes and sweep them, without the sending itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from shared.domain.message import Priority
from shared.services.jobs import SendJob
from shared.services.sending.lane_feed import SWEEP
from shared.services.sending.release import ReleaseDue
from shared.storage.contract import DueAction, DueRow
from tests.storage.wrappers import PassingRows
from tests.world import NOW, World

LANE = "whatsapp:default"
OTHER_LANE = "whatsapp:own"


def waiting(w: World, clinic: str, numbers: Iterable[int], at: datetime | None = None, **changes: Any) -> list[DueRow]:
    """Due rows of a clinic, each to a patient of its own."""
    fields = {"lane": LANE, "priority": Priority.LATER, **changes}
    digests = (w.pseudonyms.digest("test", clinic, fields["priority"].name, str(n)) for n in numbers)
    return [
        DueRow(
            w.pseudonyms.placed(clinic, NOW.date(), digest),
            at or w.clock.now(),
            DueAction.SEND,
            **{"pair": digest, **fields},
        )
        for digest in digests
    ]


async def sweep(w: World, release: ReleaseDue | None = None) -> list[SendJob]:
    """One sweep. What it feeds counts as delivered at once: its due row goes."""
    released = await (release or w.services.release)()
    for job in released.send:
        await w.storage.due.delete(job.message_id, job.due.key)
    return released.send


async def sweeps(
    w: World, seconds: float, meanwhile: Callable[[], Awaitable[None]] | None = None
) -> list[tuple[datetime, SendJob]]:
    """As the timer does it, so long: what was fed when. `meanwhile`: what happens before each sweep."""
    fed: list[tuple[datetime, SendJob]] = []
    until = w.clock.now() + timedelta(seconds=seconds)
    while w.clock.now() <= until:
        if meanwhile is not None:
            await meanwhile()
        fed += [(w.clock.now(), job) for job in await sweep(w)]
        w.clock.at += SWEEP
    return fed


def clinic_of(job: SendJob) -> str:
    return job.message_id.clinic_id


class CountingMoves(PassingRows):
    """How many due rows were written."""

    written = 0

    async def apply(self, table: str, changes: Any) -> Any:
        if table == "due":
            self.written += sum(change.verb != "delete" for change in changes)
        return await super().apply(table, changes)

    async def write(self, table: str, change: Any) -> str:
        self.written += table == "due" and change.verb != "delete"
        return await super().write(table, change)
