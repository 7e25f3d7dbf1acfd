"""An alarm when more than a fifth of a clinic's messages fail within an hour."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.message import Event, EventName, Message
from shared.services.record import Recorder
from shared.storage.contract import WorkItem, WorkKind
from shared.storage.rows import Rows
from tests.storage.samples import planned
from tests.storage.wrappers import CountingRows
from tests.world import NOW, World, clinic_document, world

LATER = NOW + timedelta(minutes=30)


async def handed(w: World, count: int, *, first: int = 0, failed: int = 0, minutes: int = 0, **changes: Any) -> None:
    """Messages that were claimed `minutes` after nine, the first ones of which failed at once."""
    at = NOW + timedelta(minutes=minutes)
    for n in range(first, first + count):
        message: Message = planned(f"A-{n}", **changes)
        await claimed(w, message, minutes=minutes)
        if n < first + failed:
            await w.storage.failures.note(message.lane, "riverside", message.id.digest, at)


async def claimed(w: World, message: Message, minutes: int = 0) -> None:
    recorder = Recorder(messages=w.storage.messages, daylog=w.storage.log, clinics=w.services.clinics)
    at = NOW + timedelta(minutes=minutes)
    await recorder.record(message, Event(message.id, EventName.CLAIMED, at, 1 + minutes, owner="w"))


async def alarms(w: World) -> Sequence[WorkItem]:
    await w.services.watch_failures()
    kinds = frozenset({WorkKind.FAILURES_HIGH})
    return (await w.storage.worklist.open_items("riverside", kinds, 100, "")).items


@pytest.mark.parametrize(
    ("count", "failed", "alarm"),
    [(5, 5, "5/5"), (4, 4, None), (24, 5, "5/24"), (25, 5, None), (100, 20, None), (99, 20, "20/99"), (0, 0, None)],
)
async def test_at_least_five_and_more_than_a_fifth(count: int, failed: int, alarm: str | None) -> None:
    async with world() as w:
        await w.clinic()
        await handed(w, count, failed=failed)
        w.clock.at = LATER
        assert [item.reason for item in await alarms(w)] == ([alarm] if alarm else [])


async def test_an_alarm_is_an_error_in_the_log_and_one_item_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "shared.services.staff.alarms")
    async with world() as w:
        await w.clinic()
        await handed(w, 10, failed=6)
        for minutes in (15, 30, 45):
            w.clock.at = NOW + timedelta(minutes=minutes)
            [item] = await alarms(w)
        assert (item.channel, item.reason, item.act_by) == ("whatsapp", "6/10", NOW + timedelta(minutes=15))
        said = [(r.levelname, r.getMessage()) for r in caplog.records]
        assert said == [("ERROR", "failures_high clinic=riverside channel=whatsapp failed=6 count=10")] * 3
        await handed(w, 10, first=20, failed=6, minutes=50)
        w.clock.at = NOW + timedelta(minutes=65)
        assert [item.reason for item in await alarms(w)] == ["6/10", "6/10"]


async def test_only_the_last_hour_counts() -> None:
    async with world() as w:
        await w.clinic()
        await handed(w, 5, failed=5)
        w.clock.at = NOW + timedelta(minutes=60)
        assert await alarms(w) == ()


async def test_a_failure_of_what_left_long_ago_is_weighed_as_well() -> None:
    async with world() as w:
        await w.clinic()
        await handed(w, 10, first=100, minutes=130)
        for n in range(5):
            late = planned(f"A-{n}")
            await w.storage.failures.note(late.lane, "riverside", late.id.digest, NOW + timedelta(minutes=130))
        w.clock.at = NOW + timedelta(minutes=140)
        assert [item.reason for item in await alarms(w)] == ["5/15"]


async def test_a_message_that_was_tried_often_counts_once() -> None:
    async with world() as w:
        await w.clinic()
        for minutes in range(6):
            await claimed(w, planned("A-0"), minutes)
        await handed(w, 9, first=1, failed=5)
        w.clock.at = LATER
        assert [item.reason for item in await alarms(w)] == ["5/10"]


async def test_each_channel_and_each_clinic_is_weighed_alone() -> None:
    async with world() as w:
        await w.clinic()
        await w.services.clinics.load(clinic_document(id="lakeside"), "test")
        await handed(w, 100, channel="wechat")
        await handed(w, 5, first=200, failed=5)
        w.clock.at = LATER
        assert [(item.channel, item.reason) for item in await alarms(w)] == [("whatsapp", "5/5")]
        assert (await w.storage.worklist.open_items("lakeside", frozenset(), 10, "")).items == ()


async def test_a_look_costs_one_request_for_each_clinic_and_few_where_something_failed() -> None:
    counted: list[CountingRows] = []

    def count(rows: Rows) -> CountingRows:
        counted.append(CountingRows(rows))
        return counted[0]

    async with world(around_rows=count) as w:
        await w.clinic()
        await w.services.clinics.load(clinic_document(id="lakeside"), "test")
        await handed(w, 3_000)
        w.clock.at = LATER
        await w.services.watch_failures()
        counted[0].requests.clear()
        await w.services.watch_failures()
        assert dict(counted[0].requests) == {"failures": 2}
        await handed(w, 10, first=5_000, failed=10)
        counted[0].requests.clear()
        assert await alarms(w) == ()
        assert dict(counted[0].requests) == {"failures": 2, "daylog": 1, "worklist": 1}
