"""An address that is held until a person has looked: what holds it, what that stops, and how it is lifted."""

from __future__ import annotations

from typing import Any

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.appointment import Appointment, Telecom, TelecomSystem
from shared.errors import Conflict, InvalidInput, StorageUnavailable
from shared.services.callers import Caller
from shared.services.clinics import UNASSIGNED
from shared.services.staff.worklist import still_open_to
from shared.services.work_items import ListState, public_id
from shared.storage.contract import AddressStanding, WorkItem, WorkKind
from tests.services.asking.test_submitting import WHATSAPP
from tests.services.conversation import OPENID, PHONE, Conversation, asked
from tests.services.looks import ONE_STEP, open_items, released
from tests.services.rows import StoreThatStops
from tests.world import NOW, World, appointment, clinic_document, patient, world

NURSE = Caller("k1", "nurses of riverside", frozenset({"riverside"}))
OPERATOR = Caller("k3", "operator", None)
BOTH = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]
TWO_STEPS = {"steps": [{"days": 7, "hour": "10:00"}, {"days": 5, "hour": "10:00"}]}
WRONG, STOP_WORDS = "Wrong number", "please stop texting me"
IDENTITY = 137000  # Meta: identity key hash mismatch


async def standing(w: World, address: str = PHONE, channel: str = "whatsapp") -> AddressStanding:
    key = w.pseudonyms.address("riverside", channel, address)
    return await w.storage.patients.standing("riverside", channel, key, w.clock.now())


async def resolve(w: World, item: WorkItem, resolution: str, caller: Caller = NURSE) -> WorkItem:
    return (await w.services.work.resolve(caller, "", public_id(item), resolution, ""))[1]


async def only_item(talk: Conversation) -> WorkItem:
    [item] = await talk.work()
    return item


async def days_on(w: World, days: int) -> None:
    """That many mornings: planned, and sent."""
    for _ in range(days):
        w.clock.advance(days=1)
        await w.plan()
        await w.send_for(10)


@pytest.mark.parametrize("words", [WRONG, STOP_WORDS])
@pytest.mark.parametrize("channel", ["whatsapp", "wechat"])
async def test_what_is_verified_is_written_to_from_the_next_run_on(channel: str, words: str) -> None:
    async with asked(channel=channel, clinic=TWO_STEPS) as talk:
        await talk.write(words)
        item = await only_item(talk)
        assert still_open_to(item) == ("verified", "done")
        await days_on(talk.w, 1)
        assert (await talk.w.told())["a1", "5d"] == "skipped unreachable"
        done = await resolve(talk.w, item, "verified")
        assert (done.resolution, done.resolved_by) == ("verified", "nurses of riverside")
        assert (await standing(talk.w, OPENID if channel == "wechat" else PHONE, channel)).may_be_reached
        assert await talk.w.storage.runs.wanted("riverside") == talk.w.clock.now(), "not only tomorrow"
        talk.w.clock.advance(minutes=1)
        await talk.w.plan_again()
        assert (await talk.w.told())["a1", "5d"] == "scheduled"
        await days_on(talk.w, 1)
        assert len(talk.on_the_phone()) == talk.asked + 1


@pytest.mark.parametrize("words", [WRONG, STOP_WORDS])
async def test_done_leaves_the_address_held_and_it_may_be_verified_later(words: str) -> None:
    async with asked(clinic=TWO_STEPS) as talk:
        await talk.write(words)
        done = await resolve(talk.w, await only_item(talk), "done")
        assert (await standing(talk.w)).held
        await days_on(talk.w, 3)
        assert len(talk.on_the_phone()) == talk.asked
        assert still_open_to(done) == ("verified",)
        later = await resolve(talk.w, done, "verified")
        assert (later.resolution, still_open_to(later)) == ("verified", ())
        desk = await talk.w.services.work.desk(NURSE, "riverside")
        listed = await talk.w.services.work.listed(desk, ListState.RESOLVED, frozenset(), "any", 10, "")
        assert [one.resolution for one in listed.items if one.id == done.id] == ["verified"], "on one line"
        assert (await standing(talk.w)).may_be_reached
        with pytest.raises(Conflict, match="verified"):
            await resolve(talk.w, later, "done")


async def test_a_repeat_of_what_was_verified_holds_nothing_again() -> None:
    async with asked() as talk:
        await talk.write(WRONG)
        await resolve(talk.w, await only_item(talk), "verified")
        await talk.again()
        assert (await standing(talk.w)).may_be_reached
        assert await talk.work() == []


async def test_who_says_it_twice_is_verified_twice() -> None:
    async with asked() as talk:
        await talk.write(WRONG)
        first = await only_item(talk)
        talk.w.clock.advance(minutes=1)
        await talk.write(STOP_WORDS)
        await resolve(talk.w, first, "verified")
        assert (await standing(talk.w)).held == {"stop_review"}, "what nobody has read yet"
        await resolve(talk.w, await only_item(talk), "verified")
        assert (await standing(talk.w)).may_be_reached


@pytest.mark.parametrize("writes", range(4))
async def test_a_word_that_was_cut_off_may_be_given_again(writes: int) -> None:
    async with asked(around_rows=StoreThatStops) as talk:
        store = talk.w.storage.rows
        assert isinstance(store, StoreThatStops)
        await talk.write(WRONG)
        item = await only_item(talk)
        store.writes, store.answers = 0, writes
        if writes < 3:  # the hold, the wish for a run, the item
            with pytest.raises(StorageUnavailable):
                await resolve(talk.w, item, "verified")
            store.answers = None
            assert await talk.work() == [item], "still on the list"
        assert (await resolve(talk.w, item, "verified")).resolution == "verified"
        assert (await standing(talk.w)).may_be_reached


