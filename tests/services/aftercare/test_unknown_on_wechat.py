"""WeChat tells a repeat of one client_msg_id apart for ten minutes: an unknown outcome is resolved by asking again."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.appointment import Appointment, AppointmentStatus, Telecom, TelecomSystem
from shared.domain.message import State
from tests.services.looks import ONE_STEP, events, next_due, open_items
from tests.world import World, appointment, patient, world

FOLLOWER = "oMock_follower_0001"
WECHAT = [{"channel": "wechat", "opt_in": "opt_out"}]


def follower(ending: str = "", **changes: Any) -> Appointment:
    return appointment(of=patient(1, telecoms=(Telecom(TelecomSystem.OPENID, FOLLOWER + ending),)), **changes)


async def sent_unknown(w: World, fault: str = "timeout_after", times: int = 1) -> None:
    """Planned, due, and sent once without an answer."""
    await w.clinic(steps=ONE_STEP, channels=WECHAT)
    await w.plan()
    w.clock.advance(hours=1)
    w.wechat.add_fault(fault, times=times, path="template/send")
    await w.send_due()


async def until_told(w: World) -> None:
    """Every look of the next half hour."""
    for _ in range(12):
        row = await next_due(w)
        if row is None or row[2] > 1800:
            return
        w.clock.advance(seconds=max(row[2], 0))
        await w.send_due()


async def test_the_repeat_half_a_minute_later_is_absorbed_and_says_that_it_was_taken() -> None:
    async with world(follower("_silent")) as w:
        await sent_unknown(w)
        assert (await w.told())["a1", "7d"] == "unknown read_timeout"
        w.clock.advance(seconds=30)
        await w.send_due()
        message = (await w.message()).message
        assert await events(w, message) == ["claimed 1", "unknown 1", "claimed 2", "accepted 2"]
        [taken] = w.wechat.ledger
        assert (taken.reached, taken.repeats) == (1, 1)
        assert await open_items(w) == []


async def test_what_was_never_taken_is_taken_now_and_its_receipt_finds_it() -> None:
    async with world(follower()) as w:
        await sent_unknown(w, "reset_before")
        w.clock.advance(seconds=30)
        await w.send_due()
        assert (await w.told())["a1", "7d"] == "delivered"
        assert [taken.reached for taken in w.wechat.ledger] == [1]


async def test_it_is_asked_ever_more_seldom_and_never_later_than_eight_minutes_after_the_first_call() -> None:
    async with world(follower("_silent")) as w:
        await sent_unknown(w, times=100)
        first = w.clock.now()
        await until_told(w)
        claims = [e.at - first for e in (await w.message()).events if e.name == "claimed"]
        assert sorted(claims)[-1] < timedelta(minutes=8)
        assert 3 <= len(claims) <= 6
        [item] = await open_items(w)
        assert (item.kind, item.opened_at - first) == ("unknown_outcome", timedelta(minutes=10))
        [taken] = w.wechat.ledger
        assert taken.reached == 1, "never twice on the patient's phone"


async def test_a_refusal_of_the_repeat_says_nothing_of_the_first_call() -> None:
    async with world(follower("_silent")) as w:
        await sent_unknown(w)
        w.wechat.add_fault("errcode", 43004, times=100, path="template/send")
        await until_told(w)
        assert (await w.told())["a1", "7d"] == "unknown 43004"
        assert [item.kind for item in await open_items(w)] == ["unknown_outcome"]


async def test_where_wechat_only_says_that_it_has_one_already_it_is_accepted() -> None:
    async with world(follower("_silent")) as w:
        await sent_unknown(w)
        w.wechat.add_fault("errcode", 45065, path="template/send")
        w.clock.advance(seconds=30)
        await w.send_due()
        assert (await w.told())["a1", "7d"] == "accepted"
        assert await open_items(w) == []


@pytest.mark.parametrize(
    "change",
    [{"status": AppointmentStatus.CANCELLED}, {"hour": 16}],
    ids=["cancelled", "moved"],
)
async def test_an_appointment_that_does_not_stand_any_more_is_not_repeated(change: dict[str, Any]) -> None:
    async with world(follower("_silent")) as w:
        await sent_unknown(w, "reset_before")
        w.source.items = [follower("_silent", **change)]
        await until_told(w)
        assert list(w.wechat.ledger) == []
        assert (await w.message()).events != ()
        assert [item.kind for item in await open_items(w)] == ["unknown_outcome"], "nobody can know whether it arrived"


async def test_a_process_that_dies_between_repeat_and_record_leaves_it_unknown_and_repeatable() -> None:
    async with world(follower("_silent")) as w:
        await sent_unknown(w)
        w.clock.advance(seconds=30)
        [check] = (await w.services.release()).check
        whole = await w.message()
        called = await w.services.look_after.unknown.hand_over(whole.message, check.due.key, 2)
        assert called is not None, "and then the process dies"
        await until_told(w)
        assert (await w.told())["a1", "7d"] == State.ACCEPTED
        assert [taken.reached for taken in w.wechat.ledger] == [1]
