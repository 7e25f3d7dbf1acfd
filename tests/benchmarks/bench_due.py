"""How long after its due time a message is handed to the provider, through Azurite: `dev.py bench due [seconds]`.

At half of the ceiling that Azurite's own rates set in the same run (see bench_send). The sweep comes every five
seconds, as RELEASE_SCHEDULE says. Then two clinics: one that suddenly sends seven times its usual, and how late the
other one is.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.channels.whatsapp.simulator import PaceLimits
from shared.domain.identity import Pseudonyms
from shared.domain.message import Message
from shared.services.jobs import SendJob
from shared.services.reference import read_reference
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.azure import open_storage
from shared.storage.contract import DueAction, DueRow
from shared.storage.opened import OpenStorage
from shared.wiring.services import Services, build_services, in_process
from tests.benchmarks.bench_send import AT_ONCE, bare_rates, ceiling, sent
from tests.benchmarks.measuring import own_azurite, show
from tests.benchmarks.running_clock import RunningClock
from tests.world import NOW, SETTINGS, ListSource, SimulatedProviders, appointment, clinic_document

SECONDS = 30  # in which the messages become due
SHARE = 0.5  # of the ceiling
LIMIT_S = 10.0
SWEEP_S = 5.0  # RELEASE_SCHEDULE
USUAL, TIMES = 0.08, 7  # of the ceiling, for each of two clinics; what one of them suddenly sends
SAMPLE = 150  # messages, for the requests that one needs
LONGEST_S = 120.0
IN_FIVE_DAYS = [{"days": 2, "hour": "10:00"}]  # when what is planned is due: it serves as a model only


@dataclass
class Clinics:
    """Services on Azurite, and messages that wait in it."""

    services: Services
    storage: OpenStorage
    providers: SimulatedProviders
    clock: RunningClock
    model: Message
    pseudonyms: Pseudonyms
    due_at: dict[str, datetime]  # by digest
    clinic_of: dict[str, str]

    async def wait_for(self, clinic_id: str, count: int, when: Callable[[int], datetime]) -> None:
        """So many messages of a clinic's, each due at its own instant."""
        messages = [self._message(clinic_id, n, when(n)) for n in range(count)]
        rows = [DueRow.of(message, message.scheduled_for, DueAction.SEND) for message in messages]
        await self.storage.due.put(rows)
        for start in range(0, count, AT_ONCE):
            await asyncio.gather(*map(self.storage.messages.put, messages[start : start + AT_ONCE]))

    def _message(self, clinic_id: str, number: int, at: datetime) -> Message:
        digest = self.pseudonyms.digest("bench", clinic_id, str(number), str(len(self.due_at)))
        self.due_at[digest], self.clinic_of[digest] = at, clinic_id
        address = self.pseudonyms.address(clinic_id, "whatsapp", str(number))
        message_id = self.pseudonyms.placed(clinic_id, at.date(), digest)
        return replace(self.model, id=message_id, scheduled_for=at, address_key=address)

    async def run(self) -> None:
        """Until the provider has everything, with the receipts of all that it has."""
        jobs: asyncio.Queue[SendJob] = asyncio.Queue()
        works = [asyncio.create_task(self._sends(jobs)) for _ in range(AT_ONCE)]
        works += [asyncio.create_task(self._sweeps(jobs)), asyncio.create_task(self._receives())]
        try:
            async with asyncio.timeout(LONGEST_S):
                await self._all_handed_over(works)
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _all_handed_over(self, works: Sequence[asyncio.Task[None]]) -> None:
        """Raises what ended one of the works."""
        while len(self.providers.whatsapp.ledger.entries) < len(self.due_at):
            for work in works:
                if work.done():
                    work.result()
            await self.clock.sleep(0.1)

    async def _sends(self, jobs: asyncio.Queue[SendJob]) -> None:
        while True:
            await self.services.send(await jobs.get())

    async def _sweeps(self, jobs: asyncio.Queue[SendJob]) -> None:
        while True:
            released = await self.services.release()
            for job in released.send:
                jobs.put_nowait(job)
            for check in released.check:
                await self.services.look_after(check)
            await asyncio.sleep(SWEEP_S)

    async def _receives(self) -> None:
        while True:
            await self.providers.whatsapp.deliver_due()
            await asyncio.sleep(0.1)

    def late_s(self, clinic_id: str = "") -> Sequence[float]:
        """Seconds from due to handed over, in order; of one clinic or of all."""
        found = []
        for entry in self.providers.whatsapp.ledger.entries:
            joined = read_reference(entry.reference)
            assert joined is not None
            digest = joined.message_id.digest
            if clinic_id in ("", self.clinic_of[digest]):
                found.append((entry.at - self.due_at[digest]).total_seconds())
        return sorted(found)


