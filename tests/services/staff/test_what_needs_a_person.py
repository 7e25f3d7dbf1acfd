"""What patients write or do that only a person may judge; and opting out, which needs nobody's leave."""

from typing import Any

import pytest

from shared.domain.appointment import Telecom, TelecomSystem
from shared.services.receiving.to_staff import READ_WITHIN
from tests.callbacks import call_back, said
from tests.services.conversation import OPENID, PHONE, WEEK_BEFORE, Conversation, asked
from tests.services.receiving.test_answers import phrase
from tests.world import World, appointment, clinic_document, patient, world

BOTH = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]


async def objects(w: World, channel: str, address: str, clinic_id: str = "riverside") -> bool:
    key = w.pseudonyms.address(clinic_id, channel, address)
    return (await w.storage.patients.standing(clinic_id, channel, key, w.clock.now())).opted_out


async def held(w: World, channel: str, address: str, clinic_id: str = "riverside") -> str:
    key = w.pseudonyms.address(clinic_id, channel, address)
    return ", ".join((await w.storage.patients.standing(clinic_id, channel, key, w.clock.now())).held)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("I think I have a fever, what should I do?", "question"),
        ("yes but I might be late", "unclear"),
        ("Don't cancel my appointment", "unclear"),
        ("我來不了", "unclear cancel"),
        ("दूसरा समय मिलेगा?", "unclear reschedule"),
        ("No", "unclear"),
        ("HELP", "help"),
        ("START", "start"),
        ("please stop texting me", "stop_review"),
        ("12", "unclear"),
        ("T", "unclear"),
    ],
)
@pytest.mark.parametrize("channel", ["whatsapp", "wechat"])
async def test_whatever_is_not_an_answer_stands_on_the_worklist_and_nothing_else_happens(
    channel: str, words: str, told: str
) -> None:
    async with asked(channel=channel) as talk:
        await talk.write(words)
        assert await talk.told() == [f"needs_a_person {told}"]
        [item] = await talk.work()
        assert (item.said, item.patient_name, item.appointment_id) == (words, "Robin Example 1", "a1")
        assert item.act_by == talk.w.clock.now() + READ_WITHIN
        assert (await talk.status()).answer == ""
        assert not await objects(talk.w, channel, OPENID if channel == "wechat" else PHONE)
        assert await talk.heard() == []


@pytest.mark.parametrize("channel", ["whatsapp", "wechat"])
@pytest.mark.parametrize(
    ("language", "words"), [("en", "STOP"), ("en", "stop."), ("zh-Hant", "退訂"), ("zh-Hans", "退订"), ("en", "बंद करो")]
)
async def test_stop_is_an_objection_of_that_channel_confirmed_once(channel: str, language: str, words: str) -> None:
    async with asked(channel=channel, language=language) as talk:
        address = OPENID if channel == "wechat" else PHONE
        await talk.write(words)
        assert await objects(talk.w, channel, address)
        assert await talk.told() == ["opted_out phone_left"]
        assert await talk.heard() == [phrase("answer_stopped", language)]
        await talk.write(words)
        assert len(await talk.heard()) == 1
        assert not await objects(talk.w, "wechat" if channel == "whatsapp" else "whatsapp", address)


@pytest.mark.parametrize(
    ("follows", "objected", "told"),
    [
        (True, False, "other_channel_left"),
        (True, True, "phone_left"),
        (False, False, "phone_left"),
    ],
)
async def test_staff_see_whether_another_channel_is_left(*, follows: bool, objected: bool, told: str) -> None:
    async with asked(clinic={"channels": BOTH}) as talk:
        patients, now = talk.w.storage.patients, talk.w.clock.now()
        if follows:
            key = talk.w.pseudonyms.patient("riverside", "p1")
            await patients.bind("riverside", key, "wechat", OPENID, now)
        if objected:
            key = talk.w.pseudonyms.address("riverside", "wechat", OPENID)
            await patients.opt_out("riverside", "wechat", key, now, "stop")
        await talk.write("STOP")
        [item] = await talk.work()
        assert (item.kind, item.reason, item.contact) == ("opted_out", told, PHONE)
        assert item.note == ("wechat" if told == "other_channel_left" else "")


async def test_who_stopped_is_not_thanked_for_later_answers_but_they_count() -> None:
    async with asked() as talk:
        await talk.write("STOP")
        assert len(await talk.heard()) == 1
        await talk.press("2")
        assert (await talk.status()).answer == "pending_cancellation"
        assert len(await talk.heard()) == 1


