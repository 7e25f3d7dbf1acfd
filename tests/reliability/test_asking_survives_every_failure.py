"""What a person asks for, with every call to the store failing once, before or after it was done, then asked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from shared.errors import StorageUnavailable
from shared.services.asking.addressee import ReplyTo
from shared.services.asking.reply import Reply
from shared.services.asking.schedule_rows import ReminderAsked
from shared.services.callers import Caller
from shared.services.staff.consent import Wish
from shared.services.work_items import public_id
from shared.storage.contract import ConsentMethod
from shared.storage.rows import Change, Row, RowPage, Rows, Span
from tests.reliability.test_every_call_fails_once import How
from tests.services.conversation import PHONE, Conversation, asked
from tests.storage.wrappers import PassingRows
from tests.world import patient

NURSE = Caller("key-1", "nurse station 2", frozenset({"riverside"}))
MOST_CALLS = 60
WORDS = "Please bring your tablets with you."

type Ask = Callable[[], Awaitable[object]]
type Prepare = Callable[[Conversation], Awaitable[Ask]]


@dataclass(frozen=True)
class Ending:
    """What the patient got, what is still open for staff, and whether the patient is written to."""

    received: Sequence[str]
    open_items: int
    opted_out: bool


class FailingRows(PassingRows):
    """A store at which the call of that number fails, from the moment that `number` is set."""

    def __init__(self, inner: Rows) -> None:
        super().__init__(inner)
        self.calls = 0
        self.number: int | None = None
        self.how = How.BEFORE
        self.failed = False

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        return await self._called(super().get(table, partition, key))

    async def query(self, table: str, span: Span, **options: Any) -> RowPage:
        return await self._called(super().query(table, span, **options))

    async def write(self, table: str, change: Change) -> str:
        return await self._called(super().write(table, change))

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        return await self._called(super().apply(table, changes))

    async def _called[R](self, call: Awaitable[R]) -> R:
        self.calls += 1
        if self.calls != self.number:
            return await call
        self.failed = True
        if self.how is How.BEFORE:
            call.close()  # type: ignore[attr-defined]
        else:
            await call
        raise StorageUnavailable("The store did not answer.")


async def a_reminder(talk: Conversation) -> Ask:
    return lambda: talk.w.services.remind(NURSE, "whatsapp", "riverside", ReminderAsked("a1"), "key-1")


async def a_reply(talk: Conversation) -> Ask:
    [item] = await talk.work()
    written = Reply(WORDS, ReplyTo(public_id(item)), resolve=True)
    return lambda: talk.w.services.reply(NURSE, "whatsapp", "", written, "key-1")


async def an_opt_out(talk: Conversation) -> Ask:
    key, wish = talk.w.pseudonyms.patient("riverside", patient().id), Wish(False, ConsentMethod.PHONE)
    return lambda: talk.w.services.consent(NURSE, "riverside", key, "whatsapp", wish)


async def over(prepare: Prepare, number: int | None, how: How) -> tuple[Ending, FailingRows]:
    """How it ends where the call of that number fails the first time that it is asked, and it is asked again."""
    stores: list[FailingRows] = []
    async with asked(around_rows=lambda rows: stores.append(FailingRows(rows)) or stores[0]) as talk:
        await talk.write("Shall I bring my tablets?")
        ask, [store] = await prepare(talk), stores
        store.calls, store.number, store.how = 0, number, how
        with suppress(StorageUnavailable):
            await ask()
        calls, store.number = store.calls, None
        talk.w.clock.advance(minutes=3)
        await ask()
        await talk.w.send_for(180)
        key = talk.w.pseudonyms.address("riverside", "whatsapp", PHONE)
        standing = await talk.w.storage.patients.standing("riverside", "whatsapp", key, talk.w.clock.now())
        ending = Ending(talk.on_the_phone()[talk.asked :], len(await talk.work()), standing.opted_out)
        store.calls = calls
        return ending, store


@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize(
    ("prepare", "messages", "open_items", "opted_out"),
    [(a_reminder, 1, 1, False), (a_reply, 1, 0, False), (an_opt_out, 0, 1, True)],
)
async def test_every_call_may_fail_once_and_asking_again_mends_it(
    prepare: Prepare, messages: int, open_items: int, opted_out: bool, how: How
) -> None:
    usual, undisturbed = await over(prepare, None, how)
    assert (len(usual.received), usual.open_items, usual.opted_out) == (messages, open_items, opted_out)
    assert 3 < undisturbed.calls < MOST_CALLS
    for number in range(1, undisturbed.calls + 1):
        found, failing = await over(prepare, number, how)
        assert failing.failed, number
        assert found == usual, f"call {number} failed {how}"
