"""A staff member's own words: while the window is open, once, to whoever is meant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.message import Kind, Priority, State
from shared.errors import IdempotencyMismatch, InvalidInput, NotAllowed, NotFound, StorageUnavailable
from shared.services.asking.addressee import ReplyTo
from shared.services.asking.reply import Reply
from shared.services.asking.submit import Submitted
from shared.services.callers import Caller
from shared.services.work_items import public_id
from shared.storage.contract import WorkItem, WorkKind
from tests.services.conversation import OPENID, Conversation, asked
from tests.services.rows import StoreThatStops, every_row
from tests.world import World, patient

NURSE = Caller("key-1", "nurse station 2", frozenset({"riverside"}))
STRANGER = Caller("key-2", "lakeside", frozenset({"lakeside"}))
WORDS = "Please bring your tablets with you."
QUESTION = "Shall I bring my tablets?"


async def reply(
    w: World,
    key: str = "",
    *,
    caller: Caller = NURSE,
    channel: str = "auto",
    text: str = WORDS,
    resolve: bool = False,
    **to: str,
) -> Submitted:
    return await w.services.reply(caller, channel, "", Reply(text, ReplyTo(**to), resolve), key)


async def refused(w: World, **body: Any) -> str:
    """The code, and words that say what to do; nothing is kept."""
    before = await every_row(w.storage.rows, "messages", "due", "idempotency")
    with pytest.raises(NotAllowed) as caught:
        await reply(w, **body)
    assert caught.value.http_status == 409
    assert caught.value.message.count(".") >= 2, "what it is, and what to do"
    assert await every_row(w.storage.rows, "messages", "due", "idempotency") == before
    return caught.value.code


async def only_item(talk: Conversation) -> WorkItem:
    [item] = await talk.work()
    return item


def the_patient(talk: Conversation) -> str:
    return talk.w.pseudonyms.patient("riverside", patient().id)


@pytest.mark.parametrize("channel", ["whatsapp", "wechat"])
async def test_what_a_patient_wrote_is_answered_and_the_item_is_off_the_list(channel: str) -> None:
    async with asked(channel=channel) as talk:
        await talk.write(QUESTION)
        item = await only_item(talk)
        done = await reply(talk.w, item_id=public_id(item), resolve=True)
        assert (done.repeat, done.message.kind, done.message.priority) == (False, Kind.REPLY, Priority.ANSWER)
        assert (done.message.sent_by, done.message.patient_key) == (NURSE.name, item.patient_key)
        assert await talk.work() == []
        assert await talk.heard() == [WORDS]
        [line] = [view for view in await talk.w.sent() if view.message.kind is Kind.REPLY]
        assert line.message.sent_by == NURSE.name
        resolved = await talk.w.storage.worklist.read("riverside", item.id)
        assert resolved is not None
        assert (resolved.resolution, resolved.resolved_by) == ("done", NURSE.name)


async def test_an_item_stays_open_where_it_is_only_answered() -> None:
    async with asked() as talk:
        await talk.write(QUESTION)
        await reply(talk.w, item_id=public_id(await only_item(talk)))
        assert len(await talk.work()) == 1


async def test_a_reply_goes_by_a_message_or_a_patient_as_well() -> None:
    async with asked() as talk:
        await talk.write(QUESTION)
        reminder = (await talk.w.message()).message
        await reply(talk.w, message_id=str(reminder.id), text="One")
        await reply(talk.w, patient_id=the_patient(talk), text="Two")
        await reply(talk.w, patient_id=the_patient(talk), channel="whatsapp", text="Three")
        await talk.w.send_for(30)  # one in six seconds to one patient
        assert sorted(await talk.heard()) == ["One", "Three", "Two"]


@pytest.mark.parametrize(("channel", "hours"), [("whatsapp", 24), ("wechat", 48)])
async def test_free_text_goes_only_while_the_window_is_open(channel: str, hours: int) -> None:
    async with asked(channel=channel) as talk:
        assert await refused(talk.w, patient_id=the_patient(talk)) == "window_closed"
        await talk.write(QUESTION)
        wrote_at = talk.w.clock.now()
        talk.w.clock.at = wrote_at + timedelta(hours=hours, minutes=-6)
        done = await reply(talk.w, patient_id=the_patient(talk))
        assert done.message.expires_at <= wrote_at + timedelta(hours=hours, minutes=-5)
        talk.w.clock.at = wrote_at + timedelta(hours=hours, minutes=-5)
        assert await refused(talk.w, patient_id=the_patient(talk), text="Too late") == "window_closed"
        await talk.write("Hello?")
        assert not (await reply(talk.w, patient_id=the_patient(talk), text="Here we are")).repeat


async def test_a_message_that_comes_again_days_later_opens_no_window() -> None:
    async with asked() as talk:
        await talk.write(QUESTION)
        talk.w.clock.advance(days=3)
        await talk.again()
        assert await refused(talk.w, patient_id=the_patient(talk)) == "window_closed"


async def test_who_said_stop_is_not_written_to_nor_who_seems_to_want_it() -> None:
    async with asked() as talk:
        await talk.write("please stop texting me")
        item = await only_item(talk)
        assert await refused(talk.w, item_id=public_id(item)) == "paused"
        await talk.write("STOP")
        assert await refused(talk.w, item_id=public_id(item)) == "opted_out"
        assert await refused(talk.w, patient_id=the_patient(talk)) == "opted_out"


async def test_who_says_stop_before_it_leaves_does_not_get_it() -> None:
    async with asked() as talk:
        await talk.write(QUESTION)
        done = await reply(talk.w, patient_id=the_patient(talk))
        await talk.write("STOP")
        heard = await talk.heard()
        assert WORDS not in heard
        assert len(heard) == 1, "that it was noted"
        assert (await talk.w.services.reports.message(NURSE, str(done.message.id))).status.reason == "opted_out"
        await talk.w.send_for(30)
        assert "not_sent opted_out" in await talk.told()


async def test_a_wrong_number_may_be_answered_where_it_was_said_and_nowhere_else() -> None:
    async with asked() as talk:
        await talk.write("wrong number")
        item = await only_item(talk)
        assert await refused(talk.w, patient_id=the_patient(talk)) == "address_held"
        assert await refused(talk.w, message_id=str((await talk.w.message()).message.id)) == "address_held"
        await reply(talk.w, item_id=public_id(item), text="Sorry: we have taken your number off.")
        assert await talk.heard() == ["Sorry: we have taken your number off."]


async def test_a_stranger_who_wrote_is_answered_where_they_wrote_from() -> None:
    async with asked() as talk:
        await talk.w.whatsapp.patients.write("+447700900456", "Is the clinic open on Sundays?")
        done = await reply(talk.w, item_id=public_id(await only_item(talk)))
        assert (done.message.to, done.message.patient_key) == ("+447700900456", "")
        await talk.heard()
        assert [entry.text for entry in talk.w.whatsapp.ledger.of("+447700900456")] == [WORDS]


WRONG_TEXTS = {
    "none": ("whatsapp", ""),
    "blank": ("whatsapp", "  \n"),
    "longer than WhatsApp takes": ("whatsapp", "x" * 4097),
    "longer than WeChat takes": ("wechat", "字" * 683),
}


@pytest.mark.parametrize(("channel", "text"), WRONG_TEXTS.values(), ids=WRONG_TEXTS)
async def test_a_text_that_the_channel_does_not_take_is_refused(channel: str, text: Any) -> None:
    async with asked(channel=channel) as talk:
        await talk.write(QUESTION)
        before = await every_row(talk.w.storage.rows, "messages", "due", "idempotency")
        with pytest.raises(InvalidInput):
            await reply(talk.w, patient_id=the_patient(talk), text=text)
        assert await every_row(talk.w.storage.rows, "messages", "due", "idempotency") == before


NOBODY: dict[str, dict[str, str]] = {
    "nobody": {},
    "two": {"message_id": "x", "patient_id": "y"},
}


@pytest.mark.parametrize("whom", NOBODY.values(), ids=NOBODY)
async def test_it_must_be_clear_whom_it_is_for(whom: dict[str, str]) -> None:
    async with asked() as talk:
        with pytest.raises(InvalidInput):
            await reply(talk.w, **whom)


async def test_what_is_another_clinics_or_nobodys_is_not_found() -> None:
    async with asked() as talk:
        await talk.write(QUESTION)
        item, message = await only_item(talk), (await talk.w.message()).message
        ids = [{"item_id": public_id(item)}, {"message_id": str(message.id)}]
        for theirs in ids:
            with pytest.raises(NotFound):
                await reply(talk.w, caller=STRANGER, **theirs)
        for nobodys in ({"item_id": "x"}, {"message_id": "x"}, {"patient_id": "x"}, {"patient_id": "a" * 26}):
            with pytest.raises(NotFound):
                await reply(talk.w, **nobodys)


async def test_an_item_that_needs_a_decision_of_its_own_is_not_resolved_by_a_reply() -> None:
    async with asked() as talk:
        await talk.write(QUESTION)
        whole = await talk.w.message()
        clinic = await talk.w.services.clinics.get("riverside")
        unknown = WorkItem(
            id="u" * 26,
            clinic_id=clinic.id,
            kind=WorkKind.UNKNOWN_OUTCOME,
            opened_at=talk.w.clock.now(),
            act_by=talk.w.clock.now(),
            channel="whatsapp",
            message_id=whole.message.id,
        )
        await talk.w.storage.worklist.open([unknown])
        assert await refused(talk.w, item_id=public_id(unknown), resolve=True) == "needs_own_answer"
        assert not (await reply(talk.w, item_id=public_id(unknown))).repeat


async def test_a_repeat_gives_the_first_answer_also_when_the_window_has_closed() -> None:
    async with asked() as talk:
        await talk.write(QUESTION)
        whom = {"patient_id": the_patient(talk)}
        first = await reply(talk.w, "k1", **whom)
        assert await talk.heard() == [WORDS]
        talk.w.clock.advance(days=2)
        again = await reply(talk.w, "k1", **whom)
        assert (again.repeat, again.message.id) == (True, first.message.id)
        assert again.status.state is not State.QUEUED
        with pytest.raises(IdempotencyMismatch):
            await reply(talk.w, "k1", **whom, text="Something else")


async def test_the_same_words_within_the_hour_are_a_repeat_and_later_are_not() -> None:
    async with asked(channel="wechat") as talk:
        await talk.write(QUESTION)
        whom = {"patient_id": the_patient(talk)}
        first = await reply(talk.w, **whom)
        talk.w.clock.advance(minutes=59)
        assert (await reply(talk.w, **whom)).message.id == first.message.id
        talk.w.clock.advance(minutes=2)
        assert (await reply(talk.w, **whom)).message.id != first.message.id


async def test_a_reply_that_the_provider_refuses_is_put_before_a_person() -> None:
    async with asked() as talk:
        await talk.write(QUESTION)
        await reply(talk.w, item_id=public_id(await only_item(talk)), resolve=True)
        talk.w.whatsapp.fault(FaultKind.ERROR, code=131047)
        assert await talk.heard() == []
        await talk.w.send_for(150)
        assert [item.split()[0] for item in await talk.told()] == ["not_sent"]


@pytest.mark.parametrize("answers", range(10))
async def test_a_reply_that_breaks_off_anywhere_and_comes_again_is_one_message(answers: int) -> None:
    stopping: list[StoreThatStops] = []
    around = lambda rows: stopping.append(StoreThatStops(rows)) or stopping[0]  # noqa: E731
    async with asked(around_rows=around) as talk:
        await talk.write(QUESTION)
        item = await only_item(talk)
        [store] = stopping
        store.answers, store.writes = answers, 0
        broke = False
        try:
            await reply(talk.w, "k1", item_id=public_id(item), resolve=True)
        except StorageUnavailable:
            broke = True
        assert broke is (answers < 8)  # key, due row, mark of the day, two lines of the history, index, message, item
        store.answers = None
        talk.w.clock.advance(minutes=3)
        await reply(talk.w, "k1", item_id=public_id(item), resolve=True)
        assert await talk.work() == []
        talk.w.clock.advance(seconds=1)
        await talk.w.send_for(150)
        assert talk.on_the_phone()[talk.asked :] == [WORDS]


async def test_no_words_and_no_address_stand_in_keys() -> None:
    async with asked(channel="wechat") as talk:
        await talk.write(QUESTION)
        await reply(talk.w, item_id=public_id(await only_item(talk)))
        stored = str([(place, row.columns) for place, row in (await every_row(talk.w.storage.rows)).items()])
        for secret in (OPENID, WORDS, QUESTION):
            assert secret not in stored
