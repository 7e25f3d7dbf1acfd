"""Release as the only feeder: within each lane's pace, the more urgent first, each clinic in its turn, none starved."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest

from shared.domain.message import Priority
from shared.services.sending.lane_feed import AHEAD
from shared.storage.contract import DueAction, DueRow, WorkKind
from shared.wiring.services import build_services
from tests.services.lanes import LANE, OTHER_LANE, CountingMoves, clinic_of, sweep, sweeps, waiting
from tests.world import NOW, World, clinic_document, world

HOUR = timedelta(hours=1)


@asynccontextmanager
async def clinics(*names: str, around_rows: Any = lambda rows: rows, **way: Any) -> AsyncGenerator[World]:
    """A world with these clinics on one account of WhatsApp."""
    async with world(around_rows=around_rows) as w:
        for name in names:
            ways = [{"channel": "whatsapp", "opt_in": "opt_out", **way}]
            await w.services.clinics.load(clinic_document(id=name, channels=ways), name)
        yield w


async def test_no_sweep_gives_out_more_wire_time_than_has_passed() -> None:
    async with clinics("riverside") as w:
        await w.storage.due.put(waiting(w, "riverside", range(3_000)))
        fed = await sweeps(w, 60)
        assert len({job.message_id for _, job in fed}) == len(fed) == 3_000
        for seconds in range(0, 60, 5):
            so_far = sum(at <= NOW + timedelta(seconds=seconds) for at, _ in fed)
            assert so_far <= 80 * (seconds + AHEAD.total_seconds()) + 1
        assert max(at for at, _ in fed) <= NOW + timedelta(seconds=3_000 / 80 + 5), "and none is left unused"


@pytest.mark.parametrize(("messages", "parked"), [(1_500, 0), (4_000, 2_200)])
async def test_who_goes_soon_stays_and_who_waits_longer_moves_once(messages: int, parked: int) -> None:
    stores: list[CountingMoves] = []

    def counting(rows: Any) -> CountingMoves:
        stores.append(CountingMoves(rows))
        return stores[0]

    async with clinics("riverside", around_rows=counting) as w:
        await w.storage.due.put(waiting(w, "riverside", range(messages)))
        stores[0].written = 0
        assert len(await sweeps(w, 60)) == messages
        assert stores[0].written - messages <= parked * 1.1, "beside the move of each to be looked after"


async def test_what_is_more_than_one_reading_takes_hides_nobody_either() -> None:
    async with clinics("aardvark", "riverside") as w:
        release = replace(w.services.release, limit=2_000)
        await w.storage.due.put(waiting(w, "aardvark", range(5_000)))
        await w.storage.due.put(waiting(w, "riverside", range(20), lane=OTHER_LANE))
        assert sum(clinic_of(job) == "riverside" for job in await sweep(w, release)) == 20


async def test_a_backlog_hides_nobody_elses_rows() -> None:
    """One clinic has 7 times its usual: 7,000 messages. Those of another one on the same account, and those of another
    account, are not late."""
    async with clinics("aardvark", "riverside") as w:
        await w.services.clinics.load(
            clinic_document(id="lakeside", channels=[{"channel": "whatsapp", "account": "own"}]), "lakeside"
        )
        await w.storage.due.put(waiting(w, "aardvark", range(7_000)))
        await w.storage.due.put(waiting(w, "riverside", range(100)))
        await w.storage.due.put(waiting(w, "lakeside", range(100), lane=OTHER_LANE))

        async def more_comes() -> None:
            if w.clock.now() == NOW + timedelta(seconds=20):
                await w.storage.due.put(waiting(w, "riverside", range(100, 200)))
                await w.storage.due.put(waiting(w, "lakeside", range(100, 200), lane=OTHER_LANE))

        fed = await sweeps(w, 110, more_comes)
        when = {
            name: [at for at, job in fed if clinic_of(job) == name] for name in ("aardvark", "riverside", "lakeside")
        }
        assert {name: len(found) for name, found in when.items()} == {
            "aardvark": 7_000,
            "riverside": 200,
            "lakeside": 200,
        }
        for name in ("riverside", "lakeside"):
            assert when[name] == [NOW] * 100 + [NOW + timedelta(seconds=20)] * 100
        assert max(when["aardvark"]) <= NOW + timedelta(seconds=7_100 / 80 + 10)


async def test_clinics_that_share_a_slow_account_take_turns() -> None:
    async with clinics("lakeside", "riverside", pace="small_clinic") as w:
        await w.storage.due.put(waiting(w, "lakeside", range(200)))
        await w.storage.due.put(waiting(w, "riverside", range(20), NOW + timedelta(seconds=1)))
        fed = await sweeps(w, 180)
        first_minutes = Counter(clinic_of(job) for _, job in fed[:40])
        assert first_minutes["riverside"] >= 15
        assert len(fed) == pytest.approx(20 * 3, abs=4), "20 a minute"


async def test_the_more_urgent_go_first_and_take_the_places_of_those_that_wait() -> None:
    async with clinics("riverside", pace="small_clinic") as w:
        await w.storage.due.put(waiting(w, "riverside", range(100)))
        await sweeps(w, 20)
        for priority in (Priority.TODAY, Priority.ANSWER, Priority.PRESCRIPTION):
            await w.storage.due.put(waiting(w, "riverside", range(3), priority=priority))
        fed = [job.due.priority for _, job in await sweeps(w, 60)]
        assert fed[:9] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
        assert set(fed[9:]) == {Priority.LATER}


async def test_the_least_urgent_go_although_answers_never_end() -> None:
    async with clinics("riverside", pace="small_clinic") as w:
        [broadcast] = waiting(w, "riverside", [1], priority=Priority.BROADCAST)
        await w.storage.due.put([broadcast])
        numbers = count()

        async def more_answers_than_wire_time() -> None:
            answers = waiting(w, "riverside", [next(numbers) for _ in range(3)], priority=Priority.ANSWER)
            await w.storage.due.put(answers)

        fed = await sweeps(w, 90 * 60, more_answers_than_wire_time)
        [went] = [at for at, job in fed if job.message_id == broadcast.message_id]
        assert went <= NOW + timedelta(minutes=85), "four classes in 40 minutes, and then whoever waits longest"
        assert went >= NOW + timedelta(minutes=40)


async def test_one_patient_gets_one_message_in_six_seconds() -> None:
    async with clinics("riverside") as w:
        rows = waiting(w, "riverside", range(4), pair="p" * 26)
        await w.storage.due.put([*rows, *waiting(w, "riverside", range(4, 8))])
        fed = await sweeps(w, 40)
        to_the_pair = [at for at, job in fed if job.due.pair == "p" * 26]
        assert len(to_the_pair) == 4
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(to_the_pair)]
        assert min(gaps) >= 6
        assert max(gaps) <= 10, "with the next sweep after the six seconds"
        assert [at for at, job in fed if job.due.pair != "p" * 26] == [NOW] * 4


async def test_two_instances_at_once_give_out_one_budget() -> None:
    async with clinics("riverside") as w:
        other = build_services(w.settings, w.storage, w.clock).release
        await w.storage.due.put(waiting(w, "riverside", range(4_000)))
        fed = 0
        for _ in range(6):
            both = await asyncio.gather(sweep(w), sweep(w, other))
            fed += len({job.message_id for jobs in both for job in jobs})
            assert sum(map(len, both)) == len({job.message_id for jobs in both for job in jobs})
            w.clock.advance(seconds=5)
        assert 80 * 25 * 0.9 <= fed <= 80 * (25 + AHEAD.total_seconds())


async def test_instances_that_take_turns_share_one_budget() -> None:
    async with clinics("riverside") as w:
        other = build_services(w.settings, w.storage, w.clock).release
        await w.storage.due.put(waiting(w, "riverside", range(6_000)))
        fed = 0
        for instance in [w.services.release, other] * 5:
            fed += len(await sweep(w, instance))
            w.clock.advance(seconds=5)
        assert 80 * 45 <= fed <= 80 * (45 + AHEAD.total_seconds())


async def test_a_lane_of_one_message_a_minute_sends_one_a_minute() -> None:
    async with clinics("riverside", pace=1) as w:
        await w.storage.due.put(waiting(w, "riverside", range(10)))
        fed = [at for at, _ in await sweeps(w, 300)]
        assert len(fed) in (5, 6)
        assert all(later - earlier >= timedelta(seconds=60) for earlier, later in pairwise(fed))


async def open_work(w: World, clinic: str = "riverside") -> list[tuple[str, str]]:
    page = await w.storage.worklist.open_items(clinic, frozenset({WorkKind.SENDING_STOPPED}), 10, "")
    return [(item.reason, item.channel) for item in page.items]


async def test_over_the_messaging_limit_they_wait_a_day_and_staff_are_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with clinics("riverside", "lakeside", per_day=250) as w:
        await w.storage.due.put(waiting(w, "riverside", range(300)))
        assert len(await sweeps(w, 3600)) == 250
        assert await open_work(w) == await open_work(w, "lakeside") == [("daily_limit", "whatsapp")]
        assert [record.getMessage() for record in caplog.records] == [
            "daily_limit_met channel=whatsapp account=default"
        ]
        rows = await w.storage.due.take(NOW + timedelta(days=3), 1_000)
        assert {row.at for row in rows} == {datetime(2026, 11, 21, 10, tzinfo=UTC)}
        w.clock.at = datetime(2026, 11, 21, 10, tzinfo=UTC)
        assert len(await sweeps(w, 60)) == 50
        assert await open_work(w) == [], "it sends again"


async def test_a_retry_does_not_count_against_the_limit() -> None:
    async with clinics("riverside", per_day=10) as w:
        await w.storage.due.put(waiting(w, "riverside", range(10)))
        jobs = await sweep(w)
        assert len(jobs) == 10
        w.clock.advance(minutes=1)
        again = [replace(job.due, at=w.clock.now(), action=DueAction.SEND, attempt=2) for job in jobs]
        await w.storage.due.put([*again, *waiting(w, "riverside", [11])])
        assert {job.message_id for job in await sweep(w)} == {job.message_id for job in jobs}


async def test_the_quota_of_wechat_ends_at_midnight_in_beijing() -> None:
    async with world() as w:
        ways = [{"channel": "wechat", "opt_in": "opt_out", "per_day": 5}]
        await w.services.clinics.load(clinic_document(id="lotus", channels=ways), "lotus")
        await w.storage.due.put(waiting(w, "lotus", range(12), lane="wechat:default"))
        assert len(await sweeps(w, 60)) == 5
        midnight = datetime(2026, 11, 20, 16, tzinfo=UTC)
        w.clock.at = midnight - timedelta(seconds=5)
        fed = [at for at, _ in await sweeps(w, 60)]
        assert fed == [midnight] * 5
        [row, other] = await w.storage.due.take(NOW + timedelta(days=9), 10)
        assert row.at == other.at == midnight + timedelta(days=1)


async def test_an_outage_of_the_feeder_does_not_undo_priorities() -> None:
    async with clinics("riverside", pace="small_clinic") as w:
        await w.storage.due.put(waiting(w, "riverside", range(10), NOW - 3 * HOUR))
        await w.storage.due.put(waiting(w, "riverside", range(3), NOW - HOUR, priority=Priority.TODAY))
        fed = [job.due.priority for _, job in await sweeps(w, 60)]
        assert fed[:3] == [Priority.TODAY] * 3


async def test_rows_without_a_lane_go_without_a_pace() -> None:
    async with clinics("riverside") as w:
        rows = [replace(row, lane="", pair="") for row in waiting(w, "riverside", range(1_000))]
        await w.storage.due.put(rows)
        assert len(await sweep(w)) == 1_000
        assert await w.storage.rows.get("lanes", LANE, "feed") is None


async def test_a_job_tells_when_its_message_was_counted() -> None:
    async with clinics("riverside", per_day=10) as w:
        await w.storage.due.put(waiting(w, "riverside", [1]))
        [job] = await sweep(w)
        again: DueRow = type(job).from_json(job.to_json()).due
        assert again == job.due
        assert again.counted_at == NOW
