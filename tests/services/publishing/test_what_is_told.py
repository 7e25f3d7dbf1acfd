"""What happens is told to those who asked for it, and to nobody else."""

from __future__ import annotations

from collections import Counter

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.appointment import AppointmentStatus
from shared.domain.topics import Topic
from shared.services.callers import Caller
from shared.services.staff.consent import Wish
from tests.services.conversation import asked
from tests.services.publishing.audience import OPERATOR, Audience, subscribed, tell, waiting
from tests.storage.wrappers import CountingRows
from tests.world import World, appointment, world

WEEK_BEFORE = [{"days": 7, "hour": "10:00"}]


async def reminded(w: World) -> None:
    """The day's reminders go, and their receipts come."""
    await w.plan()
    w.clock.advance(hours=1)
    await w.send_for(30)
    w.clock.advance(seconds=10)
    await w.receipts()


async def test_a_reminder_is_told_of_from_accepted_to_read() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        sent = await subscribed(w, Topic.MESSAGE_SENT, "sent")
        status = await subscribed(w, Topic.MESSAGE_STATUS, "status")
        await subscribed(w, Topic.MESSAGE_FAILED, "failed")
        await reminded(w)
        await tell(w)
        [news] = audience.heard("sent")
        log = await w.message()
        accepted = next(event for event in log.events if event.name == "accepted")
        assert news == {
            "id": news["id"],
            "event": "message-sent",
            "occurredAt": accepted.at.isoformat(timespec="seconds"),
            "clinicId": "riverside",
            "channel": "whatsapp",
            "eventState": "accepted",
            "reason": None,
            "message": {
                "id": str(log.message.id),
                "clinicId": "riverside",
                "patientId": log.message.patient_key,
                "channel": "whatsapp",
                "kind": "reminder",
                "state": "read",
                "reason": None,
                "scheduledFor": "2026-11-20T10:00:00+00:00",
                "expiresAt": news["message"]["expiresAt"],
                "createdAt": "2026-11-20T09:00:00+00:00",
                "updatedAt": news["message"]["updatedAt"],
                "providerId": accepted.provider_id,
                "appointmentId": "a1",
                "sentBy": "system",
                "mock": False,
            },
        }
        assert Counter(n["eventState"] for n in audience.heard("status")) == Counter(["sent", "delivered", "read"])
        assert audience.heard("failed") == []
        assert len({n["id"] for _, n in audience.told}) == 4
        assert await waiting(w, sent) == await waiting(w, status) == 0


async def test_no_word_of_a_message_and_no_name_or_number_is_told() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        for topic in Topic:
            await subscribed(w, topic)
        await reminded(w)
        await tell(w)
        assert audience.told
        text = str([news for _, news in audience.told])
        assert not any(word in text for word in ("Robin", "Example", "7700900", "Follow-up", "Level 2"))


async def test_two_subscribers_are_told_the_same_event_under_the_same_id() -> None:
    """One address may be there twice: while a flow is edited its new subscription may come before the old one goes."""
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        first = await subscribed(w, Topic.MESSAGE_SENT)
        second = await subscribed(w, Topic.MESSAGE_SENT)
        await subscribed(w, Topic.MESSAGE_SENT, "another")
        assert first.subscription.id != second.subscription.id
        assert first.token != second.token
        await reminded(w)
        await tell(w)
        assert (len(audience.heard("flow")), len(audience.heard("another"))) == (2, 1)
        assert len({news["id"] for _, news in audience.told}) == 1


async def test_repeated_receipts_and_callbacks_tell_nothing_twice() -> None:
    audience = Audience()
    async with asked(subscribers=audience) as talk:
        for topic in Topic:
            await subscribed(talk.w, topic, topic)
        await talk.press("2")
        await talk.again()
        await tell(talk.w)
        await talk.again()
        await tell(talk.w)
        assert [len(audience.heard(topic)) for topic in (Topic.PATIENT_REPLY, Topic.PATIENT_OPTED_OUT)] == [1, 0]
        assert max(Counter(news["id"] for _, news in audience.told).values()) == 1


async def test_only_ones_own_clinic_and_channel_are_told_of() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        elsewhere = Caller("key-2", "others", frozenset({"lakeside"}))
        await subscribed(w, Topic.MESSAGE_SENT, "elsewhere", elsewhere)
        await subscribed(w, Topic.MESSAGE_SENT, "wechat", channel="wechat")
        await subscribed(w, Topic.MESSAGE_SENT, "whatsapp", channel="whatsapp")
        await subscribed(w, Topic.MESSAGE_SENT, "one", OPERATOR, "riverside")
        await subscribed(w, Topic.MESSAGE_SENT, "all", OPERATOR)
        await reminded(w)
        await tell(w)
        heard = Counter(to.partition("//")[2].partition(".")[0] for to, _ in audience.told)
        assert heard == {"whatsapp": 1, "one": 1, "all": 1}


