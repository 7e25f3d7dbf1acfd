"""Circuits: a stopped account or template sends nothing but a probe now and then, and staff of its clinics are told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from shared.domain.message import Priority
from shared.domain.outcome import ErrorClass
from shared.services.sending.circuits import Circuits
from shared.services.work_items import Resolution
from shared.storage.rows import Change, Row, Verb
from shared.wiring.services import Services, build_services
from tests.services.lanes import LANE, OTHER_LANE, sweep, sweeps, waiting
from tests.services.rows import every_row
from tests.services.sending.test_pace_at_release import clinics, open_work
from tests.storage.wrappers import CountingRows
from tests.world import NOW, World

LOCKED = ("131031", ErrorClass.ACCOUNT)
PAUSED = (LANE, "appointment_reminder/en_GB", "132015")


def circuits_of(services: Services) -> Circuits:
    return services.pacing.circuits


def another_instance(w: World) -> Services:
    return build_services(w.settings, w.storage, w.clock)


async def test_a_stopped_account_is_fed_one_probe_in_five_minutes_the_most_urgent_one() -> None:
    async with clinics("riverside") as w:
        circuits = circuits_of(w.services)
        await w.storage.due.put(waiting(w, "riverside", range(20)))
        urgent = waiting(w, "riverside", [1], priority=Priority.TODAY)
        await w.storage.due.put(urgent)
        await circuits.open(LANE, *LOCKED)
        fed = await sweeps(w, 11 * 60)
        assert [at for at, _ in fed] == [NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)]
        assert fed[0][1].message_id == urgent[0].message_id
        assert await circuits.allows(LANE, fed[1][1].message_id.digest)
        assert not await circuits.allows(LANE, fed[0][1].message_id.digest), "its turn is over"


async def test_other_accounts_go_on() -> None:
    async with clinics("riverside") as w:
        await circuits_of(w.services).open(LANE, *LOCKED)
        await w.storage.due.put(waiting(w, "riverside", range(20), lane=OTHER_LANE))
        assert len(await sweep(w)) == 20
        assert await circuits_of(w.services).allows(OTHER_LANE, "a" * 26)


async def test_when_the_probe_is_accepted_all_others_go_and_the_work_is_done() -> None:
    async with clinics("riverside", "lakeside") as w:
        circuits = circuits_of(w.services)
        await circuits.open(LANE, *LOCKED)
        assert await open_work(w) == await open_work(w, "lakeside") == [("account", "whatsapp")]
        await w.storage.due.put(waiting(w, "riverside", range(20)))
        w.clock.advance(minutes=5)
        [probe] = await sweep(w)
        assert await circuits.allows(LANE, probe.message_id.digest)
        await circuits.accepted(LANE)
        assert await circuits.state(LANE) is None
        assert await open_work(w) == await open_work(w, "lakeside") == []
        [done] = (await w.storage.worklist.resolved_items("riverside", 10, "")).items
        assert (done.resolution, done.resolved_by) == (Resolution.SENDS_AGAIN, "system")
        assert len(await sweeps(w, 300)) == 19


async def test_what_was_accepted_before_the_probe_closes_nothing() -> None:
    """It left before the account was stopped."""
    async with clinics("riverside") as w:
        circuits = circuits_of(w.services)
        await circuits.open(LANE, *LOCKED)
        await circuits.accepted(LANE)
        assert await circuits.state(LANE) is not None


async def test_many_refusals_at_once_are_one_stop_and_one_thing_to_do() -> None:
    async with clinics("riverside") as w:
        instances = [circuits_of(w.services), circuits_of(another_instance(w))]
        await asyncio.gather(*(circuits.open(LANE, *LOCKED) for circuits in instances * 10))
        w.clock.advance(minutes=1)
        await instances[0].open(LANE, *LOCKED)
        assert len(await w.storage.lanes.stops()) == 1
        assert await open_work(w) == [("account", "whatsapp")]


async def test_a_stop_after_a_stop_is_told_again() -> None:
    async with clinics("riverside") as w:
        circuits = circuits_of(w.services)
        for _ in range(2):
            await circuits.open(LANE, *LOCKED)
            assert await open_work(w) == [("account", "whatsapp")]
            await w.storage.due.put(waiting(w, "riverside", [1]))
            w.clock.advance(minutes=5)
            await sweep(w)
            await circuits.accepted(LANE)
        assert len((await w.storage.worklist.resolved_items("riverside", 10, "")).items) == 2


async def test_who_died_between_stopping_and_telling_leaves_it_to_the_probe() -> None:
    async with clinics("riverside") as w:
        circuits = circuits_of(w.services)
        await circuits.open(LANE, *LOCKED)
        for _, partition, key in await every_row(w.storage.rows, "worklist"):
            await w.storage.rows.write("worklist", Change(Verb.DELETE, Row(partition, key)))
        assert await open_work(w) == []
        await w.storage.due.put(waiting(w, "riverside", [1]))
        w.clock.advance(minutes=5)
        await sweep(w)
        assert await open_work(w) == [("account", "whatsapp")]


async def test_another_instance_knows_within_ten_seconds_and_asks_once() -> None:
    stores: list[CountingRows] = []

    def counting(rows: object) -> CountingRows:
        stores.append(CountingRows(rows))  # type: ignore[arg-type]
        return stores[0]

    async with clinics("riverside", around_rows=counting) as w:
        here, there = circuits_of(w.services), circuits_of(another_instance(w))
        assert await there.allows(LANE, "a" * 26)
        await here.open(LANE, *LOCKED)
        stores[0].requests.clear()
        assert await there.allows(LANE, "a" * 26), "it has not heard yet"
        assert stores[0].requests.total() == 0
        w.clock.advance(seconds=11)
        answers = await asyncio.gather(*(there.state(LANE) for _ in range(20)))
        assert all(answers)
        assert stores[0].requests.total() == 1


async def test_of_two_instances_one_lets_a_probe_through() -> None:
    async with clinics("riverside") as w:
        other = another_instance(w)
        await circuits_of(w.services).open(LANE, *LOCKED)
        await w.storage.due.put(waiting(w, "riverside", range(20)))
        w.clock.advance(minutes=5)
        both = await asyncio.gather(sweep(w), sweep(w, other.release))
        assert sum(map(len, both)) == 1


async def test_a_probe_that_was_just_let_through_is_known_to_every_worker() -> None:
    async with clinics("riverside") as w:
        worker = circuits_of(another_instance(w))
        await circuits_of(w.services).open(LANE, *LOCKED)
        await w.storage.due.put(waiting(w, "riverside", range(2)))
        w.clock.advance(minutes=5)
        assert await worker.state(LANE)
        [probe] = await sweep(w)
        assert await worker.allows(LANE, probe.message_id.digest)
        await worker.accepted(LANE)
        assert await w.storage.lanes.stops() == []


async def test_waiting_for_an_account_makes_nobody_more_urgent() -> None:
    async with clinics("riverside", pace="small_clinic") as w:
        circuits = circuits_of(w.services)
        await circuits.open(LANE, *LOCKED)
        await w.storage.due.put(waiting(w, "riverside", range(30)))
        await sweeps(w, 60 * 60)
        await w.storage.due.put(waiting(w, "riverside", range(3), priority=Priority.TODAY))
        await sweeps(w, 5 * 60)
        await circuits.accepted(LANE)
        fed = [job.due.priority for _, job in await sweeps(w, 400)]
        assert fed[:2] == [Priority.TODAY] * 2, "and the third was the probe"
        assert len(fed) >= 10


async def test_a_stopped_template_is_tried_every_half_hour_and_the_others_go() -> None:
    async with clinics("riverside") as w:
        circuits = circuits_of(w.services)
        await circuits.stop_template(*PAUSED)
        asks = PAUSED[:2]
        half_past = NOW + timedelta(minutes=30)
        assert await circuits.template_stopped(*asks, "a" * 26) == half_past
        assert await circuits.template_stopped(LANE, "appointment_reminder/hi", "a" * 26) is None
        assert await circuits.allows(LANE, "a" * 26), "the account is not stopped"
        assert await open_work(w) == [("template", "whatsapp")]
        w.clock.at = half_past
        assert await circuits.template_stopped(*asks, "a" * 26) is None, "the first that asks is the probe"
        assert await circuits.template_stopped(*asks, "b" * 26) == half_past + timedelta(minutes=30)
        assert await circuits.template_stopped(*asks, "a" * 26) is None, "delivered twice, it is the same message"
        await circuits.accepted(*asks)
        assert await circuits.template_stopped(*asks, "b" * 26) is None
        assert await open_work(w) == []


async def test_of_many_workers_that_ask_at_once_one_may_try_a_stopped_template() -> None:
    async with clinics("riverside") as w:
        instances = [circuits_of(w.services), circuits_of(another_instance(w))]
        await instances[0].stop_template(*PAUSED)
        w.clock.advance(minutes=31)
        answers = await asyncio.gather(
            *(instances[n % 2].template_stopped(*PAUSED[:2], f"{n:026d}") for n in range(20))
        )
        assert sum(answer is None for answer in answers) == 1


async def test_where_nothing_is_stopped_accepted_costs_nothing() -> None:
    stores: list[CountingRows] = []

    def counting(rows: object) -> CountingRows:
        stores.append(CountingRows(rows))  # type: ignore[arg-type]
        return stores[0]

    async with clinics("riverside", around_rows=counting) as w:
        circuits = circuits_of(w.services)
        await circuits.state(LANE)
        stores[0].requests.clear()
        for _ in range(100):
            await circuits.accepted(LANE, "appointment_reminder/en_GB")
            assert await circuits.allows(LANE, "a" * 26)
        assert stores[0].requests.total() == 0


async def test_a_stop_is_logged_with_its_account_and_code(caplog: pytest.LogCaptureFixture) -> None:
    async with clinics("riverside") as w:
        await circuits_of(w.services).open(LANE, *LOCKED)
        assert [record.getMessage() for record in caplog.records] == [
            "sending_stopped channel=whatsapp account=default code=131031"
        ]
