"""Callbacks that are worked through again, days later and after much has happened: what was decided then stays so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.message import EventName
from shared.domain.topics import Topic
from shared.services.jobs import CallbackJob
from shared.services.staff.consent import Wish
from shared.services.work_items import public_id
from tests.services.conversation import PHONE, Conversation, asked
from tests.services.publishing.audience import OPERATOR, Audience, subscribed, tell
from tests.services.rows import every_row
from tests.world import World, appointment, patient, world

WANTS = Wish.read(opted_in=True, method="phone", note="Rang: wants reminders again")
TEMPLATE = ("appointment_reminder", "en_GB")


async def replay(w: World) -> int:
    """All that ever came, as the operator's command does it. How much of it was new."""
    callbacks = w.services.operating.replay_callbacks
    found = callbacks.between(w.clock.now() - timedelta(days=30), w.clock.now() + timedelta(days=1))
    return sum([await callbacks(kept) async for kept in found])


def doing_nothing(talk: Conversation) -> None:
    """The next callbacks are stored and their jobs lost."""

    async def lost(_job: CallbackJob) -> int:
        return 0

    talk.w.services.receive = lost  # type: ignore[assignment, method-assign]


async def test_what_was_lost_acts_when_it_is_replayed_and_as_of_when_it_came() -> None:
    async with asked() as talk:
        receive = talk.w.services.receive
        doing_nothing(talk)
        await talk.write("2")
        talk.w.services.receive = receive  # type: ignore[method-assign]
        assert (await talk.status()).answer == ""
        wrote_at = talk.w.clock.now()
        talk.w.clock.advance(hours=30)
        assert await replay(talk.w) == 1
        assert (await talk.status()).answer == "pending_cancellation"
        [answer] = [e for e in (await talk.w.message()).events if e.name is EventName.ANSWERED]
        assert answer.at <= wrote_at
        assert await talk.told() == ["pending_cancellation"]
        assert await talk.heard() == [], "a word of thanks after thirty hours comes too late"
        assert await replay(talk.w) == 0


async def test_what_a_person_was_given_stays_theirs_although_it_would_be_clear_by_now() -> None:
    """Two appointments were open then; one was answered since, so that the digit would name the other."""
    async with asked(appointment(1), appointment(2, hour=16, of=patient(1))) as talk:
        await talk.write("2")
        await talk.press("3")
        [open_one] = [a for a in ("a1", "a2") if not (await talk.status(a)).answer]
        [item] = [item for item in await talk.work() if item.reason == "several_prompts"]
        for _ in range(2):
            assert await replay(talk.w) == 0
            assert (await talk.status(open_one)).answer == ""
            await talk.w.services.work.resolve(OPERATOR, "", public_id(item), "done", "")
        assert [item.reason for item in await talk.work()] == [""]


async def test_a_stop_that_a_person_has_taken_back_stays_taken_back_and_nobody_is_told_again() -> None:
    audience = Audience()
    async with asked(subscribers=audience) as talk:
        await subscribed(talk.w, Topic.PATIENT_OPTED_OUT)
        await talk.write("STOP")
        await tell(talk.w)
        patient_id = (await talk.w.message()).message.patient_key
        talk.w.clock.advance(hours=2)
        await talk.w.services.consent(OPERATOR, "riverside", patient_id, "whatsapp", WANTS)
        await replay(talk.w)
        await tell(talk.w)
        key = talk.w.pseudonyms.address("riverside", "whatsapp", PHONE)
        standing = await talk.w.storage.patients.standing("riverside", "whatsapp", key, talk.w.clock.now())
        assert not standing.opted_out
        assert len(audience.heard("flow")) == 1


async def test_what_a_provider_has_said_since_of_an_address_is_not_forgotten() -> None:
    async with asked() as talk:
        await talk.write("hello")
        key, patients = talk.w.pseudonyms.address("riverside", "whatsapp", PHONE), talk.w.storage.patients
        talk.w.clock.advance(days=1)
        now = talk.w.clock.now()
        await patients.mark_unreachable("riverside", "whatsapp", key, now, "131026", now + timedelta(days=30))
        await replay(talk.w)
        assert (await patients.standing("riverside", "whatsapp", key, now)).unreachable == "131026"
        await talk.write("I am here")
        assert (await patients.standing("riverside", "whatsapp", key, now)).unreachable == ""


async def test_the_last_of_several_stops_is_the_one_that_is_kept() -> None:
    async with asked() as talk:
        await talk.write("STOP")
        talk.w.clock.advance(days=1)
        await talk.write("STOP")
        before = await every_row(talk.w.storage.rows, "patients")
        await replay(talk.w)
        assert await every_row(talk.w.storage.rows, "patients") == before


@pytest.mark.parametrize(("after", "stopped"), [(timedelta(minutes=50), 1), (timedelta(minutes=70), 0)])
async def test_old_news_of_a_template_say_nothing_of_now(after: timedelta, stopped: int) -> None:
    async with world() as w:
        await w.clinic()
        await w.whatsapp.set_template_status(*TEMPLATE, "PAUSED")
        assert len(await w.storage.lanes.stops()) == 1
        for stop in await w.storage.lanes.stops():
            await w.services.pacing.circuits.template_works(stop.lane, stop.template)
        w.clock.advance(seconds=after.total_seconds())
        await replay(w)
        assert len(await w.storage.lanes.stops()) == stopped
