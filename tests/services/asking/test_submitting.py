"""Submitting the proposals' raw bodies: kept once, whatever is repeated."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.errors import Conflict, Forbidden, IdempotencyMismatch, InvalidInput, NotFound, StorageUnavailable
from shared.services.asking.submit import Submitted
from shared.services.callers import Caller
from tests.services.rows import StoreThatStops, every_row
from tests.world import World, clinic_document, world

WHATSAPP: Mapping[str, Any] = {
    "messaging_product": "whatsapp",
    "preview_url": False,
    "recipient_type": "individual",
    "to": "+447700900001",
    "type": "text",
    "text": {"body": "Your prescription reference is 1234"},
}
WECHAT: Mapping[str, Any] = {
    "touser": "oMock_follower_0001",
    "template_id": "templateidtypedhere",
    "url": "https://example.org",
    "client_msg_id": "MSG_000001",
    "data": {
        "first": {"value": "Hello", "color": "#173177"},
        "keyword1": {"value": "RX1234", "color": "#173177"},
        "keyword2": {"value": "2026-11-27", "color": "#173177"},
        "keyword3": {"value": "Level 2", "color": "#173177"},
        "remark": {"value": "Thank you", "color": "#173177"},
    },
}
BOTH = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]
ANYONE = Caller("k1", "Ward 3", None)


async def talking_clinic(w: World, **changes: Any) -> None:
    """A clinic to which the recipient has just written: free text may go to them."""
    await w.clinic(**changes)
    await w.whatsapp.patients.write(WHATSAPP["to"], "Hello")


async def submit(
    w: World, body: Mapping[str, Any] = WHATSAPP, key: str = "", *, caller: Caller = ANYONE, clinic: str = ""
) -> Submitted:
    channel = "wechat" if "touser" in body else "whatsapp"
    return await w.services.submit(caller, channel, clinic, body, key)


async def next_sweep(w: World) -> None:
    w.clock.advance(seconds=1)
    await w.send_due()


@pytest.mark.parametrize("body", [WHATSAPP, WECHAT], ids=["whatsapp", "wechat"])
async def test_the_proposals_body_is_taken_and_goes_with_the_next_sweep(body: Mapping[str, Any]) -> None:
    async with world() as w:
        await talking_clinic(w, channels=BOTH)
        done = await submit(w, body)
        assert (done.repeat, str(done.status.state), done.message.sent_by) == (False, "queued", "Ward 3")
        await next_sweep(w)
        assert len(w.whatsapp.ledger.entries) + len(w.wechat.ledger.received("oMock_follower_0001")) == 1
        assert [view.message.id for view in await w.sent()] == [done.message.id]


async def test_what_todays_clients_do_not_show_is_said() -> None:
    async with world() as w:
        await w.clinic(channels=BOTH)
        warnings = " ".join((await submit(w, WECHAT)).warnings)
        assert "remark" in warnings
        assert "Colours" in warnings


REPEATS = {
    "under the same key": (WHATSAPP, "key-1", 0, True),
    "under the same key after six days": (WHATSAPP, "key-1", 6 * 24 * 60, True),
    "under the same key after eight days": (WHATSAPP, "key-1", 8 * 24 * 60, False),
    "with wechat's own id": (WECHAT, "", 24 * 60, True),
    "without a key within the hour": (WHATSAPP, "", 59, True),
    "without a key after the hour": (WHATSAPP, "", 61, False),
}


@pytest.mark.parametrize(("body", "key", "minutes", "repeat"), REPEATS.values(), ids=REPEATS)
async def test_a_repeat_gives_the_first_answer_and_sends_nothing(
    body: Mapping[str, Any], key: str, minutes: int, repeat: bool
) -> None:
    async with world() as w:
        await w.clinic(channels=BOTH)
        first = await submit(w, body, key)
        w.clock.advance(minutes=minutes)
        again = await submit(w, body, key)
        assert again.repeat is repeat
        assert (again.message.id == first.message.id) is repeat
        w.clock.advance(seconds=1)
        assert len(await w.storage.due.take(w.clock.now(), 10)) == (1 if repeat else 2)
        assert any("repeat" in warning for warning in again.warnings) is repeat


async def test_another_caller_with_the_same_body_is_no_repeat() -> None:
    async with world() as w:
        await w.clinic()
        first = await submit(w)
        other = await submit(w, caller=Caller("k2", "Ward 4", None))
        assert not other.repeat
        assert other.message.id != first.message.id


async def test_another_body_under_the_same_key_is_refused() -> None:
    async with world() as w:
        await w.clinic()
        await submit(w, key="key-1")
        with pytest.raises(IdempotencyMismatch):
            await submit(w, {**WHATSAPP, "text": {"body": "Another"}}, "key-1")


async def test_twenty_identical_posts_at_once_make_one_message() -> None:
    async with world() as w:
        await talking_clinic(w)
        done = await asyncio.gather(*(submit(w, key="key-1") for _ in range(20)))
        assert len({one.message.id for one in done}) == 1
        await next_sweep(w)
        assert len(w.whatsapp.ledger.entries) == 1
        assert len(await w.sent()) == 1


@pytest.mark.parametrize("answers", [0, 1, 2])
async def test_a_request_that_died_on_the_way_is_taken_up_by_its_repeat(answers: int) -> None:
    """Key, due row, message: whichever was the last to be written."""
    stores: list[StoreThatStops] = []

    def stop(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world(around_rows=stop) as w:
        await talking_clinic(w)
        stores[0].writes, stores[0].answers = 0, answers
        with pytest.raises(StorageUnavailable):
            await submit(w, key="key-1")
        stores[0].answers = None
        done = await submit(w, key="key-1")
        assert not done.repeat, "nothing was taken before"
        for _ in range(3):
            w.clock.advance(minutes=3)
            await next_sweep(w)
        assert len(w.whatsapp.ledger.entries) == 1


async def test_a_message_whose_job_was_lost_is_fed_again() -> None:
    async with world() as w:
        await talking_clinic(w)
        await submit(w)
        await w.services.release()  # and the job is lost
        w.clock.advance(minutes=2)
        await next_sweep(w)
        assert len(w.whatsapp.ledger.entries) == 1


async def test_who_opted_out_gets_nothing_and_nothing_is_kept() -> None:
    async with world() as w:
        await w.clinic()
        key = w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
        await w.storage.patients.opt_out("riverside", "whatsapp", key, w.clock.now(), "stop")
        with pytest.raises(Conflict):
            await submit(w)
        assert await every_row(w.storage.rows, "messages", "due", "idempotency") == {}


async def test_a_caller_acts_for_its_own_clinics_only() -> None:
    async with world() as w:
        await w.services.clinics.load(clinic_document(id="aardvark", channels=[BOTH[1]]), "test")
        await w.services.clinics.load(clinic_document(id="lakeside"), "test")
        await w.clinic()
        own = replace(ANYONE, clinics=frozenset({"riverside"}))
        assert (await submit(w, caller=own)).message.id.clinic_id == "riverside"
        assert (await submit(w)).message.id.clinic_id == "lakeside", "the first that uses the channel"
        assert (await submit(w, caller=own, clinic="riverside")).message.id.clinic_id == "riverside"
        with pytest.raises(Forbidden):
            await submit(w, caller=own, clinic="lakeside")
        with pytest.raises(Forbidden):
            await submit(w, caller=own, clinic="nowhere")
        with pytest.raises(NotFound):
            await submit(w, WECHAT, caller=own)
        with pytest.raises(InvalidInput, match="does not use this channel"):
            await submit(w, WECHAT, caller=own, clinic="riverside")


async def test_quiet_hours_only_warn() -> None:
    async with world() as w:
        await talking_clinic(w)
        w.clock.advance(hours=13)
        done = await submit(w)
        assert any("quiet hours" in warning for warning in done.warnings)
        await next_sweep(w)
        assert len(w.whatsapp.ledger.entries) == 1


BAD = {
    "no recipient": {k: v for k, v in WHATSAPP.items() if k != "to"},
    "a national number": {**WHATSAPP, "to": "07700900001"},
    "no text": {**WHATSAPP, "text": {}},
    "too long": {**WHATSAPP, "text": {"body": "x" * 5000}},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
async def test_a_wrong_body_is_refused_with_its_fields_and_nothing_is_kept(body: Mapping[str, Any]) -> None:
    async with world() as w:
        await w.clinic()
        with pytest.raises(InvalidInput) as refused:
            await submit(w, body)
        assert refused.value.details
        assert await every_row(w.storage.rows, "messages", "due", "idempotency") == {}


async def test_a_key_that_is_too_long_is_refused() -> None:
    async with world() as w:
        await w.clinic()
        with pytest.raises(InvalidInput):
            await submit(w, key="k" * 201)
