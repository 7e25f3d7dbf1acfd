"""How it all stands at this moment: each clinic's runs, what is due, what waits for a person; and what has stopped.

Figures and codes only, no patient data. Whatever may be long is counted up to a limit, and said to be more than that.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.message import Priority, lane_of
from shared.services.abreast import abreast
from shared.services.clinics import UNASSIGNED, ClinicBook
from shared.services.planning.schedule import daily_run_id
from shared.services.publishing.subscribe import UNSUBSCRIBED
from shared.storage.contract import (
    Due,
    DueAction,
    DueRow,
    Lanes,
    Run,
    Runs,
    RunState,
    Stop,
    Subscription,
    Subscriptions,
    WorkKind,
    Worklist,
)

AHEAD = timedelta(hours=24)
MOST_DUE = 20_000  # rows, of all clinics together
_PAGE, _MOST_ITEMS = 500, 2_000  # of one clinic's worklist


@dataclass(frozen=True, slots=True)
class Backlog:
    """Messages by priority whose time has come and that have not been fed; `oldest_at`: since when the first waits;
    `coming`: those of the next 24 hours; `looked_after`: fed or sent, and to be looked at now."""

    waiting: Mapping[Priority, int] = field(default_factory=dict)
    oldest_at: datetime | None = None
    coming: int = 0
    looked_after: int = 0


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What is open on a worklist. `more`: there is more than was counted; `act_by`: of the most pressing."""

    kinds: Mapping[WorkKind, int] = field(default_factory=dict)
    act_by: datetime | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class ClinicState:
    """One clinic. `planning_due`: its hour has come today and no run of the day is complete."""

    clinic: Clinic
    last_run: Run | None
    last_complete_at: datetime | None
    planning_due: bool
    backlog: Backlog
    work: OpenWork


@dataclass(frozen=True, slots=True)
class SystemState:
    """All of it. `invalid`: clinics whose stored file is not valid any more; `full`: lanes whose day is full, since
    when; `due_cut`: more rows are due than were counted."""

    at: datetime
    clinics: tuple[ClinicState, ...]
    invalid: tuple[str, ...]
    unassigned: OpenWork
    stops: tuple[Stop, ...]
    full: Mapping[str, datetime]
    subscriptions: tuple[Subscription, ...]
    due_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeState:
    """Reads only."""

    clinics: ClinicBook
    runs: Runs
    due: Due
    lanes: Lanes
    worklist: Worklist
    subscriptions: Subscriptions
    clock: Clock

    async def __call__(self, stored: Sequence[str]) -> SystemState:
        """`stored`: every clinic whose file is stored, valid or not."""
        now, clinics = self.clock.now(), await self.clinics.all()
        rows = await self.due.take(now + AHEAD, MOST_DUE)
        by_clinic: dict[str, list[DueRow]] = {}
        for row in rows:
            by_clinic.setdefault(row.message_id.clinic_id, []).append(row)

        async def of(clinic: Clinic) -> ClinicState:
            return await self._clinic(clinic, backlog(by_clinic.get(clinic.id, ()), now), now)

        return SystemState(
            at=now,
            clinics=tuple(await abreast(of, [clinic for _, clinic in sorted(clinics.items())])),
            invalid=tuple(sorted(set(stored) - clinics.keys())),
            unassigned=await self._work(UNASSIGNED),
            stops=tuple(await self.lanes.stops()),
            full=await self._full(clinics.values()),
            subscriptions=tuple(one for one in await self.subscriptions.all() if in_trouble(one)),
            due_cut=len(rows) == MOST_DUE,
        )

    async def _clinic(self, clinic: Clinic, waits: Backlog, now: datetime) -> ClinicState:
        recent = await self.runs.recent(clinic.id, 1, "")
        return ClinicState(
            clinic=clinic,
            last_run=recent.items[0] if recent.items else None,
            last_complete_at=await self.runs.last_complete(clinic.id),
            planning_due=await self._planning_due(clinic, now),
            backlog=waits,
            work=await self._work(clinic.id),
        )

    async def _planning_due(self, clinic: Clinic, now: datetime) -> bool:
        local = clinic.local(now)
        if local.time() < clinic.plan_at:
            return False
        run = await self.runs.read(clinic.id, daily_run_id(clinic.id, local.date()))
        return run is None or run.state is not RunState.COMPLETE

    async def _work(self, clinic_id: str) -> OpenWork:
        kinds: Counter[WorkKind] = Counter()
        act_by, cursor = None, ""
        while kinds.total() < _MOST_ITEMS:
            page = await self.worklist.open_items(clinic_id, frozenset(), _PAGE, cursor)
            kinds.update(item.kind for item in page.items)
            act_by = act_by or next((item.act_by for item in page.items), None)
            cursor = page.next_cursor
            if not cursor:
                break
        return OpenWork(kinds, act_by, more=bool(cursor))

    async def _full(self, clinics: Iterable[Clinic]) -> Mapping[str, datetime]:
        lanes = sorted({lane_of(way.channel, way.account) for clinic in clinics for way in clinic.channels})
        feeds = await abreast(self.lanes.feed, lanes)
        return {lane: kept.value.full_since for lane, kept in zip(lanes, feeds, strict=True) if kept.value.full_since}


def backlog(rows: Sequence[DueRow], now: datetime) -> Backlog:
    """What the due rows of one clinic come to."""
    come = [row for row in rows if row.at <= now]
    sends = [row for row in come if row.action is DueAction.SEND]
    parked = [row for row in rows if row.action is DueAction.SEND and row.since is not None and row.at > now]
    return Backlog(
        waiting=Counter(row.priority for row in (*sends, *parked)),
        oldest_at=min((row.since or row.at for row in (*sends, *parked)), default=None),
        coming=sum(row.action is DueAction.SEND and row.at > now and row.since is None for row in rows),
        looked_after=len(come) - len(sends),
    )


def in_trouble(subscription: Subscription) -> bool:
    """Whether it fails now, or has ended otherwise than by its own system's wish."""
    if subscription.ended_at is not None:
        return subscription.ended_why != UNSUBSCRIBED
    return subscription.failing_since is not None
