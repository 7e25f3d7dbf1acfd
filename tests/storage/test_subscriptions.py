"""Who wants to be told stands in storage, its secrets sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain.topics import Topic
from shared.storage.contract import Subscription
from shared.storage.opened import OpenStorage
from shared.storage.rows import Change, Row, Verb
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS

URL = "https://prod-01.westeurope.logic.azure.com/workflows/w/triggers/t/paths/invoke?sig=" + "s" * 600


def subscription(number: int = 1, **changes: Any) -> Subscription:
    made = Subscription(
        id=PSEUDONYMS.digest("subscription", str(number)),
        topic=Topic.MESSAGE_SENT,
        clinics=frozenset({CLINIC}),
        channel="whatsapp",
        callback_url=URL,
        token_hash=PSEUDONYMS.digest("subscription-token", str(number)),
        made_by="key-of-ward-7",
        made_at=NOW,
    )
    return replace(made, **changes)


async def test_a_subscription_comes_back_as_it_was_put(storage: OpenStorage) -> None:
    whole = subscription(
        2,
        clinics=frozenset({"lakeside", "riverside"}),
        channel="",
        ended_at=NOW,
        ended_why="gone",
        failures=3,
        failing_since=NOW,
        paused_until=NOW + timedelta(minutes=1),
        gone=("a" * 26, "b" * 26),
    )
    everywhere = subscription(3, clinics=None)
    for one in (subscription(), whole, everywhere):
        await storage.subscriptions.add(one)
        there = await storage.subscriptions.read(one.id)
        assert there is not None
        assert replace(there, etag="") == one
    assert {one.id for one in await storage.subscriptions.all()} == {subscription(n).id for n in (1, 2, 3)}


async def test_of_two_who_change_one_the_second_is_told(storage: OpenStorage) -> None:
    await storage.subscriptions.add(subscription())
    first, second = [await storage.subscriptions.read(subscription().id) for _ in range(2)]
    assert first is not None
    assert second is not None
    assert await storage.subscriptions.save(replace(first, failures=1))
    assert not await storage.subscriptions.save(replace(second, failures=7))
    there = await storage.subscriptions.read(first.id)
    assert there is not None
    assert there.failures == 1


async def test_what_was_removed_is_gone_and_cannot_be_saved(storage: OpenStorage) -> None:
    await storage.subscriptions.add(subscription())
    there = await storage.subscriptions.read(subscription().id)
    assert there is not None
    await storage.subscriptions.remove(there.id)
    await storage.subscriptions.remove(there.id)
    assert await storage.subscriptions.read(there.id) is None
    assert not await storage.subscriptions.save(there)
    assert await storage.subscriptions.all() == []


async def test_one_that_does_not_open_any_more_keeps_nobody_from_the_others(storage: OpenStorage) -> None:
    """A key that was lost: nothing could be recorded if all of them were refused."""
    await storage.subscriptions.add(subscription(1))
    await storage.subscriptions.add(subscription(2))
    spoilt = Row("subscription", subscription(1).id, {"sealed": b"nonsense"})
    await storage.rows.write("subscriptions", Change(Verb.MERGE, spoilt))
    assert [one.id for one in await storage.subscriptions.all()] == [subscription(2).id]


def test_it_covers_its_own_clinics_and_channel() -> None:
    own = subscription()
    assert own.covers(CLINIC, "whatsapp")
    assert not own.covers("lakeside", "whatsapp")
    assert not own.covers(CLINIC, "wechat")
    assert subscription(clinics=None, channel="").covers("unassigned", "wechat")
