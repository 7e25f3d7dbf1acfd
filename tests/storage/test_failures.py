"""Failures of the last hour, by one range read."""

from __future__ import annotations

from datetime import timedelta

from shared.storage import memory
from shared.storage.contract import Failure
from shared.storage.opened import OpenStorage
from shared.storage.rows import Rows
from tests.storage.samples import CLINIC, ENCRYPTION_KEYS, INDEX_KEY, NOW
from tests.storage.wrappers import CountingRows

LANE = "whatsapp:default"
HOUR = timedelta(hours=1)


async def test_the_failures_of_the_last_hour_are_found_each_once(storage: OpenStorage) -> None:
    for digest, minutes in (("a", 59), ("b", 5), ("b", 5), ("c", 61), ("d", -1)):
        await storage.failures.note(LANE, CLINIC, digest * 26, NOW - timedelta(minutes=minutes))
    await storage.failures.note("wechat:gh_1_x", CLINIC, "e" * 26, NOW)
    await storage.failures.note(LANE, "riverside-2", "f" * 26, NOW)
    found = await storage.failures.since(CLINIC, NOW - HOUR, NOW)
    assert {(one.lane, one.message_digest[0]) for one in found} == {
        (LANE, "a"), (LANE, "b"), (LANE, "d"), ("wechat:gh_1_x", "e"),
    }  # fmt: skip
    assert len(found) == 4


async def test_an_hour_over_midnight_is_whole(storage: OpenStorage) -> None:
    midnight = NOW.replace(hour=0, minute=0)
    for minutes in (-40, -10, 10):
        digest = "abc"[minutes % 3] * 26
        await storage.failures.note(LANE, CLINIC, digest, midnight + timedelta(minutes=minutes))
    now = midnight + timedelta(minutes=15)
    assert len(await storage.failures.since(CLINIC, now - HOUR, now)) == 3
    assert len(await storage.failures.since(CLINIC, now - HOUR / 2, now)) == 2
    assert await storage.failures.since("lotus", now - HOUR, now) == []


async def test_a_note_and_a_look_are_one_request_each() -> None:
    counted: list[CountingRows] = []

    def count(rows: Rows) -> CountingRows:
        counted.append(CountingRows(rows))
        return counted[0]

    storage = memory.open_storage(encryption_keys=ENCRYPTION_KEYS, index_key=INDEX_KEY, around_rows=count)
    await storage.failures.note(LANE, CLINIC, "a" * 26, NOW)
    assert counted[0].requests.total() == 1
    assert await storage.failures.since(CLINIC, NOW - HOUR, NOW) == [Failure(LANE, "a" * 26)]
    assert counted[0].requests.total() == 2
