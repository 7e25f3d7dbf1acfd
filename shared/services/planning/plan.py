"""Plan a clinic's window: read the whole list, decide each appointment, write what changed, withdraw what is void.

    begin (lock with owner) ─▶ source.read(window) ─▶ decide ─▶ rows, in chunks ─▶ withdraw ─▶ finish

A run that could not read the whole list is INCOMPLETE: what it wrote stays (it is true), nothing is withdrawn for being
absent, and the timer asks for it again. Rows are keyed by what they are, so a run taken up again writes the same rows.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.appointment import BadRow
from shared.domain.clinic import Clinic
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.local_time import planning_window
from shared.errors import PatientMessagingError, RowChanged, SourceIncomplete, SourceUnavailable
from shared.services.abreast import abreast
from shared.services.clinics import ClinicBook
from shared.services.jobs import PlanJob
from shared.services.planning.background import BackgroundWriter
from shared.services.planning.entries import Planning
from shared.services.planning.looking import OnlyLooking
from shared.services.planning.reading import Reading
from shared.services.planning.unreachable import OpenItem, by_appointment
from shared.services.planning.withdraw import Withdraw
from shared.services.ports import NewId, OpenChannel, OpenSource
from shared.services.work_items import SYSTEM, Resolution
from shared.storage.contract import (
    ContactRow,
    DecisionRecord,
    KnownPlans,
    PlanEntry,
    Run,
    RunState,
    Storage,
    Turn,
    WorkItem,
    WorkKind,
)
from shared.storage.contract.messages import PLANNED_WITHIN
from shared.wording import Wording

# Longer than a chunk takes, and renewed with every chunk; no longer than the queue hides the job of a worker that died
# (renewed to ten minutes every five), so that the job's next delivery finds the run free.
LEASE = timedelta(minutes=5)
PAGE = 1000  # items of the worklist, one answer of the store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would do, without a trace of it. `decisions`: what would stand then, of the first appointments."""

    clinic_id: str
    as_of: datetime
    complete: bool
    counts: Mapping[str, int]
    bad_rows: tuple[BadRow, ...]
    decisions: tuple[DecisionRecord, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReminders:
    """One planning job."""

    storage: Storage
    clinics: ClinicBook
    open_source: OpenSource
    open_channel: OpenChannel
    withdraw: Withdraw
    pseudonyms: Pseudonyms
    wording: Wording
    clock: Clock
    new_id: NewId
    mock: bool

    async def __call__(self, job: PlanJob) -> Run | None:
        """The finished run; None where it is complete already or another worker has it. A source that does not answer
        ends the run as INCOMPLETE and raises nothing; anything else ends it as FAILED and goes on up."""
        clinic = await self.clinics.get(job.clinic_id)
        now = self.clock.now()
        run = await self.storage.runs.begin(
            Run(job.run_id, clinic.id, job.day, job.trigger, RunState.RUNNING, self.new_id(), now, now + LEASE), now
        )
        return None if run is None else await _Attempt(self, clinic, run).made()

    async def dry_run(self, clinic_id: str, as_of: datetime, most: int) -> DryRun:
        """Decides as if it were `as_of`, with nothing written or sent."""
        clinic = await self.clinics.get(clinic_id)
        looking = OnlyLooking(most)
        reading = Reading(await self.planning(clinic, "dry-run", as_of), await self.known(clinic, as_of), looking)
        problem = ""
        try:
            await self.read(reading)
        except (SourceUnavailable, SourceIncomplete) as error:
            problem = error.code
        rows, decisions = tuple(reading.bad_rows), tuple(looking.decisions.values())
        return DryRun(clinic_id, as_of, not problem, dict(+reading.counts), rows, decisions, problem)

    async def planning(self, clinic: Clinic, run_id: str, as_of: datetime) -> Planning:
        """What stays the same through one run."""
        return Planning(
            clinic=clinic,
            run_id=run_id,
            as_of=as_of,
            register=await self.storage.patients.register(clinic.id),
            channels={way.channel: await self.open_channel(way.channel, way.account) for way in clinic.channels},
            pseudonyms=self.pseudonyms,
            wording=self.wording,
            mock=self.mock,
        )

    async def known(self, clinic: Clinic, as_of: datetime) -> KnownPlans:
        """What earlier runs left in the window."""
        window = planning_window(clinic, as_of)
        last = clinic.local_day(window.end) - timedelta(days=1)
        return await self.storage.plans.known(clinic.id, clinic.local_day(window.start), last)

    async def open_items(self, clinic: Clinic) -> Mapping[str, Sequence[OpenItem]]:
        """The clinic's appointments whose patients cannot be reached, as the worklist has them."""
        found: list[WorkItem] = []
        cursor = ""
        while True:
            page = await self.storage.worklist.open_items(clinic.id, frozenset({WorkKind.NO_WAY}), PAGE, cursor)
            found += page.items
            if not (cursor := page.next_cursor):
                return by_appointment(found)

    async def read(self, reading: Reading) -> None:
        source = await self.open_source(reading.planning.clinic)
        try:
            await reading.whole_list(source)
        finally:
            await source.aclose()


class _Attempt:
    """One attempt at a run: holds the lease, and renews it with every chunk. The hand of its reading."""

    def __init__(self, plan: PlanReminders, clinic: Clinic, run: Run) -> None:
        self._plan = plan
        self._clinic = clinic
        self._run = run
        self._reading: Reading | None = None
        self._writer = BackgroundWriter()

    async def made(self) -> Run | None:
        """None: another worker took the run over, because this one was silent for too long."""
        state, problem = RunState.FAILED, "internal"  # unless the end is known to be another one
        try:
            await self._work()
            state, problem = RunState.COMPLETE, ""
        except (SourceUnavailable, SourceIncomplete) as error:
            state, problem = RunState.INCOMPLETE, error.code
        except RowChanged as error:
            problem = error.code
        except PatientMessagingError as error:
            problem = error.code
            raise
        finally:
            ended = await self._end(state, problem)
        return ended

    async def _work(self) -> None:
        plan, clinic = self._plan, self._clinic
        planning = await plan.planning(clinic, self._run.id, self._run.started_at)
        known = await plan.known(clinic, planning.as_of)
        self._reading = Reading(planning, known, self, await plan.open_items(clinic))
        try:
            await plan.read(self._reading)
        finally:
            await self.written()
        await self._reading.withdraw_unseen()
        await self._reading.resolve_items()

    def note(self, decision: DecisionRecord) -> None:
        """The run's decisions are in the tables."""

    async def write(
        self, entries: Sequence[PlanEntry], contacts: Sequence[ContactRow], items: Sequence[WorkItem]
    ) -> None:
        await self._writer.begin(lambda: self._write(entries, contacts, items))

    async def written(self) -> None:
        await self._writer.finish()

    async def withdraw(self, message_id: MessageId, reason: SkipReason, turn: Turn | None) -> bool:
        del turn  # the message itself says how it stands now
        return await self._plan.withdraw(message_id, reason)

    async def resolve(self, item_id: str, resolution: Resolution) -> None:
        now = self._plan.clock.now()
        await self._plan.storage.worklist.resolve(self._clinic.id, item_id, resolution, SYSTEM, now)

    async def _write(
        self, entries: Sequence[PlanEntry], contacts: Sequence[ContactRow], items: Sequence[WorkItem]
    ) -> None:
        await self._plan.storage.worklist.open(items)
        not_before = self._plan.clock.now() + PLANNED_WITHIN
        await self._plan.storage.plans.write(self._clinic.id, entries, contacts, not_before)
        await abreast(self._plan.withdraw.undo, [entry for entry in entries if entry.attempt > 1])
        now = self._plan.clock.now()
        if self._run.lease_until - now < LEASE / 2:
            self._run = await self._plan.storage.runs.save(replace(self._run, lease_until=now + LEASE))

    async def _end(self, state: RunState, code: str) -> Run | None:
        level = logging.INFO if state is RunState.COMPLETE else logging.ERROR
        log.log(level, "run_ended state=%s clinic=%s run=%s code=%s", state, self._clinic.id, self._run.id, code)
        now, reading = self._plan.clock.now(), self._reading
        ended = replace(
            self._run,
            state=state,
            finished_at=now,
            lease_until=now,
            counts=dict(+reading.counts) if reading else {},
            bad_rows=tuple(reading.bad_rows) if reading else (),
            problem=code,
        )
        try:
            return await self._plan.storage.runs.save(ended)
        except RowChanged:
            return None
