"""The store is cut off in the middle of a run: it ends unfinished, and once the cable is whole all goes on as usual."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.domain.message import State, fold
from shared.errors import PatientMessagingError
from shared.services.jobs import SendJob
from shared.services.planning.plan import LEASE
from shared.services.reference import read_reference
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage import azure, memory
from shared.storage.contract import RunState
from shared.storage.message_rows import id_of, is_facts
from shared.storage.opened import OpenStorage
from shared.storage.places import MESSAGES
from shared.wiring.services import Services, build_services, in_process
from tests.reliability.cable import Cable, Cut, cable_to
from tests.services.rows import every_row, what_rows_say
from tests.world import SETTINGS, ListSource, MovedClock, SimulatedProviders, appointment, clinic_document

APPOINTMENTS = 12
AT_ONCE = 16  # as the host does (host.json, batchSize)
RUN = "riverside_20261120_daily"
WRITTEN_ONCE = {"created_at", "at"}  # instants of the attempt


@dataclass
class Clinic:
    """One clinic's services on some store."""

    services: Services
    storage: OpenStorage
    providers: SimulatedProviders
    clock: MovedClock

    async def plan(self) -> RunState | None:
        """As timer and queue do it; None: there was nothing to do, or the store did not answer."""
        try:
            for job in await self.services.schedule():
                await self.services.plan(job)
        except PatientMessagingError as failure:
            if not failure.retryable:
                raise
            return None
        run = await self.storage.runs.read("riverside", RUN)
        return run.state if run else None

    async def states(self) -> Mapping[str, State]:
        """By message."""
        found = {}
        for row in (await every_row(self.storage.rows, MESSAGES)).values():
            if is_facts(row):
                whole = await self.storage.messages.whole(id_of(row))
                assert whole is not None
                found[str(whole.message.id)] = fold(whole.events, whole.message.scheduled_for).state
        return found

    def received(self) -> list[str]:
        """Messages on patients' phones, each as often as it is there."""
        joined = [read_reference(entry.reference) for entry in self.providers.whatsapp.ledger.entries]
        return [str(one.message_id) for one in joined if one is not None]


@asynccontextmanager
async def clinic_on(storage: OpenStorage) -> AsyncGenerator[Clinic]:
    settings, clock = read_settings(SETTINGS), MovedClock()
    source = ListSource([appointment(n) for n in range(1, APPOINTMENTS + 1)])

    async def opened(_clinic: object) -> ListSource:
        return source

    providers = SimulatedProviders(settings, clock)
    services = build_services(settings, storage, clock, providers, opened)
    providers.deliver = in_process(services)
    try:
        await storage.create_tables()
        await services.clinics.load(clinic_document(), "test")
        yield Clinic(services, storage, providers, clock)
    finally:
        await storage.aclose()


@asynccontextmanager
async def clinic_behind_a_cable(connection_string: str) -> AsyncGenerator[tuple[Clinic, Cable]]:
    settings = read_settings(SETTINGS)
    keys = {"encryption_keys": encryption_keys(settings), "index_key": index_key(settings)}
    async with cable_to(connection_string) as (cable, through):
        storage = azure.open_storage(connection_string=through, **keys)  # type: ignore[arg-type]
        async with clinic_on(storage) as clinic:
            yield clinic, cable


async def planned_rows(clinic: Clinic) -> Mapping[object, object]:
    rows = await what_rows_say(clinic.storage.rows, "messages", "patients", "history", "due")
    return {
        place: {name: value for name, value in columns.items() if name not in WRITTEN_ONCE}
        for place, columns in rows.items()
    }


async def planned_undisturbed() -> Mapping[object, object]:
    settings = read_settings(SETTINGS)
    storage = memory.open_storage(encryption_keys=encryption_keys(settings), index_key=index_key(settings))
    async with clinic_on(storage) as clinic:
        assert await clinic.plan() is RunState.COMPLETE
        return await planned_rows(clinic)


@pytest.mark.parametrize("how", [Cut.RESETS, Cut.DROPS])
@pytest.mark.parametrize("batches_before", [0, 4])
async def test_a_planning_run_that_is_cut_off_is_taken_up_again(
    how: Cut, batches_before: int, empty_storage: str
) -> None:
    async with clinic_behind_a_cable(empty_storage) as (clinic, cable):
        cable.cut(how, at=b"$batch", after=batches_before)
        assert await clinic.plan() is None
        assert cable.struck > 0
        cable.heal()
        assert await clinic.plan() is RunState.RUNNING, "its lease is still alive, so the timer waits"
        clinic.clock.advance(seconds=LEASE.total_seconds() + 1)
        assert await clinic.plan() is RunState.COMPLETE
        assert await planned_rows(clinic) == await planned_undisturbed()


@pytest.mark.parametrize(
    ("how", "at", "after"),
    [
        (Cut.STALLS, b"_go_1", 8),
        (Cut.RESETS, b"_go_1", 3),
        (Cut.DROPS, b"_go_1", 3),
        (Cut.RESETS, b"_accepted_1", 3),
        (Cut.DROPS, b"_accepted_1", 3),
    ],
    ids=["claims stall", "claims reset", "claims drop", "outcomes reset", "outcomes drop"],
)
async def test_sending_that_is_cut_off_sends_nothing_twice_and_loses_nothing(
    how: Cut, at: bytes, after: int, empty_storage: str
) -> None:
    async with clinic_behind_a_cable(empty_storage) as (clinic, cable):
        assert await clinic.plan() is RunState.COMPLETE
        clinic.clock.advance(hours=1)
        jobs = list((await clinic.services.release()).send)
        assert len(jobs) == APPOINTMENTS
        cable.cut(how, at, after)
        failed = [job for job, done in zip(jobs, await _sent(clinic, jobs), strict=True) if not done]
        assert failed
        assert cable.struck > 0
        cable.heal()
        assert all(await _sent(clinic, failed)), "redelivered by the queue"
        await _afterwards(clinic)
        due_today = {str(job.message_id) for job in jobs}
        states, received = await clinic.states(), clinic.received()
        assert sorted(received) == sorted(set(received)), "nothing twice"
        assert {one for one in due_today if states[one] is State.READ} == set(received), "receipts tell what left"
        only_claimed = due_today - set(received)
        assert {states[one] for one in only_claimed} <= {State.UNKNOWN}, "a person is told"
        assert len(only_claimed) <= AT_ONCE, "no more than were under way when it was cut"


async def _sent(clinic: Clinic, jobs: list[SendJob]) -> list[bool]:
    """False: it will be delivered again."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(job: SendJob) -> bool:
        async with slots:
            try:
                await clinic.services.send(job)
            except PatientMessagingError as failure:
                if not failure.retryable:
                    raise
                return False
            return True

    return list(await asyncio.gather(*map(one, jobs)))


async def _afterwards(clinic: Clinic) -> None:
    """Receipts, and the sweeps of the next minutes."""
    for _ in range(3):
        clinic.clock.at += timedelta(minutes=2, seconds=1)
        await clinic.providers.whatsapp.deliver_due()
        released = await clinic.services.release()
        for job in released.check:
            await clinic.services.look_after(job)
        await _sent(clinic, released.send)
    clinic.clock.at += timedelta(minutes=2)
    await clinic.providers.whatsapp.deliver_due()
