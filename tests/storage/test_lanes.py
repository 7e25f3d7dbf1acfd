"""Lanes: each row under its version, whoever writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import RowChanged
from shared.storage.contract import FeedState, Stop
from shared.storage.opened import OpenStorage
from tests.storage.conftest import OpenAnother
from tests.storage.samples import NOW
from tests.storage.wrappers import CountingRows

LANE = "whatsapp:default"
STATE = FeedState(
    swept_at=NOW,
    fed_until=NOW + timedelta(milliseconds=12),
    booked={"": (NOW,) * 5, "riverside": (NOW + timedelta(seconds=3),) * 5},
    pairs={"abcdefgh2345": NOW + timedelta(seconds=6)},
    counts={"2026112009": 17},
    turn="riverside",
    full_since=NOW,
)
STOP = Stop(LANE, "131031", "account", NOW, NOW + timedelta(minutes=5))


async def test_what_was_fed_comes_back_as_it_was_kept(storage: OpenStorage) -> None:
    assert (await storage.lanes.feed(LANE)).value == FeedState()
    await storage.lanes.keep_feed(LANE, STATE, "")
    assert (await storage.lanes.feed(LANE)).value == STATE


async def test_instants_are_kept_to_the_millisecond_and_never_earlier(in_memory: OpenStorage) -> None:
    await in_memory.lanes.keep_feed(LANE, FeedState(fed_until=NOW + timedelta(microseconds=1)), "")
    assert (await in_memory.lanes.feed(LANE)).value.fed_until == NOW + timedelta(milliseconds=1)


async def test_a_lane_at_full_speed_fits_into_its_row(storage: OpenStorage) -> None:
    busy = replace(
        STATE,
        pairs={f"{n:012d}": NOW + timedelta(milliseconds=n) for n in range(4_000)},
        booked={f"clinic-with-a-long-name-{n}": (NOW,) * 5 for n in range(300)},
    )
    await storage.lanes.keep_feed(LANE, busy, "")
    assert (await storage.lanes.feed(LANE)).value == busy


async def test_of_two_who_read_the_same_version_one_writes(storage: OpenStorage) -> None:
    first = await storage.lanes.keep_feed(LANE, STATE, "")
    with pytest.raises(RowChanged):
        await storage.lanes.keep_feed(LANE, STATE, "")
    second = await storage.lanes.keep_feed(LANE, replace(STATE, turn="lakeside"), first)
    with pytest.raises(RowChanged):
        await storage.lanes.keep_feed(LANE, STATE, first)
    await storage.lanes.keep_feed(LANE, STATE, second)


async def test_the_wire_is_kept_to_the_microsecond(storage: OpenStorage) -> None:
    assert (await storage.lanes.wire(LANE)).value is None
    version = await storage.lanes.keep_wire(LANE, NOW + timedelta(microseconds=12_501), "")
    kept = await storage.lanes.wire(LANE)
    assert (kept.value, kept.etag) == (NOW + timedelta(microseconds=12_501), version)
    await storage.lanes.keep_wire(LANE, NOW, version)
    with pytest.raises(RowChanged):
        await storage.lanes.keep_wire(LANE, NOW, version)


async def test_stops_of_all_lanes_are_one_request(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=CountingRows)
    named = Stop("wechat:h-1", "40037", "template", NOW, NOW, "a" * 26, 'any "name"/of a clinic')
    for stop in (STOP, named):
        await storage.lanes.keep_stop(stop, "")
    await storage.lanes.keep_feed(LANE, STATE, "")
    storage.rows.requests.clear()
    assert sorted(await storage.lanes.stops(), key=lambda stop: stop.lane, reverse=True) == [STOP, named]
    assert storage.rows.requests.total() == 1
    assert (await storage.lanes.stop(named.lane, named.template)).value == named
    await storage.lanes.end_stop(STOP)
    await storage.lanes.end_stop(STOP)
    assert list(await storage.lanes.stops()) == [named]
