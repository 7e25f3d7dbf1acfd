"""What a patient wants of a channel, as staff record it: it binds, it is on record, nothing else takes a STOP back."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import Forbidden, InvalidInput, NotAllowed, NotFound, StorageUnavailable
from shared.services.callers import Caller
from shared.services.staff.consent import Recorded, Wish
from shared.storage.contract import ConsentMethod
from tests.services.conversation import Conversation, asked
from tests.services.rows import StoreThatStops, every_row
from tests.world import World, appointment, patient, world

NURSE = Caller("key-1", "nurse station 2", frozenset({"riverside"}))
REQUIRED = {"channels": [{"channel": "whatsapp", "opt_in": "required"}]}
TWO_STEPS = {"steps": [{"days": 7, "hour": "10:00"}, {"days": 5, "hour": "10:00"}]}
OUT, IN = Wish(False, ConsentMethod.PHONE), Wish(True, ConsentMethod.IN_PERSON)
NOTE = Wish(True, ConsentMethod.PHONE, "Rang on Monday: wants reminders again")


async def record(w: World, wish: Wish, channel: str = "whatsapp", caller: Caller = NURSE, of: str = "p1") -> Recorded:
    patient_id = w.pseudonyms.patient("riverside", of)
    return await w.services.consent(caller, "riverside", patient_id, channel, wish)


async def run_again(w: World) -> None:
    w.clock.advance(minutes=1)
    await w.plan_again()


def state(done: Recorded) -> tuple[bool, bool]:
    [channel] = [one for one in done.patient.channels if one.channel == "whatsapp"]
    return channel.opted_in, channel.opted_out


async def test_an_opt_out_stops_what_waits_and_what_would_follow() -> None:
    async with world(appointment()) as w:
        await w.clinic(**TWO_STEPS)
        await w.plan()
        done = await record(w, OUT)
        assert (done.changed, state(done)) == (True, (False, True))
        assert await w.storage.runs.wanted("riverside") == w.clock.now(), "so that staff see early whom to phone"
        w.clock.advance(hours=1)
        await w.send_for(10)
        assert w.whatsapp.ledger.entries == [], "what waited was dropped at its time"
        assert (await w.told())["a1", "7d"] == "dropped opted_out"
        await run_again(w)
        assert (await w.told())["a1", "5d"] == "skipped opted_out"


async def test_who_recorded_what_how_and_when_is_on_record() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        await record(w, OUT)
        w.clock.advance(days=1)
        done = await record(w, NOTE)
        latest, first = done.patient.wishes
        assert (latest.opted_in, latest.method, latest.by, latest.note) == (True, "phone", NURSE.name, NOTE.note)
        assert (first.opted_in, first.by) == (False, NURSE.name)
        assert latest.at > first.at
        stored = str([(place, row.columns) for place, row in (await every_row(w.storage.rows)).items()])
        assert "Monday" not in stored
        assert "7700900001" not in stored


async def test_the_same_wish_again_changes_nothing() -> None:
    async with world(appointment()) as w:
        await w.clinic(**REQUIRED)
        await w.plan()
        for wish in (IN, OUT, NOTE):
            assert (await record(w, wish)).changed
            before = await every_row(w.storage.rows)
            w.clock.advance(minutes=1)
            assert not (await record(w, wish)).changed
            assert await every_row(w.storage.rows) == before


async def test_a_yes_lets_a_clinic_that_asks_for_one_remind() -> None:
    async with world(appointment()) as w:
        await w.clinic(**REQUIRED)
        await w.plan()
        assert (await w.told())["a1", "7d"] == "skipped no_opt_in"
        assert state(await record(w, IN)) == (True, False)
        await run_again(w)
        assert (await w.told())["a1", "7d"] == "scheduled"


async def test_an_opt_out_takes_the_yes_back_so_that_a_new_number_is_not_written_to() -> None:
    async with world(appointment()) as w:
        await w.clinic(**REQUIRED)
        await w.plan()
        await record(w, IN)
        await record(w, OUT)
        w.source.items = [appointment(of=patient(1, telecoms=patient(2).telecoms))]
        await run_again(w)
        assert (await w.told())["a1", "7d"] == "skipped no_opt_in"


async def test_after_a_stop_only_a_person_who_notes_why_lets_messages_go_again() -> None:
    async with asked(clinic=TWO_STEPS) as talk:
        await talk.write("STOP")
        await talk.heard()
        for words in ("START", "yes please", "1", "I want my reminders back"):
            await talk.write(words)
        assert state(await record(talk.w, OUT)) == (False, True), "nothing that a patient sends consents"
        with pytest.raises(InvalidInput) as caught:
            await record(talk.w, IN)
        assert caught.value.details[0].field == "note"
        done = await record(talk.w, NOTE)
        assert (done.changed, state(done)) == (True, (True, False))
        await run_again(talk.w)
        assert (await talk.w.told())["a1", "5d"] == "scheduled"


async def test_the_stop_that_was_taken_back_told_again_stops_nothing_and_a_new_one_does() -> None:
    async with asked() as talk:
        await talk.write("STOP")
        talk.w.clock.advance(hours=2)
        await record(talk.w, NOTE)
        await talk.again()
        assert not await is_stopped(talk)
        talk.w.clock.advance(hours=2)
        await talk.write("STOP")
        assert await is_stopped(talk)


async def is_stopped(talk: Conversation) -> bool:
    key = talk.w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
    return (await talk.w.storage.patients.standing("riverside", "whatsapp", key, talk.w.clock.now())).opted_out


async def test_whom_we_cannot_write_to_cannot_be_stopped_and_the_answer_says_what_to_do() -> None:
    async with world(appointment(of=patient(1, telecoms=()))) as w:
        await w.clinic()
        await w.plan()
        with pytest.raises(NotAllowed) as caught:
            await record(w, OUT)
        assert (caught.value.code, caught.value.http_status) == ("no_address", 409)
        assert await w.storage.consents.latest("riverside", w.pseudonyms.patient("riverside", "p1"), 5) == ()


REFUSED: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "a patient whom nobody knows": ({"of": "p9"}, NotFound),
    "a channel that the clinic has not": ({"channel": "wechat"}, InvalidInput),
    "another clinic's": ({"caller": Caller("k", "lakeside", frozenset({"lakeside"}))}, Forbidden),
}


@pytest.mark.parametrize(("changes", "error"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_recorded_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        before = await every_row(w.storage.rows)
        with pytest.raises(error):
            await record(w, OUT, **changes)
        assert await every_row(w.storage.rows) == before


@pytest.mark.parametrize(("method", "note"), [("", ""), ("telepathy", ""), ("phone", "x" * 2001)])
def test_a_wish_says_how_it_was_given(method: str, note: str) -> None:
    with pytest.raises(InvalidInput):
        Wish.read(opted_in=False, method=method, note=note)
    assert Wish.read(opted_in=True, method="phone", note=" Rang ") == Wish(True, ConsentMethod.PHONE, "Rang")


@pytest.mark.parametrize("wish", [OUT, NOTE], ids=["out", "in"])
@pytest.mark.parametrize("answers", range(5))
async def test_a_wish_that_breaks_off_anywhere_is_carried_out_by_the_next_request(answers: int, wish: Wish) -> None:
    stopping: list[StoreThatStops] = []
    async with world(appointment(), around_rows=lambda rows: stopping.append(StoreThatStops(rows)) or stopping[0]) as w:
        await w.clinic(**REQUIRED)
        await w.plan()
        [store] = stopping
        await record(w, IN if wish is OUT else OUT)
        w.clock.advance(seconds=1)
        store.answers, store.writes = answers, 0
        broke = False
        try:
            await record(w, wish)
        except StorageUnavailable:
            broke = True
        assert broke is (answers < 4)  # record, objection, opt-in, run
        store.answers = None
        w.clock.advance(seconds=1)
        assert state(await record(w, wish)) == (wish.opted_in, not wish.opted_in)
