"""How many requests to the tables a reminder costs, from its plan to `read`."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

from shared.domain.message import EventName, Kind, State
from shared.storage import memory
from shared.storage.contract import DueAction, DueRow, LogEntry
from tests.storage.samples import CLINIC, ENCRYPTION_KEYS, INDEX_KEY, NOW, TODAY, contact, entry, event, planned
from tests.storage.wrappers import CountingRows


async def test_a_reminder_costs_sixteen_requests_from_plan_to_read() -> None:
    counted: list[CountingRows] = []

    def count(rows: object) -> CountingRows:
        counted.append(CountingRows(rows))  # type: ignore[arg-type]
        return counted[0]

    storage = memory.open_storage(encryption_keys=ENCRYPTION_KEYS, index_key=INDEX_KEY, around_rows=count)

    async def cost(step: Awaitable[object]) -> int:
        before = counted[0].requests.total()
        await step
        return counted[0].requests.total() - before

    message = planned()
    due = DueRow(message.id, message.scheduled_for, DueAction.SEND)
    check = DueRow(message.id, message.scheduled_for + timedelta(minutes=2), DueAction.CHECK)
    line = LogEntry(NOW, TODAY, message.id, Kind.REMINDER, "whatsapp", State.ACCEPTED)
    messages = storage.messages
    costs = {
        "plan": await cost(storage.plans.write(CLINIC, [entry()], [contact()])),
        "release": await cost(storage.due.move([(due, check)])),
        "read": await cost(messages.whole(message.id)),
        "claim": await cost(messages.claim(event(message.id, EventName.CLAIMED, owner="w"))),
        "accepted": await cost(messages.append(event(message.id, EventName.ACCEPTED, provider_id="wamid.1"))),
        "log": await cost(storage.log.append(line)),
        "sent": await cost(messages.append(event(message.id, EventName.SENT))),
        "delivered": await cost(messages.append(event(message.id, EventName.DELIVERED))),
        "finished": await cost(storage.due.delete(message.id, check.key)),
        "read receipt": await cost(messages.append(event(message.id, EventName.READ))),
    }
    assert costs == {
        "plan": 7, "release": 1, "read": 1, "claim": 1, "accepted": 1, "log": 1, "sent": 1, "delivered": 1,
        "finished": 1, "read receipt": 1,
    }  # fmt: skip
    assert sum(costs.values()) == 16  # two of them for the lines by which a new patient is found: once for each patient
