"""Whatever is written, in whatever order, killed wherever: once the timer has run, the figures are true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from shared.domain.message import Event, EventName, Message, RequestStatus
from shared.domain.tally import PLAIN, Figure
from shared.services.tallying import tally
from shared.services.tallying.marking import DayMarks
from shared.storage.contract import PlanEntry
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.opened import storage_over
from shared.storage.places import MESSAGES
from shared.storage.rows import Change, Row, RowPage, Rows, Verb
from shared.storage.tallies import TableTallies
from tests.services.tallying.chaos import Chaos, Work
from tests.storage.samples import CLINIC, ENCRYPTION_KEYS, INDEX_KEY, NOW, decided, event, planned, skipped
from tests.storage.wrappers import PassingRows
from tests.world import MovedClock

SEEDS = range(60)
DAYS = 2
NAMES = (EventName.CLAIMED, EventName.ACCEPTED, EventName.DELIVERED, EventName.READ, EventName.FAILED)


def written(random: Random, writer: int) -> Sequence[Work]:
    """What one writer does: plans, and events of messages that may not be planned yet, some of them twice."""
    works: list[Work] = []
    for n in range(2):
        starts_at = NOW + timedelta(days=3 + random.randrange(DAYS))
        message = planned(f"A-{writer}-{n}", f"P-{n}", starts_at=starts_at)
        works.append(PlanEntry(decided(message), message))
        works += _events(random, message)
        if random.random() < 0.3:
            works.append(skipped(f"S-{writer}-{n}", day=starts_at.date()))
    works += random.sample(works, 1)
    random.shuffle(works)
    return works


def _events(random: Random, message: Message) -> list[Event]:
    found = [event(message.id, name, detail="131026") for name in random.sample(NAMES[1:], 2)]
    if random.random() < 0.5:
        answer = RequestStatus.PENDING_CANCELLATION
        found.append(event(message.id, EventName.ANSWERED, detail=answer, owner=message.id.digest))
    return found


async def lived_through(seed: int) -> tuple[Sequence[str], int]:
    """What was wrong at any moment or at the end, and how often a process was killed."""
    random = Random(seed)
    chaos = Chaos(seed, MovedClock(NOW))
    writers = [chaos.writer(written(random, writer)) for writer in range(2)]
    wrong = await chaos.lived_through(*writers, chaos.counter(), chaos.counter())
    return wrong or await chaos.counted_at_last(), chaos.kills


async def test_at_every_moment_a_day_is_counted_right_or_marked_and_at_the_end_all_are_counted() -> None:
    kills = 0
    for seed in SEEDS:
        wrong, killed = await lived_through(seed)
        assert wrong == [], f"seed {seed}"
        kills += killed
    assert kills > len(SEEDS)


async def _takes_away_any_mark(self: TableTallies, mark: Any) -> bool:
    day = f"{mark.value.day:%Y%m%d}"
    await self._rows.write("marks", Change(Verb.DELETE, Row(mark.value.clinic_id, day)))
    return True


async def _remembers_for_ever(self: DayMarks, day: Any) -> None:
    if day not in self._days:
        await self._tallies.mark(*day, self._clock.now())
        self._days[day] = self._room_for()


BREAK: Sequence[tuple[str, Callable[[pytest.MonkeyPatch], None]]] = [
    ("every mark is settled", lambda patch: patch.setattr(tally, "SETTLED", timedelta(0))),
    ("marks are taken away whoever renewed them", lambda p: p.setattr(TableTallies, "unmark", _takes_away_any_mark)),
    ("one mark for ever", lambda patch: patch.setattr(DayMarks, "_mark", _remembers_for_ever)),
]


@pytest.mark.parametrize("broken", [one for _, one in BREAK], ids=[name for name, _ in BREAK])
async def test_what_would_make_them_differ_is_found_out(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        broken(changed)
        for seed in range(300):
            wrong, _ = await lived_through(seed)
            if wrong:
                return
    pytest.fail("nobody noticed")


class Stalling(PassingRows):
    """A reading of messages hangs, once, after it was answered."""

    def __init__(self, inner: Rows) -> None:
        super().__init__(inner)
        self.reached, self.goes_on = asyncio.Event(), asyncio.Event()

    async def query(self, table: str, *arguments: Any, **options: Any) -> RowPage:
        page = await super().query(table, *arguments, **options)
        if table == MESSAGES and not self.reached.is_set():
            self.reached.set()
            await self.goes_on.wait()
        return page


async def test_a_count_that_hung_does_not_win_over_a_later_one() -> None:
    clock = MovedClock(NOW)
    rows = Stalling(MemoryRows())
    storage = storage_over(rows, MemoryBlobs(), ENCRYPTION_KEYS, INDEX_KEY)
    counting = tally.TallyDays(tallies=storage.tallies, waiting=storage.waiting, clock=clock)
    message = planned()
    await storage.messages.put(message)
    await storage.tallies.mark(CLINIC, message.id.day, clock.now())
    hanging = asyncio.create_task(counting())
    await rows.reached.wait()
    await storage.messages.append(event(message.id, EventName.DELIVERED))
    clock.advance(seconds=tally.SETTLED.total_seconds())
    assert await counting() == 1
    rows.goes_on.set()
    assert await hanging == 0
    kept = (await storage.tallies.tally(CLINIC, message.id.day)).value
    assert kept is not None
    assert kept.cells["whatsapp", "en"].plain[PLAIN.index(Figure.DELIVERED)] == 1


async def test_a_day_that_goes_on_changing_is_counted_now_and_then_and_stays_marked() -> None:
    clock = MovedClock(NOW)
    chaos = Chaos(0, clock)
    counting = tally.TallyDays(tallies=chaos.storage.tallies, waiting=chaos.storage.waiting, clock=clock)
    day = NOW.date()
    counted = []
    for second in range(0, 900, 20):
        await chaos.storage.tallies.mark(CLINIC, day, clock.now())
        counted.append((second, await counting()))
        clock.advance(seconds=20)
    assert [second for second, days in counted if days] == [0, 300, 600]
    assert await chaos.storage.tallies.marked(CLINIC, day) is not None
    clock.advance(seconds=tally.SETTLED.total_seconds())
    assert await counting() == 1
    assert await chaos.storage.tallies.marks() == []


async def test_what_has_ended_leaves_the_list_and_what_may_go_again_stays_until_its_day_is_past() -> None:
    clock = MovedClock(NOW)
    storage = Chaos(0, clock).storage
    counting = tally.TallyDays(tallies=storage.tallies, waiting=storage.waiting, clock=clock)
    names = (None, EventName.CLAIMED, EventName.DROPPED, EventName.UNKNOWN, EventName.ACCEPTED, EventName.FAILED)
    messages = [planned(f"A-{n}") for n in range(len(names))]
    day = messages[0].id.day
    for message, name in zip(messages, names, strict=True):
        await storage.messages.put(message)
        if name is not None:
            await storage.messages.append(event(message.id, name))

    async def left() -> set[int]:
        await storage.tallies.mark(CLINIC, day, clock.now())
        clock.advance(seconds=tally.SETTLED.total_seconds())
        assert await counting() == 1
        there = set(await storage.waiting.of_day(CLINIC, day))
        return {n for n, message in enumerate(messages) if message.id in there}

    assert await left() == {0, 1, 2, 3}
    clock.advance(days=6)
    assert await left() == {0, 1}  # they should have ended, but have not: staff see them
