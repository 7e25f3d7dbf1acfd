"""One question to a source: patient once, and not again and again where it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from shared.clock import Clock, SystemClock
from shared.domain.appointment import Appointment
from shared.domain.clinic import Clinic, SourceChoice
from shared.errors import ConfigurationError, PatientMessagingError, SourceIncomplete, SourceRefused, SourceUnavailable
from shared.services.ask_source import REFUSALS, AskSource
from tests.domain.examples import a_clinic
from tests.world import ListSource, MovedClock, appointment

CLINIC = a_clinic()


class Sources:
    """Opens the one source that it is given, and counts."""

    def __init__(self, source: ListSource) -> None:
        self.source = source
        self.opened = 0

    async def __call__(self, _clinic: Clinic) -> ListSource:
        self.opened += 1
        return self.source


def asking(clock: Clock | None = None) -> tuple[AskSource, ListSource, Sources]:
    source = ListSource([appointment(1)])
    sources = Sources(source)
    return AskSource(sources, clock or MovedClock()), source, sources


async def fails(question: Callable[[], Awaitable[object]], expected: type[PatientMessagingError]) -> None:
    with pytest.raises(expected):
        await question()


async def test_the_source_says_what_it_has_and_what_it_does_not_know() -> None:
    for clock in (MovedClock(), SystemClock()):
        ask, _, _ = asking(clock)
        assert await ask(CLINIC, "a1") == appointment(1)
        assert await ask(CLINIC, "a2") is None


@pytest.mark.parametrize("failure", [SourceUnavailable("x"), SourceIncomplete("x"), ConfigurationError("x")])
async def test_after_a_failure_the_source_is_left_alone_for_a_minute(failure: PatientMessagingError) -> None:
    clock = MovedClock()
    ask, source, _ = asking(clock)
    source.refuses = failure
    await fails(lambda: ask(CLINIC, "a1"), type(failure))
    source.refuses = None
    clock.advance(seconds=59)
    await fails(lambda: ask(CLINIC, "a1"), SourceUnavailable)
    assert source.questions == 1
    assert await ask(replace(CLINIC, id="elsewhere"), "a1") is not None, "another clinic's source is not concerned"
    clock.advance(seconds=1)
    assert await ask(CLINIC, "a1") is not None


async def test_one_appointment_that_cannot_be_read_does_not_hide_the_others_and_several_in_a_row_do() -> None:
    ask, source, _ = asking()
    for _ in range(2):
        source.refuses = SourceRefused("this row")
        for _ in range(REFUSALS - 1):
            await fails(lambda: ask(CLINIC, "a1"), SourceRefused)
        source.refuses = None
        assert await ask(CLINIC, "a1") is not None
    source.refuses = SourceRefused("wrong key")
    for _ in range(REFUSALS):
        await fails(lambda: ask(CLINIC, "a1"), SourceRefused)
    await fails(lambda: ask(CLINIC, "a1"), SourceUnavailable)


async def test_a_source_that_cannot_be_opened_is_a_failure_like_the_others() -> None:
    async def closed(_clinic: Clinic) -> ListSource:
        raise ConfigurationError("There is no such setting.")

    ask = AskSource(closed, MovedClock())
    await fails(lambda: ask(CLINIC, "a1"), ConfigurationError)
    await fails(lambda: ask(CLINIC, "a1"), SourceUnavailable)


class Hanging(ListSource):
    async def read_one(self, appointment_id: str) -> Appointment | None:
        await asyncio.Event().wait()
        return None


async def test_nobody_waits_longer_than_our_patience() -> None:
    ask = AskSource(Sources(Hanging()), MovedClock(), patience_s=0.01)
    await fails(lambda: ask(CLINIC, "a1"), SourceUnavailable)


async def test_a_source_is_opened_once_a_minute_and_the_old_one_closed() -> None:
    clock = MovedClock()
    ask, source, sources = asking(clock)
    await asyncio.gather(*(ask(CLINIC, "a1") for _ in range(20)))
    assert (sources.opened, source.closings) == (1, 0)
    clock.advance(seconds=60)
    await ask(CLINIC, "a1")
    assert (sources.opened, source.closings) == (2, 1)
    await ask(replace(CLINIC, source=SourceChoice("list", {"path": "new"})), "a1")
    assert (sources.opened, source.closings) == (3, 2), "a changed clinic file acts at once"
    await ask.aclose()
    assert source.closings == 3


class Slow(ListSource):
    def __init__(self) -> None:
        super().__init__([appointment(1)])
        self.go = asyncio.Event()

    async def read_one(self, appointment_id: str) -> Appointment | None:
        await self.go.wait()
        assert self.closings == 0, "closed under a question"
        return await super().read_one(appointment_id)


async def test_a_source_in_use_is_closed_by_its_last_user() -> None:
    slow, quick, clock = Slow(), ListSource([appointment(1)]), MovedClock()
    both = iter((slow, quick))

    async def opened(_clinic: Clinic) -> ListSource:
        return next(both)

    ask = AskSource(opened, clock)
    first = asyncio.create_task(ask(CLINIC, "a1"))
    await asyncio.sleep(0)
    clock.advance(seconds=61)
    assert await ask(CLINIC, "a1") is not None
    slow.go.set()
    assert await first is not None
    assert (slow.closings, quick.closings) == (1, 0)
