"""Answers that act: from the signed callback to the event, the worklist and the word back; in every language."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.message import Event, EventName
from shared.errors import SourceUnavailable
from shared.wording import Wording
from tests.callbacks import call_back, said, text
from tests.services.conversation import OPENID, PHONE, WEEK_BEFORE, Conversation, asked
from tests.services.rows import every_row
from tests.storage.wrappers import PassingRows
from tests.world import NOW, appointment, patient, world

LANGUAGES = ("en", "zh-Hant", "zh-Hans", "hi")
WORDS = {
    "en": ("yes", "cancel", "reschedule", "STOP"),
    "zh-Hant": ("會來", "取消預約", "改期", "退訂"),
    "zh-Hans": ("好的。", "取消预约", "改时间", "退订"),
    "hi": ("हाँ", "रद्द करें", "समय बदलें", "बंद करो"),
}
# channel, language of the reminder, language of the answer (empty: a digit); WeChat has no templates in Hindi
TALKS = [
    *[("whatsapp", language, answered) for language in LANGUAGES for answered in (language, "")],
    *[("wechat", language, answered) for language in LANGUAGES[:3] for answered in (language, "")],
    ("wechat", "en", "hi"),
    ("whatsapp", "en", "zh-Hant"),
]
REQUESTS = (
    ("1", 0, "confirmed_attendance", "answer_confirmed", []),
    ("2", 1, "pending_cancellation", "answer_cancellation", ["pending_cancellation"]),
    ("3", 2, "pending_reschedule", "answer_reschedule", ["pending_reschedule"]),
)


def phrase(name: str, language: str, day: str = "") -> str:
    values = {"clinic": "Riverside Clinic", "clinic_phone": "01632 960001", "date": day}
    return Wording.load().preview(name, language, values)


@pytest.mark.parametrize(("channel", "language", "words_of"), TALKS, ids=["-".join(talk) for talk in TALKS])
@pytest.mark.parametrize(("digit", "word", "answer", "thanks", "work"), REQUESTS, ids=[r[2] for r in REQUESTS])
async def test_an_answer_is_noted_shown_handed_over_and_thanked_for(
    channel: str, language: str, words_of: str, digit: str, word: int, answer: str, thanks: str, work: list[str]
) -> None:
    async with asked(channel=channel, language=language) as talk:
        await talk.write(WORDS[words_of][word] if words_of else digit)
        assert (await talk.status()).answer == answer
        assert (await talk.status()).state == ("read" if channel == "whatsapp" else "delivered")
        assert await talk.told() == work
        day = Wording.load().day(appointment().start.date(), language)  # type: ignore[union-attr]
        assert await talk.heard() == [phrase(thanks, language, day)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("digit", "word", "answer", "thanks", "work"), REQUESTS, ids=[r[2] for r in REQUESTS])
async def test_a_button_is_an_answer(
    language: str, digit: str, word: int, answer: str, thanks: str, work: list[str]
) -> None:
    async with asked(language=language) as talk:
        await talk.press(digit)
        assert (await talk.status()).answer == answer
        assert await talk.told() == work
        assert len(await talk.heard()) == 1


async def test_staff_see_who_answered_what_and_until_when() -> None:
    async with asked() as talk:
        await talk.write("2")
        [item] = await talk.work()
        message = (await talk.w.message()).message
        assert (item.message_id, item.appointment_id, item.appointment_key) == (
            message.id,
            "a1",
            message.appointment_key,
        )
        assert (item.patient_name, item.patient_key) == ("Robin Example 1", message.patient_key)
        assert (item.said, item.contact, item.channel) == ("2", PHONE, "whatsapp")
        assert item.act_by == item.starts_at == message.starts_at


async def test_two_reminders_of_one_appointment_are_one_question() -> None:
    both = [{"days": 7, "hour": "10:00"}, {"days": 6, "hour": "10:00"}]
    async with asked(clinic={"steps": both}) as talk:
        talk.w.clock.advance(days=1)
        await talk.w.send_for(6)
        talk.asked = len(talk.on_the_phone())
        assert talk.asked == 2
        await talk.write("1")
        assert (await talk.status(step="6d")).answer == "confirmed_attendance"
        assert (await talk.status(step="7d")).answer == ""
        assert await talk.told() == []


async def test_who_was_asked_again_may_answer_again() -> None:
    both = [{"days": 7, "hour": "10:00"}, {"days": 6, "hour": "10:00"}]
    async with asked(clinic={"steps": both}) as talk:
        await talk.write("1")
        talk.w.clock.advance(days=1)
        await talk.w.send_for(6)
        await talk.write("2")
        assert (await talk.status(step="7d")).answer == "confirmed_attendance"
        assert (await talk.status(step="6d")).answer == "pending_cancellation"
        assert await talk.told() == ["pending_cancellation"]


async def test_of_two_appointments_a_bare_digit_names_neither() -> None:
    async with asked(appointment(1), appointment(2, hour=16, of=patient(1))) as talk:
        await talk.write("2")
        assert await talk.told() == ["needs_a_person several_prompts cancel"]
        assert [(await talk.status(a)).answer for a in ("a1", "a2")] == ["", ""]
        assert await talk.heard() == []


async def test_of_two_appointments_a_button_or_a_quotation_names_one() -> None:
    async with asked(appointment(1), appointment(2, hour=16, of=patient(1))) as talk:
        first, second = talk.w.whatsapp.ledger.of(PHONE)
        await talk.write("2", quoting=first.provider_id)
        await talk.press("3")  # of the last one
        found = {a: (await talk.status(a)).answer for a in ("a1", "a2")}
        of_first = str((await talk.w.message("a1")).message.id)
        in_order = ["a1", "a2"] if first.reference.startswith(of_first) else ["a2", "a1"]
        assert second.reference != first.reference
        assert [found[a] for a in in_order] == ["pending_cancellation", "pending_reschedule"]


async def test_a_quotation_of_something_unknown_names_nothing() -> None:
    async with asked() as talk:
        await talk.write("2", quoting="wamid.of-something-else")
        assert await talk.told() == ["needs_a_person no_prompt cancel"]
        assert (await talk.status()).answer == ""


async def test_an_answer_to_nothing_is_for_a_person() -> None:
    async with asked() as talk:
        await talk.write("1")
        await talk.write("1")  # nothing is open any more
        assert await talk.told() == ["needs_a_person no_prompt confirm"]
        assert len(await talk.heard()) == 1


async def test_a_mind_may_be_changed_from_yes_to_no_but_not_behind_the_back_of_staff() -> None:
    async with asked() as talk:
        await talk.press("1")
        talk.w.clock.advance(seconds=30)
        await talk.press("2")
        assert (await talk.status()).answer == "pending_cancellation"
        talk.w.clock.advance(seconds=30)
        await talk.press("1")
        assert (await talk.status()).answer == "pending_cancellation"
        assert await talk.told() == ["needs_a_person answer_changed confirm", "pending_cancellation"]
        assert len(await talk.heard()) == 2


class WaitingRows(PassingRows):
    """Whoever asks the store waits for the others, so that things that come at once are worked through at once."""

    async def get(self, *asked: Any, **options: Any) -> Any:
        await asyncio.sleep(0)
        return await super().get(*asked, **options)

    async def query(self, *asked: Any, **options: Any) -> Any:
        await asyncio.sleep(0)
        return await super().query(*asked, **options)

    async def write(self, *asked: Any, **options: Any) -> Any:
        await asyncio.sleep(0)
        return await super().write(*asked, **options)


async def test_two_answers_at_once_that_contradict_each_other_are_for_a_person() -> None:
    async with asked(around_rows=WaitingRows) as talk:
        [entry] = talk.w.whatsapp.ledger.of(PHONE)
        payloads = {payload[0]: payload for _, payload in entry.buttons}
        now = talk.w.clock.now()
        presses = [
            said("button", {"payload": payloads[n], "text": n}, at=now, provider_id=f"wamid.{n}") for n in ("2", "1")
        ]
        await call_back(talk.w, *presses)
        told = await talk.told()
        assert any(line.startswith("needs_a_person answer_changed") for line in told)
        assert "pending_cancellation" in told


async def test_what_was_answered_on_another_channel_was_answered() -> None:
    """The reminder that took another way was answered there; then the first one comes to light."""
    both = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]
    async with asked(clinic={"channels": both}) as talk:
        w, first = talk.w, (await talk.w.message()).message
        other = replace(
            first,
            id=w.pseudonyms.placed("riverside", first.id.day, "a" * 26),
            channel="wechat",
            to=OPENID,
            address_key=w.pseudonyms.address("riverside", "wechat", OPENID),
            instead_of=str(first.id),
        )
        await w.storage.messages.put(other)
        claimed = Event(other.id, EventName.CLAIMED, w.clock.now(), owner="w", lease_until=w.clock.now())
        await w.storage.messages.claim(claimed)
        await w.storage.messages.append(Event(other.id, EventName.ACCEPTED, w.clock.now()))
        w.clock.advance(minutes=5)
        await w.wechat.people.write(OPENID, "2")
        assert await talk.told() == ["pending_cancellation"]
        w.clock.advance(minutes=5)
        await talk.press("1")
        await talk.write("1")
        assert (await talk.status()).answer == ""
        assert await talk.told() == [
            "needs_a_person answer_changed confirm",
            "needs_a_person no_prompt confirm",
            "pending_cancellation",
        ]


async def test_what_an_unknown_outcome_left_open_may_be_answered() -> None:
    """It did arrive, or there would be no answer."""
    async with world(appointment()) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await w.plan()
        w.clock.advance(hours=1)
        w.whatsapp.script("never_reports")
        w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
        await w.send_for(6)
        talk = Conversation(w, "whatsapp", 1)
        assert (await talk.status()).state == "unknown"
        await talk.write("2")
        assert (await talk.status()).answer == "pending_cancellation"
        assert "pending_cancellation" in await talk.told()


@pytest.mark.parametrize(
    ("change", "told", "reply"),
    [
        ("moved", "appointment_changed", "answer_changed"),
        ("cancelled", "appointment_changed", "answer_changed"),
        ("gone", "appointment_changed", "answer_changed"),
        ("passed", "appointment_passed", "answer_passed"),
    ],
)
@pytest.mark.parametrize(("digit", "meaning"), [("1", "confirm"), ("2", "cancel")])
async def test_an_answer_to_what_has_changed_or_passed_is_refused_politely(
    change: str, told: str, reply: str, digit: str, meaning: str
) -> None:
    async with asked() as talk:
        if change == "passed":
            talk.w.clock.at = NOW + timedelta(days=7, hours=6)
        elif change == "gone":
            talk.w.source.items.clear()
        else:
            status = {"status": "cancelled"} if change == "cancelled" else {}
            talk.w.source.items[:] = [appointment(hour=15 if change == "moved" else 14, **status)]
        await talk.write(digit)
        assert (await talk.status()).answer == ""
        assert await talk.told() == [f"needs_a_person {told} {meaning}"]
        assert await talk.heard() == [phrase(reply, "en")]


async def test_a_button_of_a_moved_appointments_old_reminder_is_refused() -> None:
    async with asked() as talk:
        talk.w.source.items[:] = [appointment(hour=16)]
        talk.w.clock.advance(minutes=20)
        await talk.press("1")
        assert await talk.told() == ["needs_a_person appointment_changed confirm"]


async def test_where_the_source_is_silent_the_answer_counts_all_the_same() -> None:
    async with asked() as talk:

        async def silent(_appointment_id: str) -> None:
            raise SourceUnavailable("no answer")

        talk.w.source.read_one = silent  # type: ignore[method-assign,assignment]
        await talk.write("2")
        assert (await talk.status()).answer == "pending_cancellation"
        assert await talk.told() == ["pending_cancellation"]


async def test_an_answer_long_after_the_appointment_answers_nothing() -> None:
    async with asked() as talk:
        talk.w.clock.advance(days=10)
        await talk.write("1")
        assert await talk.told() == ["needs_a_person no_prompt confirm"]
        assert await talk.heard() == []


async def test_an_answer_that_is_worked_through_too_late_is_noted_but_not_thanked_for() -> None:
    """Outside the customer-service window no free text may go; we stop five minutes before its end."""
    async with asked() as talk:
        written = text("2", at=talk.w.clock.now())
        talk.w.clock.advance(hours=23, minutes=55)
        await call_back(talk.w, written)
        assert (await talk.status()).answer == "pending_cancellation"
        assert await talk.told() == ["pending_cancellation"]
        assert await talk.heard() == []


async def test_an_answer_from_before_we_asked_answers_nothing() -> None:
    async with asked() as talk:
        await call_back(talk.w, text("1", at=NOW))
        assert await talk.told() == ["needs_a_person no_prompt confirm"]


@pytest.mark.parametrize("channel", ["whatsapp", "wechat"])
@pytest.mark.parametrize(
    ("words", "answers", "told"),
    [
        ("2", 1, ["pending_cancellation"]),
        ("1", 1, []),
        ("STOP", 0, ["opted_out phone_left"]),
        ("who is this?", 0, ["needs_a_person question"]),
    ],
)
async def test_one_callback_however_often_is_one_event_one_item_and_one_answer(
    channel: str, words: str, answers: int, told: list[str]
) -> None:
    async with asked(channel=channel) as talk:
        await talk.write(words)
        once = await talk.heard()
        for pause_s in (0, 1, 60, 3600, 86_400):
            talk.w.clock.advance(seconds=pause_s)
            await talk.again()
        assert [e.name for e in (await talk.w.message()).events].count(EventName.ANSWERED) == answers
        assert await talk.told() == told
        assert await talk.heard() == once
        assert len(await every_row(talk.w.storage.rows, "inbound")) == 1


async def test_the_message_shows_the_answer_among_its_events() -> None:
    async with asked() as talk:
        await talk.press("1")
        caller = await talk.w.services.callers.identify("local")
        view = await talk.w.services.reports.message(caller, str((await talk.w.message()).message.id))
        assert [(str(e.name), e.detail) for e in view.events][-1] == ("answered", "confirmed_attendance")
        assert view.status.answer == "confirmed_attendance"
