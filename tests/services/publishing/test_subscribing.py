"""Flows begin and end their subscriptions; nobody else can, and nobody sees more than its caller may."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from shared.domain.message import Event, EventName
from shared.domain.topics import Topic
from shared.errors import Conflict, Forbidden, InvalidInput, NotFound, StorageUnavailable
from shared.services.callers import Caller, Permission
from shared.services.publishing.subscribe import MOST
from shared.storage.contract import ApiKey
from shared.storage.rows import RowPage, Span
from shared.wiring.services import build_services
from tests.services.publishing.audience import OPERATOR, WARD, Audience, subscribed, tell, url, waiting
from tests.services.rows import every_row
from tests.storage.wrappers import PassingRows
from tests.world import World, appointment, world

SENDER = Caller("key-3", "a form", frozenset({"riverside"}), frozenset({Permission.SEND}))


async def sent(w: World) -> None:
    await w.plan()
    w.clock.advance(hours=1)
    await w.send_for(10)


async def test_a_subscription_has_an_id_and_a_token_that_nobody_can_guess() -> None:
    async with world(subscribers=Audience()) as w:
        await w.clinic()
        done = [await subscribed(w, Topic.MESSAGE_SENT) for _ in range(20)]
        assert len({one.subscription.id for one in done} | {one.token for one in done}) == 40
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one.token) for one in done)  # 256 bits


async def test_neither_the_url_nor_the_token_stands_readable_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with world(appointment(), subscribers=Audience()) as w:
        await w.clinic()
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w)
        await tell(w)
        stored = str(await every_row(w.storage.rows))
        assert done.subscription.id in stored
        for secret in (done.token, "made-up", "logic.azure.com"):
            assert secret not in stored
            assert secret not in caplog.text


@pytest.mark.parametrize(
    ("caller", "clinic", "error"),
    [
        (WARD, "lakeside", Forbidden),
        (WARD, "nowhere", Forbidden),
        (OPERATOR, "nowhere", NotFound),
        (SENDER, "riverside", Forbidden),
        (SENDER, "", Forbidden),
    ],
)
async def test_nobody_subscribes_to_what_they_may_not_see(caller: Caller, clinic: str, error: type[Exception]) -> None:
    async with world(subscribers=Audience()) as w:
        await w.clinic()
        with pytest.raises(error):
            await subscribed(w, Topic.MESSAGE_SENT, caller=caller, clinic=clinic)
        assert await w.storage.subscriptions.all() == []


async def test_a_url_that_may_not_be_called_is_refused_and_nothing_is_kept() -> None:
    async with world(subscribers=Audience(refuses=InvalidInput("No."))) as w:
        await w.clinic()
        with pytest.raises(InvalidInput):
            await subscribed(w, Topic.MESSAGE_SENT)
        assert await w.storage.subscriptions.all() == []


async def test_the_guard_is_there_without_anybody_putting_it_in() -> None:
    async with world() as w:
        await w.clinic()
        for bad in ("https://example.org/w", "http://one.logic.azure.com/w", "https://127.0.0.1/w"):
            with pytest.raises(InvalidInput):
                await w.services.subscribe(WARD, Topic.MESSAGE_SENT, bad)


async def test_a_caller_has_so_many_and_no_more_and_leaves_others_theirs() -> None:
    async with world(subscribers=Audience()) as w:
        await w.clinic()
        done = [await subscribed(w, Topic.MESSAGE_SENT, f"flow-{n}") for n in range(MOST)]
        with pytest.raises(Conflict, match=str(MOST)):
            await subscribed(w, Topic.MESSAGE_SENT)
        await subscribed(w, Topic.MESSAGE_SENT, caller=OPERATOR)
        await w.services.unsubscribe(done[0].subscription.id, done[0].token)
        await subscribed(w, Topic.MESSAGE_SENT)


async def test_who_has_unsubscribed_is_told_nothing_more_and_may_do_so_again() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic()
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w)
        assert await every_row(w.storage.rows, "outbox")
        for _ in range(2):
            await w.services.unsubscribe(done.subscription.id, done.token)
        await tell(w)
        assert audience.told == []
        assert await every_row(w.storage.rows, "outbox") == {}
        w.clock.advance(hours=2)
        await tell(w)
        assert await every_row(w.storage.rows, "subscriptions", "outbox") == {}
        await w.services.unsubscribe(done.subscription.id, done.token)


async def test_when_a_key_is_revoked_what_it_asked_for_ends() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic()
        mine = await subscribed(w, Topic.MESSAGE_SENT)
        other = await subscribed(w, Topic.MESSAGE_SENT, "other", OPERATOR)
        await w.storage.api_keys.add("h" * 26, ApiKey(WARD.id, WARD.name, frozenset(), w.clock.now()))
        await sent(w)
        await w.storage.api_keys.revoke(WARD.id, w.clock.now())
        await tell(w)
        assert [to for to, _ in audience.told] == [url("other")]
        active = {one.id: one.active for one in await w.storage.subscriptions.all()}
        assert active == {mine.subscription.id: False, other.subscription.id: True}


async def test_nobody_knowing_who_wants_to_be_told_keeps_no_event_from_being_recorded() -> None:
    class Deaf(PassingRows):
        deaf = False

        async def query(self, table: str, span: Span, **more: Any) -> RowPage:
            if self.deaf and table == "subscriptions":
                raise StorageUnavailable("The store did not answer.")
            return await super().query(table, span, **more)

    rows: list[Deaf] = []

    def around(inner: Any) -> Deaf:
        rows.append(Deaf(inner))
        return rows[0]

    async with world(appointment(), subscribers=Audience(), around_rows=around) as w:
        await w.clinic()
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_due()
        rows[0].deaf = True
        w.clock.advance(hours=1)
        await w.receipts()
        assert (await w.told())["a1", "7d"] == "read"
        assert await waiting(w, done) == 1


async def test_a_wrong_token_changes_nothing_and_is_answered_like_a_right_one() -> None:
    async with world(subscribers=Audience()) as w:
        await w.clinic()
        mine = await subscribed(w, Topic.MESSAGE_SENT)
        other = await subscribed(w, Topic.MESSAGE_SENT)
        await w.services.unsubscribe(mine.subscription.id, other.token)
        await w.services.unsubscribe(mine.subscription.id, "a" * 43)
        await w.services.unsubscribe("a" * 26, mine.token)
        assert all(one.active for one in await w.storage.subscriptions.all())


@pytest.mark.parametrize(("one", "token"), [("x", "a" * 43), ("a" * 26, ""), ("a" * 26, "a/b"), ("ä" * 26, "a" * 43)])
async def test_what_can_be_none_of_ours_is_not_there(one: str, token: str) -> None:
    async with world(subscribers=Audience()) as w:
        with pytest.raises(NotFound):
            await w.services.unsubscribe(one, token)


async def test_a_subscription_counts_at_once_where_it_was_made_and_within_a_minute_everywhere() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic()
        await sent(w)  # this process has read that there is none
        another = build_services(w.settings, w.storage, w.clock, subscribers=audience)
        done = await another.subscribe(WARD, Topic.MESSAGE_STATUS, url("flow"))
        message_id = (await w.message()).message.id

        def unknown(attempt: int) -> Event:
            return Event(message_id, EventName.UNKNOWN, w.clock.now(), attempt)

        await another.send.messages.append(unknown(7))
        assert await waiting(w, done) == 1
        await w.services.send.messages.append(unknown(8))
        assert await waiting(w, done) == 1
        w.clock.advance(seconds=61)
        await w.services.send.messages.append(unknown(9))
        assert await waiting(w, done) == 2