async def test_a_clinic_without_subscribers_costs_one_request_a_minute() -> None:
    meters: list[CountingRows] = []

    def counted(rows: object) -> CountingRows:
        meters.append(CountingRows(rows))  # type: ignore[arg-type]
        return meters[0]

    async with world(appointment(), subscribers=Audience(), around_rows=counted) as w:
        await w.clinic(steps=WEEK_BEFORE)
        elsewhere = Caller("key-2", "others", frozenset({"lakeside"}))
        await subscribed(w, Topic.MESSAGE_SENT, "elsewhere", elsewhere)
        meters[0].requests.clear()
        await reminded(w)
        assert meters[0].requests["outbox"] == 0
        assert meters[0].requests["subscriptions"] <= 3


async def test_a_message_that_failed_for_good_is_told_of_with_its_reason() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_FAILED)
        w.whatsapp.script("not_on_whatsapp")
        await reminded(w)
        await tell(w)
        [news] = audience.heard("flow")
        assert (news["eventState"], news["message"]["state"]) == ("failed", "failed")
        assert news["reason"]


async def test_what_was_withdrawn_because_the_appointment_was_cancelled_is_no_failure() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_FAILED, "failed")
        await subscribed(w, Topic.MESSAGE_STATUS, "status")
        await w.plan()
        w.source.items[:] = [appointment(status=AppointmentStatus.CANCELLED)]
        await w.plan_again()
        await tell(w)
        assert audience.heard("failed") == []
        [news] = audience.heard("status")
        assert (news["eventState"], news["reason"]) == ("dropped", "cancelled")


async def test_what_went_too_late_to_be_sent_is_a_failure() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_FAILED)
        await w.plan()
        w.clock.advance(days=8)
        await w.send_due()
        await tell(w)
        [news] = audience.heard("flow")
        assert (news["eventState"], news["reason"]) == ("dropped", "appointment_started")


ANSWERS = [
    ("press", "2", ("cancel", None, True)),
    ("write", "1", ("confirm", None, True)),
    ("write", "STOP", ("stop", None, True)),
    ("write", "I cannot come", ("unclear", "cancel", False)),
    ("write", "is it still on?", ("question", None, False)),
]


@pytest.mark.parametrize(("how", "words", "understood"), ANSWERS, ids=[words for _, words, _ in ANSWERS])
async def test_what_a_patient_wrote_is_told_with_what_was_understood(
    how: str, words: str, understood: tuple[str, str | None, bool]
) -> None:
    audience = Audience()
    async with asked(subscribers=audience) as talk:
        await subscribed(talk.w, Topic.PATIENT_REPLY)
        await getattr(talk, how)(words)
        await tell(talk.w)
        [news] = audience.heard("flow")
        message = (await talk.w.message()).message
        assert (news["meaning"], news["suggestion"], news["certain"]) == understood
        assert (news["messageId"], news["patientId"]) == (str(message.id), message.patient_key)
        assert news["text"] == (words if how == "write" else news["text"])
        assert news["text"]


async def test_who_stops_a_channel_is_told_of_once() -> None:
    audience = Audience()
    async with asked(subscribers=audience) as talk:
        await subscribed(talk.w, Topic.PATIENT_OPTED_OUT)
        await talk.write("STOP")
        await tell(talk.w)
        talk.w.clock.advance(hours=1)
        await talk.write("stop")
        await tell(talk.w)
        [news] = audience.heard("flow")
        message = (await talk.w.message()).message
        assert (news["source"], news["patientId"]) == ("stop", message.patient_key)
        assert news["messageId"] == str(message.id)


async def test_what_was_unknown_and_arrived_after_all_is_no_failure() -> None:
    """A time-out: most are settled by a receipt before staff would be told."""
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_FAILED, "failed")
        await subscribed(w, Topic.MESSAGE_STATUS, "status")
        w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
        await reminded(w)
        await tell(w, 1200)
        assert (await w.told())["a1", "7d"] == "read"
        assert audience.heard("failed") == []
        assert "unknown" in {news["eventState"] for news in audience.heard("status")}


async def test_what_stays_unknown_is_a_failure_when_staff_are_told() -> None:
    audience = Audience()
    async with world(appointment(), subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_FAILED)
        w.whatsapp.script("never_reports")
        w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
        await reminded(w)
        await tell(w, 300)
        assert audience.told == []
        await tell(w, 600)
        [news] = audience.heard("flow")
        assert (news["eventState"], news["message"]["state"]) == ("unknown", "unknown")


async def test_an_opt_out_that_staff_record_is_told_of_too() -> None:
    audience = Audience()
    async with asked(subscribers=audience) as talk:
        await subscribed(talk.w, Topic.PATIENT_OPTED_OUT)
        patient_id = (await talk.w.message()).message.patient_key
        no_more = Wish.read(opted_in=False, method="phone", note="")
        for _ in range(2):
            await talk.w.services.consent(OPERATOR, "riverside", patient_id, "whatsapp", no_more)
        await tell(talk.w)
        [news] = audience.heard("flow")
        assert (news["source"], news["patientId"], news["messageId"]) == ("staff", patient_id, None)