async def test_stop_with_nothing_ahead_leaves_staff_nothing_to_do() -> None:
    async with asked() as talk:
        talk.w.clock.advance(days=8)
        await talk.write("STOP")
        assert await objects(talk.w, "whatsapp", PHONE)
        assert await talk.told() == []


async def test_nothing_that_a_patient_writes_or_does_is_a_consent() -> None:
    async with asked(channel="wechat") as talk:
        await talk.write("退订")
        for words in ("START", "yes", "subscribe", "1", "开始"):
            await talk.write(words)
        await talk.w.wechat.people.unfollow(OPENID)
        await talk.w.wechat.people.follow(OPENID)
        assert await objects(talk.w, "wechat", OPENID)


@pytest.mark.parametrize("words", ["Wrong number", "My mother died last week", "打錯電話了", "गलत नंबर"])
@pytest.mark.parametrize("channel", ["whatsapp", "wechat"])
async def test_a_wrong_person_holds_the_address_until_somebody_has_looked(channel: str, words: str) -> None:
    async with asked(channel=channel) as talk:
        await talk.write(words)
        assert await held(talk.w, channel, OPENID if channel == "wechat" else PHONE) == "wrong_person"
        assert await talk.told() == ["needs_a_person wrong_person"]
        assert await talk.heard() == []


async def test_a_changed_number_is_held_and_verified_by_a_person() -> None:
    async with asked() as talk:
        await talk.w.whatsapp.patients.change_number(PHONE, "+447700900009")
        assert await held(talk.w, "whatsapp", PHONE) == "address_changed"
        assert await talk.told() == ["needs_a_person address_changed"]


async def test_who_leaves_the_account_has_opted_out_and_staff_hear_of_it() -> None:
    async with asked(channel="wechat") as talk:
        await talk.w.wechat.people.unfollow(OPENID)
        assert await objects(talk.w, "wechat", OPENID)
        assert await talk.told() == ["opted_out phone_left"]


WRITTEN = {"type": "text", "text": {"body": "2"}}
MEDIA = {"id": "media", "mime_type": "image/jpeg", "sha256": "x"}


@pytest.mark.parametrize(
    ("kind", "part", "told"),
    [
        ("image", MEDIA, "not_text"),
        ("image", {**MEDIA, "caption": "2"}, "not_text cancel"),
        ("image", {**MEDIA, "caption": "STOP"}, "stop_review"),
        ("audio", MEDIA, "not_text"),
        ("location", {"latitude": 51.5, "longitude": -0.1}, "not_text"),
        ("reaction", {"message_id": "wamid.x", "emoji": "👍"}, "not_text confirm"),
        ("reaction", {"message_id": "wamid.x"}, "not_text"),
        ("edit", {"original_message_id": "wamid.x", "message": WRITTEN}, "not_text cancel"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}, "not_text confirm"),
        ("button", {"payload": "Yes", "text": "Yes"}, "not_text confirm"),
        ("button", {"payload": "2:riverside_2026112700_short~x", "text": "2 Cancel"}, "no_prompt cancel"),
        ("unsupported", {"type": "poll"}, "not_text"),
    ],
)  # fmt: skip
async def test_what_is_not_plain_text_or_a_button_of_ours_never_acts(
    kind: str, part: dict[str, Any], told: str
) -> None:
    async with asked() as talk:
        await call_back(talk.w, said(kind, part, at=talk.w.clock.now()))
        assert await talk.told() == [f"needs_a_person {told}"]
        assert (await talk.status()).answer == ""
        assert not await objects(talk.w, "whatsapp", PHONE)


async def test_a_button_pressed_by_somebody_else_is_for_a_person() -> None:
    async with asked() as talk:
        [entry] = talk.w.whatsapp.ledger.of(PHONE)
        payload = next(payload for _, payload in entry.buttons if payload.startswith("2"))
        press = said("button", {"payload": payload, "text": "2"}, sender="+447700900777", at=talk.w.clock.now())
        await call_back(talk.w, press)
        assert await talk.told() == ["needs_a_person other_sender cancel"]
        [item] = await talk.work()
        assert item.appointment_id == "a1"
        assert (await talk.status()).answer == ""


async def two_clinics(w: World, *also: str) -> Conversation:
    """Riverside and Lakeside on one account; the reminders of those named in `also`, and of Riverside, have left."""
    for clinic_id in ("riverside", "lakeside"):
        await w.services.clinics.load(clinic_document(id=clinic_id, steps=WEEK_BEFORE), "test")
    for clinic_id in ("riverside", *also):
        await w.plan(clinic_id)
    w.clock.advance(hours=1)
    await w.send_due()
    w.clock.advance(hours=1)
    await w.receipts()
    talk = Conversation(w, "whatsapp")
    talk.asked = len(talk.on_the_phone())
    return talk


