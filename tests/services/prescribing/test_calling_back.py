"""Sent again, called back, run out: the page and the gate both know."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from shared.domain.appointment import Telecom, TelecomSystem
from shared.domain.message import Event, EventName, State, fold
from shared.domain.prescription.life import PrescriptionState
from shared.errors import Conflict, NotFound
from shared.services.callers import Caller
from shared.services.prescribing.patient_page import PageKind
from shared.services.prescribing.resend import ResendOrder
from shared.services.prescribing.revoke import LEFT, NEVER_LEFT, STOPPED
from shared.services.prescribing.send import Sent
from shared.storage.contract import Hold
from tests.services.prescribing.desk import NURSE, Desk, desk
from tests.world import NOW, appointment, patient

STRANGER = Caller("k9", "Lakeside", frozenset({"lakeside"}))
FLOWS = {"prescriptions": {"send_without_preview": True}}


def again(sent: Sent, **changes: Any) -> ResendOrder:
    return ResendOrder(**{"id": sent.view.prescription.public_id, "last_digits": "001", **changes})


async def message_state(at: Desk, sent: Sent) -> tuple[State, str]:
    whole = await at.w.storage.messages.whole(sent.message_id)
    assert whole is not None
    status = fold(whole.events, whole.message.scheduled_for)
    return status.state, status.reason


async def test_it_is_sent_again_with_a_page_of_its_own_and_a_note_who_asked() -> None:
    async with desk() as at:
        sent, token = await at.delivered()
        done = await at.prescribing.resend(NURSE, again(sent, sender="Nurse Ada", note="lost the phone"))
        await at.later()
        assert (len(at.received), done.repeat) == (2, False)
        assert at.token != token
        assert [(await at.open(one)).status for one in (token, at.token)] == [200, 200]
        view = await at.prescribing.reports.one(NURSE, sent.view.prescription.public_id)
        [moment] = [moment for moment in view.moments if moment.name == "resent"]
        assert (moment.by, moment.note) == ("Ward 3: Nurse Ada", "lost the phone")
        assert len(view.messages) == 2


async def test_it_goes_to_the_number_that_is_right_today() -> None:
    async with desk() as at:
        sent, _ = await at.delivered()
        new = patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 900998", "mobile"),))
        at.w.source.items = [appointment(1, of=new)]
        await at.w.plan_again()
        with pytest.raises(Conflict):
            await at.prescribing.resend(NURSE, again(sent))
        await at.prescribing.resend(NURSE, again(sent, last_digits="998"))
        await at.later()
        assert at.received[-1].to == "+447700900998"


async def test_pressed_twice_it_is_sent_again_once() -> None:
    async with desk() as at:
        sent, _ = await at.delivered()
        answers = [await at.prescribing.resend(NURSE, again(sent)) for _ in range(3)]
        assert [answer.repeat for answer in answers] == [False, True, True]
        await at.later()
        assert len(at.received) == 2


async def test_without_the_digits_it_is_sent_again_only_where_flows_may() -> None:
    async with desk() as at:
        sent, _ = await at.delivered()
        with pytest.raises(Conflict):
            await at.prescribing.resend(NURSE, again(sent, last_digits=""))
    async with desk(clinic=FLOWS) as at:
        sent, _ = await at.delivered()
        assert not (await at.prescribing.resend(NURSE, again(sent, last_digits=""))).repeat


async def test_what_was_called_back_or_has_run_out_is_not_sent_again() -> None:
    async with desk() as at:
        sent, _ = await at.delivered(last_valid_day=date(2026, 11, 21))
        at.w.clock.advance(days=2)
        with pytest.raises(Conflict) as caught:
            await at.prescribing.resend(NURSE, again(sent))
        assert caught.value.code == "expired"
        other, _ = await at.delivered(reference="8DB7CE-A83008-32478+")
        await at.prescribing.revoke(NURSE, other.view.prescription.public_id)
        with pytest.raises(Conflict) as caught:
            await at.prescribing.resend(NURSE, again(other))
        assert caught.value.code == "revoked"


async def test_a_message_that_waits_is_stopped_when_it_is_called_back() -> None:
    async with desk() as at:
        sent = await at.send()
        done = await at.prescribing.revoke(NURSE, sent.view.prescription.public_id, "Nurse Ada", "wrong patient")
        assert (done.repeat, done.view.state) == (False, PrescriptionState.REVOKED)
        assert done.warnings == (STOPPED, NEVER_LEFT)
        await at.later()
        assert at.received == []
        assert await message_state(at, sent) == (State.CANCELLED, "by_staff")


async def test_what_was_delivered_is_said_to_be_out_of_reach_and_its_page_is_closed() -> None:
    async with desk() as at:
        sent, token = await at.delivered()
        done = await at.prescribing.revoke(NURSE, sent.view.prescription.public_id)
        assert done.warnings == (LEFT,)
        for view in (await at.open(token), await at.show(token)):
            assert (view.kind, view.status, view.prescription) == (PageKind.GONE, 410, None)
        assert await at.life(sent) == ["sent", "delivered", "revoked"], "nobody viewed it"


async def test_calling_back_twice_is_once() -> None:
    async with desk() as at:
        sent, _ = await at.delivered()
        done = [await at.prescribing.revoke(NURSE, sent.view.prescription.public_id) for _ in range(2)]
        assert [one.repeat for one in done] == [False, True]
        assert done[0].view == done[1].view


async def test_a_message_that_is_already_with_a_worker_is_stopped_by_the_gate() -> None:
    """Called back between release and send: nothing is left to cancel by then but the claim itself."""
    async with desk() as at:
        sent = await at.send()
        at.w.clock.advance(seconds=2)
        jobs = await at.w.released()
        log = await at.w.storage.prescriptions.whole("riverside", sent.view.prescription.id)
        assert log is not None
        from shared.domain.prescription.life import PrescriptionEvent, PrescriptionEventName

        revoked = PrescriptionEvent(PrescriptionEventName.REVOKED, at.w.clock.now())
        await at.w.storage.prescriptions.append("riverside", log.prescription.id, revoked)
        for job in jobs:
            await at.w.services.send(job)
        assert at.received == []
        assert await message_state(at, sent) == (State.DROPPED, "prescription_revoked")
        await at.w.send_due()
        items = (await at.w.storage.worklist.open_items("riverside", frozenset(), 10, "")).items
        assert list(items) == [], "who called it back knows"


@pytest.mark.parametrize(
    ("before_it_goes", "reason"),
    [
        ("stop", "opted_out"),
        ("wrong person", "unreachable"),
        ("another number", "contact_changed"),
        ("death", "deceased"),
        ("shared", "number_shared"),
    ],
)
async def test_what_changed_before_it_left_stops_it_and_a_person_is_told(before_it_goes: str, reason: str) -> None:
    async with desk() as at:
        sent = await at.send()
        key = at.w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
        people = {
            "another number": [patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 900999", "mobile"),))],
            "death": [patient(1, deceased=True)],
            "shared": [patient(1), patient(2, telecoms=patient(1).telecoms)],
        }.get(before_it_goes, [])
        if before_it_goes == "stop":
            await at.w.storage.patients.opt_out("riverside", "whatsapp", key, NOW, "reply")
        elif before_it_goes == "wrong person":
            await at.w.storage.patients.hold(Hold("riverside", "whatsapp", key, "a" * 26), NOW, "wrong_person")
        else:
            at.w.source.items = [appointment(n, of=one) for n, one in enumerate(people, 1)]
            await at.w.plan_again()
        await at.later()
        assert at.received == []
        assert await message_state(at, sent) == (State.DROPPED, reason)
        items = (await at.w.storage.worklist.open_items("riverside", frozenset(), 10, "")).items
        assert (("not_sent", reason)) in [(i.kind, i.reason) for i in items if i.message_id == sent.message_id]


async def test_a_message_whose_last_day_is_over_does_not_go() -> None:
    async with desk() as at:
        at.w.clock.advance(hours=14)  # eleven in the evening
        sent = await at.send(last_valid_day=date(2026, 11, 20))
        message = await at.w.storage.messages.read(sent.message_id)
        assert message is not None
        assert f"{message.expires_at:%d %H:%M}" == "21 00:00"
        at.w.clock.advance(hours=1)
        await at.later()
        assert (at.received, await at.state(sent)) == ([], PrescriptionState.EXPIRED)


async def test_its_day_ends_where_the_clinic_is() -> None:
    async with desk(clinic={"zone": "Asia/Kolkata", "region": "GB"}) as at:
        sent, token = await at.delivered(last_valid_day=date(2026, 11, 20))
        at.w.clock.at = NOW.replace(hour=18, minute=29)  # 23:59 in Kolkata
        assert (await at.show(token)).status == 200
        at.w.clock.advance(minutes=1)
        assert (await at.show(token)).status == 410
        assert await at.life(sent) == ["sent", "delivered", "viewed", "expired"]


async def test_another_clinics_prescription_is_not_there() -> None:
    async with desk() as at:
        sent, _ = await at.delivered()
        name = sent.view.prescription.public_id
        for made in (
            at.prescribing.reports.one(STRANGER, name),
            at.prescribing.revoke(STRANGER, name),
            at.prescribing.resend(STRANGER, again(sent)),
            at.prescribing.reports.one(NURSE, "riverside_" + "a" * 26),
            at.prescribing.reports.one(NURSE, "nonsense"),
        ):
            with pytest.raises(NotFound):
                await made
        assert await at.state(sent) is PrescriptionState.DELIVERED


async def test_the_list_is_newest_first_and_holds_to_a_channel() -> None:
    async with desk() as at:
        for reference in ("24F5DA-A83008-7EFE6Z", "8DB7CE-A83008-32478+", "15783D-0RWH20-9A1E1O"):
            await at.send(reference=reference)
            at.w.clock.advance(minutes=1)
        clinic, reports = await at.w.services.clinics.get("riverside"), at.prescribing.reports
        first = await reports.newest(clinic, "", 2, "")
        rest = await reports.newest(clinic, "", 2, first.next_cursor)
        found = [view.prescription.reference.code[:6] for view in (*first.items, *rest.items)]
        assert found == ["15783D", "8DB7CE", "24F5DA"]
        assert (await reports.newest(clinic, "wechat", 10, "")).items == ()


async def test_an_outcome_that_nobody_knows_is_no_delivery_and_is_never_repeated_by_itself() -> None:
    async with desk() as at:
        sent = await at.send()
        claim = Event(sent.message_id, EventName.CLAIMED, at.w.clock.now(), 1, owner="w", lease_until=NOW)
        message = await at.w.storage.messages.read(sent.message_id)
        assert message is not None
        await at.w.storage.messages.claim(claim)
        at.w.clock.advance(minutes=30)
        await at.w.send_due()
        at.w.clock.advance(minutes=30)
        await at.w.send_due()
        assert at.received == []
        assert await at.state(sent) is PrescriptionState.NOT_DELIVERED
        done = await at.prescribing.revoke(NURSE, sent.view.prescription.public_id)
        assert done.warnings == (LEFT,), "it may have arrived"
        assert at.w.clock.now() - NOW < timedelta(days=1)