@pytest.mark.parametrize("kind", WorkKind)
async def test_only_what_holds_an_address_can_be_verified(kind: WorkKind) -> None:
    async with world() as w:
        await w.clinic()
        item = WorkItem("a" * 26, "riverside", kind, NOW, NOW, "wrong_person")
        await w.storage.worklist.open([item])
        with pytest.raises(InvalidInput, match="resolution"):
            await resolve(w, item, "verified")


async def test_of_two_clinics_that_could_be_meant_both_hold_and_one_word_lifts_both() -> None:
    async with asked() as talk:
        w = talk.w
        await w.services.clinics.load(clinic_document(id="lakeside", name={"en": "Lakeside"}, steps=ONE_STEP), "test")
        await w.plan("lakeside")
        await w.send_for(6)
        await talk.write(WRONG)
        [item] = await talk.work(UNASSIGNED)
        keys = {clinic: w.pseudonyms.address(clinic, "whatsapp", PHONE) for clinic in ("riverside", "lakeside")}
        assert {hold.clinic_id: hold.address_key for hold in item.holds} == keys
        assert (await standing(w)).held
        await resolve(w, item, "verified", OPERATOR)
        for clinic, key in keys.items():
            found = await w.storage.patients.standing(clinic, "whatsapp", key, w.clock.now())
            assert found.may_be_reached
            assert await w.storage.runs.wanted(clinic)


async def test_who_seems_to_want_no_more_gets_nothing_by_hand_either() -> None:
    async with asked() as talk:
        w = talk.w
        row = {"sendAt": w.clock.now().isoformat(), "message": WHATSAPP}
        await w.services.submit(NURSE, "whatsapp", "riverside", WHATSAPP, "")
        await talk.write(STOP_WORDS)
        await talk.write("1")
        assert await talk.heard() == [], "neither what waited nor an answer"
        with pytest.raises(Conflict, match="no more messages"):
            await w.services.submit(NURSE, "whatsapp", "riverside", {**WHATSAPP, "text": {"body": "Hi"}}, "")
        _, [refused] = await w.services.schedules(NURSE, "whatsapp", "riverside", [row], "")
        assert refused.refusal is not None
        assert refused.refusal.code == "unreachable"
        [item] = [one for one in await talk.work() if one.reason == "stop_review"]
        await resolve(w, item, "verified")
        await w.services.submit(NURSE, "whatsapp", "riverside", {**WHATSAPP, "text": {"body": "Hi"}}, "")
        assert await talk.heard() == ["Hi"]


async def test_a_wrong_number_may_still_be_written_to_by_hand() -> None:
    """Kind `raw` may go to anyone who did not object (api.md): staff answer whoever wrote."""
    async with asked() as talk:
        await talk.write(WRONG)
        await talk.w.services.submit(NURSE, "whatsapp", "riverside", WHATSAPP, "")
        assert len(await talk.heard()) == 1


async def test_a_held_patient_is_on_the_list_for_the_next_appointment() -> None:
    async with asked() as talk:
        await talk.write(WRONG)
        talk.w.source.items.append(appointment(2, days=9, of=patient(1)))
        await days_on(talk.w, 2)
        [item] = [one for one in await open_items(talk.w) if one.kind is WorkKind.NO_WAY]
        assert (item.reason, item.appointment_id, item.contact) == ("unreachable", "a2", "07700 900001")
        said = talk.w.services.work.words(await talk.w.services.work.desk(NURSE, "riverside"), item)
        assert "choose there: verified" in said.to_do
        [wrong] = [one for one in await talk.work() if one.reason == "wrong_person"]
        await resolve(talk.w, wrong, "verified")
        await talk.w.plan_again()
        assert [one.kind for one in await open_items(talk.w)] == []


def reachable_twice(**changes: Any) -> Appointment:
    telecoms = (*patient(1).telecoms, Telecom(TelecomSystem.OPENID, OPENID))
    return appointment(of=patient(1, telecoms=telecoms), **changes)


async def refused_for_identity(w: World, **clinic: Any) -> WorkItem:
    """The item of a reminder that the provider refused because the number may be somebody else's."""
    job, _ = await released(w, **clinic)
    w.whatsapp.fault(FaultKind.ERROR, code=IDENTITY)
    await w.services.send(job)
    for _ in range(3):
        w.clock.advance(seconds=6)
        await w.send_due()
    [item] = await open_items(w)
    return item


async def test_a_number_that_may_be_somebody_elses_is_verified_from_the_failure() -> None:
    async with world(appointment()) as w:
        item = await refused_for_identity(w)
        assert (item.kind, item.reason, item.note) == ("not_sent", "identity", str(IDENTITY))
        assert (await standing(w)).held == {str(IDENTITY)}
        said = w.services.work.words(await w.services.work.desk(NURSE, "riverside"), item)
        assert said.to_do.startswith("Phone to verify who has this number")
        await resolve(w, item, "verified")
        assert (await standing(w)).may_be_reached


async def test_who_was_reached_on_another_channel_is_verified_all_the_same() -> None:
    async with world(reachable_twice()) as w:
        item = await refused_for_identity(w, channels=BOTH)
        assert [taken.reached for taken in w.wechat.ledger] == [1]
        assert (item.kind, item.reason) == ("needs_a_person", "address_changed")
        assert item.contact == PHONE
        await resolve(w, item, "verified")
        assert (await standing(w)).may_be_reached
