"""What is still to be told: each thing once, by when it is due, and nobody's change overwrites another's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain.topics import Topic
from shared.storage.contract import Delivery
from shared.storage.opened import OpenStorage
from tests.services.rows import every_row
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS, planned
from tests.storage.wrappers import RepeatingRows, TinyPages

SUBSCRIPTION, ANOTHER = "s" * 26, "t" * 26
LATER = NOW + timedelta(hours=1)


def delivery(number: int = 1, subscription: str = SUBSCRIPTION, **changes: Any) -> Delivery:
    """Delivery `number`, due `number` seconds from now."""
    made = Delivery(
        subscription_id=subscription,
        event_id=PSEUDONYMS.digest("published", str(number)),
        topic=Topic.MESSAGE_SENT,
        clinic_id=CLINIC,
        channel="whatsapp",
        happening="accepted:accepted_1",
        occurred_at=NOW,
        kept_at=NOW,
        due_at=NOW + timedelta(seconds=number),
    )
    return replace(made, **changes)


async def test_a_delivery_comes_back_as_it_was_put(storage: OpenStorage) -> None:
    whole = delivery(
        attempts=3,
        message_id=planned().id,
        patient_key=planned().patient_key,
        said="cancel",
        suggestion="confirm",
        certain=True,
    )
    await storage.outbox.put([whole])
    assert await storage.outbox.read(SUBSCRIPTION, whole.event_id) == whole
    assert await storage.outbox.due(SUBSCRIPTION, LATER, 10) == [whole]


async def test_the_earliest_comes_first_and_nothing_before_its_time(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=TinyPages)
    mine = [delivery(n) for n in range(1, 8)]
    await storage.outbox.put([mine[n] for n in (3, 0, 6, 2, 5, 1, 4)])
    await storage.outbox.put([delivery(1, ANOTHER)])
    assert await storage.outbox.due(SUBSCRIPTION, NOW, 10) == []
    assert await storage.outbox.due(SUBSCRIPTION, NOW + timedelta(seconds=3), 10) == mine[:3]
    assert await storage.outbox.due(SUBSCRIPTION, LATER, 5) == mine[:5]


async def test_what_is_put_again_at_once_stays_as_it_is(storage: OpenStorage) -> None:
    await storage.outbox.put([delivery()])
    moved = replace(delivery(), due_at=LATER, attempts=1)
    assert await storage.outbox.move([(delivery(), moved)]) == [moved]
    await storage.outbox.put([replace(delivery(), kept_at=NOW + timedelta(seconds=30))])
    assert await storage.outbox.due(SUBSCRIPTION, LATER, 10) == [moved]


async def test_what_is_put_again_after_long_begins_its_wait_anew(storage: OpenStorage) -> None:
    """Whoever was about to forget it finds that it is not the one that they read."""
    await storage.outbox.put([delivery()])
    [as_read] = await storage.outbox.due(SUBSCRIPTION, LATER, 10)
    renewed = replace(delivery(), kept_at=LATER, due_at=LATER)
    await storage.outbox.put([renewed])
    assert not await storage.outbox.remove(as_read, unless_renewed=True)
    assert await storage.outbox.due(SUBSCRIPTION, LATER, 10) == [renewed]
    assert await storage.outbox.remove(renewed, unless_renewed=True)
    assert await storage.outbox.read(SUBSCRIPTION, renewed.event_id) is None


async def test_of_two_who_move_one_only_the_first_does(storage: OpenStorage) -> None:
    mine = [delivery(n) for n in range(1, 5)]
    await storage.outbox.put(mine)
    pairs = [(one, replace(one, due_at=LATER, attempts=1)) for one in mine]
    assert await storage.outbox.move(pairs[1:2]) == [pairs[1][1]]
    moved = await storage.outbox.move(pairs)
    assert {one.event_id for one in moved} == {mine[n].event_id for n in (0, 2, 3)}
    assert len(await storage.outbox.due(SUBSCRIPTION, LATER, 10)) == 4


async def test_what_was_told_goes_whoever_has_moved_it_meanwhile(storage: OpenStorage) -> None:
    await storage.outbox.put([delivery()])
    await storage.outbox.move([(delivery(), replace(delivery(), due_at=LATER, attempts=2))])
    assert await storage.outbox.remove(delivery())
    assert await storage.outbox.remove(delivery())
    assert await every_row(storage.rows, "outbox") == {}


async def test_a_request_whose_first_answer_was_lost_leaves_one(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=RepeatingRows)
    await storage.outbox.put([delivery()])
    assert await storage.outbox.due(SUBSCRIPTION, LATER, 10) == [delivery()]
    assert len(await every_row(storage.rows, "outbox")) == 2


async def test_many_who_put_the_same_leave_one(storage: OpenStorage) -> None:
    await asyncio.gather(*(storage.outbox.put([delivery(1), delivery(2)]) for _ in range(8)))
    assert await storage.outbox.due(SUBSCRIPTION, LATER, 10) == [delivery(1), delivery(2)]
    assert len(await every_row(storage.rows, "outbox")) == 4


async def test_what_waits_for_nobody_is_cleared_and_nobody_elses(open_store: OpenAnother) -> None:
    storage = await open_store()
    await storage.outbox.put([delivery(n) for n in range(1, 120)])
    await storage.outbox.put([delivery(1, ANOTHER)])
    assert await storage.outbox.clear(SUBSCRIPTION)
    assert await storage.outbox.due(SUBSCRIPTION, LATER, 10) == []
    assert await storage.outbox.due(ANOTHER, LATER, 10) == [delivery(1, ANOTHER)]
