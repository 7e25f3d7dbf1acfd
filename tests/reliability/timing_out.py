"""Very many sends, of which a share is accepted and then never answered; the provider only counts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from shared.domain.message import State
from tests.reliability.fates import fates, untruths
from tests.reliability.inside import Process, live_through, straight_through
from tests.reliability.outside import Outside, Step
from tests.reliability.weather import CountingProvider
from tests.world import appointment, clinic_document, patient

SHARE = 0.002  # 0.2 %
WEEK_BEFORE = [{"days": 7, "hour": "10:00"}]
FAST = [{"channel": "whatsapp", "opt_in": "opt_out", "pace": 60_000}]  # this is not about the pace
TOGETHER = 50  # receipts in one callback
PATIENTS = 900  # the numbers that nobody has are 1,000
A_MORNING = timedelta(minutes=100)  # sent from the 60th on; it ends before what is silent is asked for


@dataclass(slots=True)
class Outcome:
    """What came of the sends. `wrong` must be empty."""

    sends: int = 0
    timed_out: int = 0
    duplicates: int = 0
    lost: int = 0
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        self.sends += other.sends
        self.timed_out += other.timed_out
        self.duplicates += other.duplicates
        self.lost += other.lost
        self.states += other.states
        self.wrong += other.wrong


async def many_sends(count: int, seed: int, *, reports: bool, share: float = SHARE) -> Outcome:
    """Plans, releases and sends so many reminders on one morning; receipts for all of them, or for none."""
    outside = Outside([appointment(n, of=patient(n % PATIENTS + 1)) for n in range(count)], seed, horizon=A_MORNING)
    provider = CountingProvider(outside, share, reports, Random(seed))
    outside.wire = provider  # type: ignore[assignment]  # it takes the wire's place
    process = Process(outside.settings, outside.appointments, straight_through(outside))
    await process.services.clinics.load(clinic_document(steps=WEEK_BEFORE, channels=FAST), "test")
    await live_through(outside, process)
    for callback in provider.callbacks(TOGETHER):
        await process.perform(Step("webhook", outside.clock.now(), callback=callback))
    await live_through(outside, process)
    return _outcome(outside, provider, count)


def one_morning(seed: int, sends: int) -> Outcome:
    """For a process of its own: odd seeds meet a provider that never reports back."""
    logging.disable(logging.WARNING)
    return asyncio.run(many_sends(sends, seed, reports=seed % 2 == 0))


def _outcome(outside: Outside, provider: CountingProvider, count: int) -> Outcome:
    found = fates(outside)
    wrong = untruths(found, reported=False)
    kinds = Counter(one.partition(":")[0] for one in wrong)
    states = Counter(fate.state.value for fate in found)
    if provider.reports:
        expected = {State.DELIVERED: count}
    else:
        expected = {State.ACCEPTED: count - provider.timed_out, State.UNKNOWN: provider.timed_out}
    if states != Counter({state.value: number for state, number in expected.items()}):
        wrong.append(f"{dict(states)} instead of {expected}")
    lost = kinds["lost"] + count - len(found)
    return Outcome(provider.received().total(), provider.timed_out, kinds["duplicate"], lost, states, wrong)