async def test_of_several_clinics_on_an_account_it_is_the_one_that_wrote() -> None:
    async with world(appointment()) as w:
        talk = await two_clinics(w)
        await talk.write("2")
        assert await talk.told() == ["pending_cancellation"]
        assert await talk.unassigned() == []
        await talk.write("STOP")
        assert await objects(w, "whatsapp", PHONE)
        assert not await objects(w, "whatsapp", PHONE, "lakeside")


async def test_where_several_clinics_wrote_a_person_finds_out_and_stop_counts_for_all() -> None:
    async with world(appointment()) as w:
        talk = await two_clinics(w, "lakeside")
        await talk.write("2")
        assert await talk.unassigned() == ["needs_a_person no_prompt cancel"]
        assert await talk.told() == []
        await talk.write("STOP")
        assert [await objects(w, "whatsapp", PHONE, clinic) for clinic in ("riverside", "lakeside")] == [True, True]
        assert await talk.told() == ["opted_out phone_left"]
        assert await talk.told("lakeside") == ["opted_out phone_left"]


async def test_a_button_names_its_clinic_where_several_wrote() -> None:
    async with world(appointment()) as w:
        talk = await two_clinics(w, "lakeside")
        await talk.press("2")
        assert sorted([*await talk.told(), *await talk.told("lakeside")]) == ["pending_cancellation"]
        assert await talk.unassigned() == []


async def test_what_comes_for_no_clinic_is_for_a_person_too() -> None:
    async with world() as w:
        talk = Conversation(w, "whatsapp")
        await talk.write("2")
        assert await talk.unassigned() == ["needs_a_person no_prompt cancel"]


async def test_a_stranger_is_heard_too() -> None:
    async with world() as w:
        await w.clinic()
        talk = Conversation(w, "whatsapp")
        await talk.write("Hello, may I book an appointment?")
        [item] = await talk.work()
        assert (item.reason, item.contact, item.patient_name) == ("question", PHONE, "")


async def test_stop_from_an_id_that_we_never_wrote_to_is_found_out_by_a_person() -> None:
    """A patient with a username has no number in the callback (Meta, Business-scoped user IDs)."""
    async with asked() as talk:
        hidden = "GB.13491208655302741918"
        await talk.w.whatsapp.patients.write(hidden, "STOP")
        assert await objects(talk.w, "whatsapp", hidden)
        assert await talk.told() == ["needs_a_person stop_from_unknown"]


@pytest.mark.parametrize("words", ["1", "ok", "cancel"])
async def test_a_bare_word_after_something_else_was_sent_is_for_a_person(words: str) -> None:
    async with asked() as talk:
        await talk.write("Hello, is parking free?")
        caller = await talk.w.services.callers.identify("local")
        raw = {"recipient_type": "individual", "to": PHONE, "type": "text", "text": {"body": "Yes. Anything else?"}}
        await talk.w.services.submit(caller, "whatsapp", "riverside", raw, "key-1")
        await talk.w.send_for(10)
        talk.w.clock.advance(minutes=5)
        await talk.write(words)
        assert (await talk.status()).answer == ""
        assert sum("wrote_since" in line for line in await talk.told()) == 1
        await talk.press("2")
        assert (await talk.status()).answer == "pending_cancellation"


async def test_our_own_word_back_is_nothing_else() -> None:
    async with asked(appointment(1), appointment(2, hour=16, of=patient(1))) as talk:
        await talk.press("1")
        assert len(await talk.heard()) == 1
        talk.w.clock.advance(minutes=5)
        await talk.write("2")
        found = sorted([(await talk.status(a)).answer for a in ("a1", "a2")])
        assert found == ["confirmed_attendance", "pending_cancellation"]


async def test_a_number_that_travels_in_another_form_is_the_same_patient() -> None:
    """WhatsApp writes Mexican mobiles with a 1 after 52, the record does not (providers.md 6.7)."""
    mexican = patient(telecoms=(Telecom(TelecomSystem.PHONE, "+525512345678", "mobile"),))
    async with asked(appointment(of=mexican)) as talk:
        await talk.w.whatsapp.patients.write("+5215512345678", "2")
        assert (await talk.status()).answer == "pending_cancellation"
        await talk.w.whatsapp.patients.write("+5215512345678", "STOP")
        assert await objects(talk.w, "whatsapp", "+525512345678")
