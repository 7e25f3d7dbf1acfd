"""How tests of the services start one thing and look at what became of it."""

from datetime import timedelta
from typing import Any

from shared.domain.clinic import Clinic
from shared.domain.message import Message
from shared.services.jobs import PlanJob, SendJob
from shared.services.planning.schedule import daily_run_id
from shared.storage.contract import DueAction, WorkItem
from tests.world import NOW, World

ONE_STEP = [{"days": 7, "hour": "10:00"}]


def daily_job(clinic: Clinic) -> PlanJob:
    """Today's run of a clinic, as the timer asks for it."""
    day = clinic.local_day(NOW)
    return PlanJob(clinic.id, day, daily_run_id(clinic.id, day))


async def sends_to_come(w: World) -> list[tuple[str, int]]:
    """Day and hour (UTC) and attempt of every due row that waits for its time."""
    rows = await w.storage.due.take(NOW + timedelta(days=60), 1_000)
    return sorted((f"{row.at:%d %H:%M}", row.attempt) for row in rows if row.action is DueAction.SEND)


async def released(w: World, **changes: Any) -> tuple[SendJob, Message]:
    """One message whose time has come, and its job."""
    await w.clinic(**{"steps": ONE_STEP, **changes})
    await w.plan()
    w.clock.advance(hours=1)
    [job] = await w.released()
    return job, (await w.message()).message


async def events(w: World, message: Message) -> list[str]:
    found = await w.storage.messages.events(message.id)
    return [f"{e.name} {e.attempt}" for e in sorted(found, key=lambda e: (e.at, e.attempt, e.name != "claimed"))]


async def next_due(w: World) -> tuple[DueAction, int, float] | None:
    """Action, attempt and seconds from now of the one due row."""
    rows = await w.storage.due.take(NOW + timedelta(days=60), 10)
    return (rows[0].action, rows[0].attempt, (rows[0].at - w.clock.now()).total_seconds()) if rows else None


async def open_items(w: World, clinic_id: str = "riverside") -> list[WorkItem]:
    """What is on the clinic's worklist, soonest first."""
    return list((await w.storage.worklist.open_items(clinic_id, frozenset(), 100, "")).items)
