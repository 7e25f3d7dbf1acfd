"""Months of three clinics in seconds: `simulate(days, seed)` gives a report; `report.wrong` must be empty."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from shared.domain.clinic import Clinic
from shared.domain.message import State
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.memory import MemoryBlobs
from shared.storage.opened import storage_over
from tests.reliability.fates import Fate, fates, untruths
from tests.reliability.inside import Process
from tests.simulation.clinics import ACCOUNTS, BEGAN, CLINICS
from tests.simulation.counting import miscounted
from tests.simulation.invariants import within_pace
from tests.simulation.jumping_time import JumpingClock, JumpingLoop, run_jumping
from tests.simulation.life import Life
from tests.simulation.logs import LogReader, read_logs
from tests.simulation.parts import TODAY, Parts
from tests.simulation.platform import Platform
from tests.simulation.providers import Arrival, SimulatedProviders
from tests.simulation.source import Outage, TownSource
from tests.simulation.townsfolk import TELLTALE, Townsfolk
from tests.simulation.truth import Town
from tests.simulation.watch import Watch
from tests.simulation.watched_rows import WatchedRows
from tests.simulation.weather import Weather
from tests.world import SETTINGS

A_DAY = 2.5  # bookings in each clinic
PER_SECOND = 80.0  # the standard pace of both channels here
KILLS, FAILS = 0.0006, 0.0006  # shares of the calls to the outside
SOURCE_OUTAGES_EVERY, STORE_OUTAGES_EVERY = timedelta(days=5), timedelta(days=8)


@dataclass
class Report:
    """What came of a simulation. `ledger`: a digest of everything the providers were sent, the same for one seed."""

    days: int
    seed: int
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    bookings: int = 0
    sent: int = 0
    lost: int = 0
    log_lines: int = 0
    ledger: str = ""

    def summary(self) -> str:
        said = f"{self.days} days, seed {self.seed}: {self.steps} steps, {self.bookings} bookings, {self.sent} sent, "
        killed = self.counts["instances"] - 2
        return f"{said}{killed} instances killed, lost {self.lost}, wrong {len(self.wrong)}, ledger {self.ledger[:12]}"


class Simulation:
    """Everything together; what `Surroundings` and `fates` ask for is here."""

    def __init__(self, loop: JumpingLoop, days: int, seed: int, a_day: float, parts: Parts) -> None:
        self.clock = JumpingClock(loop, BEGAN)
        self.days = days
        self.parts = parts
        self.settings = read_settings(SETTINGS)
        self.rows, self.blobs = WatchedRows(), MemoryBlobs()
        self.storage = storage_over(self.rows, self.blobs, encryption_keys(self.settings), index_key(self.settings))
        self.told: set[str] = {TELLTALE}
        self._seed = seed
        self.towns = {clinic.id: Town(clinic) for clinic in CLINICS}
        self.lives = [Life(town, self.clock, self._chance(name), a_day, self.told) for name, town in self.towns.items()]
        self.source_outages = {name: self._outages(name, SOURCE_OUTAGES_EVERY, 900) for name in self.towns}
        self.storage_outages = self._outages("store", STORE_OUTAGES_EVERY, 40)
        weather = Weather(self._chance("weather"), BEGAN, days)
        self.wire = SimulatedProviders(self.settings, self.clock, weather, self._chance("providers"))
        self.queue = self.platform = Platform(self, self._chance("platform"), KILLS, FAILS)
        self.watch = Watch(self.towns, self.rows, self.storage, self.clock, self.source_outages, parts)
        self.folk = Townsfolk(self.towns, self.wire, self.clock, self._chance("folk"), parts)
        for town in self.towns.values():
            town.doubted = self.wire.refused
        self.wire.posted, self.wire.arrived = self.platform.posted, self._arrived
        self.platform.looked_at = self.watch.after

    async def open_source(self, clinic: Clinic) -> TownSource:
        outages = self.source_outages[clinic.id]
        return TownSource(self.towns[clinic.id], self.clock, self._chance(f"source {self.clock.now()}"), outages)

    async def lived_through(self, logs: LogReader) -> Report:
        await self._opened()
        self.platform.start()
        for life in self.lives:
            life.begin()
            self.platform.spawn(life.goes_on())
        await self.clock.until(BEGAN + timedelta(days=self.days))
        await self.wire.aclose()
        wrong = await miscounted(self.storage, self.days)
        return self._report(logs, wrong)

    async def _opened(self) -> None:
        for (channel, account), secrets in ACCOUNTS.items():
            await self.storage.clinics.put_account(channel, account, secrets, BEGAN)
        for clinic in CLINICS:
            book = Process(self.settings, (), self._straight, self.clock, self.open_source).services.clinics
            await book.load(clinic.document(), clinic.id)

    async def _straight(self, target: str, name: str, *arguments: object, **options: object) -> object:
        return await getattr(getattr(self, target), name)(*arguments, **options)

    def _arrived(self, arrival: Arrival) -> None:
        if clinic_id := self.watch.arrived(arrival):
            self.folk.receive(arrival, clinic_id)

    def _report(self, logs: LogReader, miscounted: Sequence[str]) -> Report:
        found = fates(self)  # type: ignore[arg-type]  # it has what they look at
        keyed = [fate for fate in found if not _is_free_text_on_wechat(fate)]
        wrong = self.watch.wrong + [f"at the end: {one}" for one in untruths(keyed, reported=False)]
        wrong += [f"a step raised {type(error).__name__}: {error}" for error in self.platform.defects]
        if self.parts.paced:
            wrong += self._too_fast()
        wrong += [f"{step.kind} was set aside as poison" for step in self.platform.poisoned] + logs.wrong
        wrong += miscounted
        return Report(
            days=self.days,
            seed=self._seed,
            wrong=wrong,
            counts=self.platform.counts + self.watch.counts,
            states=Counter(_told(fate) for fate in found),
            fates=self.platform.fates,
            steps=self.watch.steps,
            bookings=sum(len(town.bookings) for town in self.towns.values()),
            sent=len(self.watch.arrivals),
            lost=sum("lost" in one or "nothing left to be done" in one for one in wrong),
            log_lines=logs.lines,
            ledger=_digest(self.watch.arrivals),
        )

    def _too_fast(self) -> list[str]:
        by_lane: dict[str, list[datetime]] = {}
        for attempt in self.wire.attempts:
            by_lane.setdefault(attempt.lane, []).append(attempt.at)
        found = ((lane, within_pace(times, PER_SECOND)) for lane, times in by_lane.items())
        return [f"{lane}: {wrong}" for lane, wrong in found if wrong]

    def _chance(self, what: str) -> Random:
        """Everything that happens by chance has a source of its own, so that one more draw here moves nothing there."""
        return Random(f"{self._seed} {what}")

    def _outages(self, what: str, every: timedelta, longest_minutes: float) -> list[Outage]:
        random, found, at = self._chance(f"outages of {what}"), [], BEGAN
        while (at := at + every * random.expovariate(1)) < BEGAN + timedelta(days=self.days):
            found.append(Outage(at, at + timedelta(minutes=random.uniform(1, longest_minutes))))
        return found


def _is_free_text_on_wechat(fate: Fate) -> bool:
    """It carries no key of ours, so the ledger cannot tell which one arrived."""
    return fate.channel == "wechat" and fate.step.startswith("answer") and fate.state is State.ACCEPTED


def _told(fate: Fate) -> str:
    return f"{fate.state} {fate.reason}".strip()


def _digest(arrivals: list[Arrival]) -> str:
    lines = "\n".join(f"{one.lane} {one.to} {one.at.isoformat()} {one.text}" for one in arrivals)
    return hashlib.sha256(lines.encode()).hexdigest()


def simulate(days: int, seed: int, a_day: float = A_DAY, parts: Parts = TODAY) -> Report:
    """Lives through so many days from 28 September 2026 on, with about `a_day` bookings a day in each clinic."""
    loop = JumpingLoop()
    simulation = Simulation(loop, days, seed, a_day, parts)
    with read_logs(simulation.told) as logs:
        return run_jumping(loop, simulation.lived_through(logs))