@asynccontextmanager
async def clinics_on(connection: str, *clinic_ids: str) -> AsyncGenerator[Clinics]:
    settings, clock = read_settings(SETTINGS), RunningClock()
    keys = {"encryption_keys": encryption_keys(settings), "index_key": index_key(settings)}
    storage = open_storage(connection_string=connection, **keys)  # type: ignore[arg-type]
    await storage.create_tables()
    source = ListSource([appointment()])

    async def opened(_clinic: object) -> ListSource:
        return source

    providers = SimulatedProviders(settings, clock, PaceLimits(per_second=0, pair_every_s=0))  # type: ignore[arg-type]
    services = build_services(settings, storage, clock, providers, opened)
    providers.deliver = in_process(services)
    try:
        model = await _planned(services, storage, clinic_ids)
        clock.advance(timedelta(hours=1))
        yield Clinics(services, storage, providers, clock, model, Pseudonyms(index_key(settings)), {}, {})
    finally:
        await storage.aclose()


async def _planned(services: Services, storage: OpenStorage, clinic_ids: Sequence[str]) -> Message:
    """A message as planning makes them, of no list."""
    for clinic_id in clinic_ids:
        await services.clinics.load(clinic_document(id=clinic_id, steps=IN_FIVE_DAYS), "bench")
    for job in await services.schedule():
        await services.plan(job)
    first = NOW.date()
    [planned, *_] = (await storage.messages.unfinished(clinic_ids[0], first, first + timedelta(days=14), 1, "")).items
    return replace(planned.message, appointment_id="")


def percentiles(late_s: Sequence[float]) -> str:
    at = (late_s[int(len(late_s) * share)] for share in (0.5, 0.95, 0.99))
    return ", ".join(f"p{name} {value:.1f} s" for name, value in zip((50, 95, 99), at, strict=True))


def p99(late_s: Sequence[float]) -> float:
    return late_s[int(len(late_s) * 0.99)]


async def ceiling_a_second() -> float:
    """Messages a second that Azurite alone would allow, with their receipts."""
    async with own_azurite() as connection:
        rates = await bare_rates(connection)
    async with own_azurite() as connection:
        _, counts = await sent(connection, SAMPLE)
    return SAMPLE / ceiling(rates, counts)


async def evenly_due(most: float, seconds: int) -> Sequence[float]:
    async with own_azurite() as connection, clinics_on(connection, "riverside") as clinics:
        count = int(most * SHARE * seconds)
        began = clinics.clock.now() + timedelta(seconds=_to_write(count, most))
        await clinics.wait_for("riverside", count, lambda n: began + timedelta(seconds=seconds * n / count))
        await clinics.run()
        return clinics.late_s()


async def beside(most: float, seconds: int, times: int) -> Sequence[float]:
    """How late riverside's are, while northgate sends so many times its usual in a fifth of the time; 0: alone."""
    async with own_azurite() as connection, clinics_on(connection, "riverside", "northgate") as clinics:
        usual = int(most * USUAL * seconds)
        began = clinics.clock.now() + timedelta(seconds=_to_write(usual * (1 + times), most))
        await clinics.wait_for("riverside", usual, lambda n: began + timedelta(seconds=seconds * n / usual))
        many = usual * times
        if many:
            burst = timedelta(seconds=seconds / 5)
            await clinics.wait_for("northgate", many, lambda n: began + burst + burst * n / many)
        await clinics.run()
        return clinics.late_s("riverside")


def _to_write(count: int, most: float) -> float:
    """Seconds in which so many messages are surely written, before the first of them is due."""
    return 2 + count / most


async def measured(seconds: int) -> list[tuple[str, str]]:
    most = await ceiling_a_second()
    late = await evenly_due(most, seconds)
    in_time = sum(one <= LIMIT_S for one in late) / len(late)
    alone, together = await beside(most, seconds, 0), await beside(most, seconds, TIMES)
    ratio = p99(together) / p99(alone)
    return [
        ("ceiling", f"{most:.1f} messages/s with three receipts each, from Azurite's own rates"),
        (f"due at {SHARE:.0%} of it", f"{len(late)} in {seconds} s: {percentiles(late)}"),
        (f"within {LIMIT_S:.0f} s", f"{in_time:.1%} (limit 99 %)"),
        ("a clinic alone", f"{len(alone)} at {USUAL:.0%} of the ceiling: {percentiles(alone)}"),
        (f"beside one that sends {TIMES}× its usual", f"{percentiles(together)}: p99 is {ratio:.2f} of its own alone"),
    ]


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    show(f"from due to the provider, a sweep every {SWEEP_S:.0f} s", asyncio.run(measured(seconds)))


if __name__ == "__main__":
    main()
