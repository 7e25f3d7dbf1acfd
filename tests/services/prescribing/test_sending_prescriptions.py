"""A prescription reference goes once, to the patient that somebody has looked at, and to nobody in doubt."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from shared.domain.appointment import Patient, Telecom, TelecomSystem
from shared.domain.message import Kind, Priority, State
from shared.domain.prescription.life import PrescriptionState
from shared.errors import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    InvalidInput,
    PatientMessagingError,
    StorageUnavailable,
)
from shared.services.callers import Caller
from shared.services.prescribing.send import QUIET, REPEAT
from shared.storage.contract import Hold
from tests.services.prescribing.desk import BOTH, NURSE, WECHAT_ONLY, Desk, desk
from tests.services.rows import StoreThatStops, every_row
from tests.world import NOW, appointment, patient

KEPT = ("prescriptions", "patientpages", "messages", "due", "idempotency")
OPENID = Telecom(TelecomSystem.OPENID, "oMock_follower_0001")


async def refused(made: Any, reason: str = "") -> PatientMessagingError:
    """What was asked is refused, with this code."""
    with pytest.raises(PatientMessagingError) as caught:
        await made
    if reason:
        assert caught.value.code == reason
    return caught.value


async def nothing_is_kept(at: Desk, made: Any, reason: str) -> None:
    before = await every_row(at.w.storage.rows, *KEPT)
    await refused(made, reason)
    assert await every_row(at.w.storage.rows, *KEPT) == before
    await at.later()
    assert at.received == []


async def test_it_goes_as_a_message_of_its_kind_and_its_life_is_told() -> None:
    async with desk() as at:
        sent = await at.send(sender="Nurse Ada")
        assert (sent.repeat, sent.view.state) == (False, PrescriptionState.WAITING)
        message = await at.w.storage.messages.read(sent.message_id)
        assert message is not None
        assert (message.kind, message.priority) == (Kind.PRESCRIPTION, Priority.PRESCRIPTION)
        assert (message.sent_by, message.prescription) == ("Ward 3: Nurse Ada", sent.view.prescription.id)
        await at.later()
        [entry] = at.received
        assert entry.to == "+447700900001"
        assert "24F5DA-A83008-7EFE6Z" in entry.text
        assert entry.link.startswith("https://app.example/api/p/")
        assert "24F5DA" not in entry.link
        assert await at.state(sent) is PrescriptionState.DELIVERED
        assert (await at.show(at.token)).status == 200
        assert await at.life(sent) == ["sent", "delivered", "viewed"]


async def test_the_button_pressed_twice_is_one_message_and_one_answer() -> None:
    async with desk() as at:
        seen = await at.preview()
        order = at.order(preview_token=seen.token, last_digits="001")
        first, second = await at.press(order), await at.press(order)
        assert (first.repeat, second.repeat) == (False, True)
        assert second.view.prescription == first.view.prescription
        assert second.warnings == (REPEAT,)
        await at.later()
        third = await at.press(replace(order, idempotency_key="another-key"))
        assert (third.repeat, third.message_id) == (True, first.message_id), "one preview is one message"
        assert len(at.received) == 1


async def test_a_press_that_is_repeated_later_is_told_the_truth_though_it_would_be_refused_by_now() -> None:
    async with desk() as at:
        seen = await at.preview()
        order = at.order(preview_token=seen.token, last_digits="001")
        first = await at.press(order)
        await at.later()
        key = at.w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
        await at.w.storage.patients.opt_out("riverside", "whatsapp", key, NOW, "reply")
        at.w.clock.advance(hours=1)  # the preview has run out as well
        again = await at.press(order)
        assert (again.repeat, again.message_id) == (True, first.message_id)


async def test_two_presses_at_once_are_one_message() -> None:
    async with desk() as at:
        seen = await at.preview()
        order = at.order(preview_token=seen.token, last_digits="001")
        answers = await asyncio.gather(*(at.press(order) for _ in range(5)))
        assert len({answer.message_id for answer in answers}) == 1
        await at.later()
        assert len(at.received) == 1
        assert (await at.show(at.token)).status == 200


async def test_the_same_key_with_another_wish_is_refused() -> None:
    async with desk(clinic={"prescriptions": {"send_without_preview": True}}) as at:
        await at.press(at.order(idempotency_key="k"))
        with pytest.raises(IdempotencyMismatch):
            await at.press(at.order(idempotency_key="k", controlled=True))


async def test_a_flow_without_a_key_that_retries_sends_once() -> None:
    async with desk(clinic={"prescriptions": {"send_without_preview": True}}) as at:
        answers = [await at.press(at.order()) for _ in range(8)]
        assert [answer.repeat for answer in answers] == [False] + [True] * 7
        await at.later()
        assert len(at.received) == 1


@pytest.mark.parametrize("writes", range(14))
async def test_a_crash_at_any_write_leaves_nothing_double_and_the_next_try_completes_it(writes: int) -> None:
    stores: list[StoreThatStops] = []

    def around(rows: Any) -> StoreThatStops:
        stores.append(StoreThatStops(rows))
        return stores[0]

    async with desk(around_rows=around) as at:
        seen = await at.preview()
        order = at.order(preview_token=seen.token, last_digits="001", idempotency_key="k")
        stores[0].answers, stores[0].writes = writes, 0
        broke = False
        try:
            await at.press(order)
        except StorageUnavailable:
            broke = True
            stores[0].answers = None
            at.w.clock.advance(seconds=5)
            await at.later()
            done = await at.press(order)
            assert done.view.state in (PrescriptionState.WAITING, PrescriptionState.DELIVERED)
        # two keys, page, facts and line, event, due row, mark of the day, history, index, message
        assert broke is (writes < 11)
        stores[0].answers = None
        at.w.clock.advance(minutes=3)  # a due row whose message came late is met again
        await at.later()
        assert len(at.received) == 1
        assert (await at.show(at.token)).status == 200


async def test_without_a_preview_nothing_goes_unless_the_clinic_lets_flows_do_so() -> None:
    async with desk() as at:
        await nothing_is_kept(at, at.press(at.order(last_digits="001")), "preview_missing")
    async with desk(clinic={"prescriptions": {"send_without_preview": True}}) as at:
        assert not (await at.press(at.order())).repeat
        await refused(at.press(at.order(reference="8DB7CE-A83008-32478+", last_digits="999")), "last_digits")


async def test_a_preview_lasts_fifteen_minutes() -> None:
    async with desk() as at:
        seen = await at.preview()
        assert seen.until == NOW + timedelta(minutes=15)
        at.w.clock.advance(minutes=15)
        order = at.order(preview_token=seen.token, last_digits="001")
        assert not (await at.press(order)).repeat
        seen = await at.preview(reference="8DB7CE-A83008-32478+")
        at.w.clock.advance(minutes=15, seconds=1)
        late = at.order(reference="8DB7CE-A83008-32478+", preview_token=seen.token, last_digits="001")
        await refused(at.press(late), "preview_expired")


@pytest.mark.parametrize(
    "change",
    [
        {"reference": "8DB7CE-A83008-32478+"},
        {"controlled": True},
        {"pharmacy": "Quill Lane Pharmacy"},
        {"last_valid_day": date(2026, 12, 1)},
        {"number": 2},
    ],
    ids=str,
)
async def test_a_preview_of_something_else_allows_nothing(change: dict[str, Any]) -> None:
    async with desk() as at:
        seen = await at.preview()
        digits = "002" if "number" in change else "001"
        order = at.order(preview_token=seen.token, last_digits=digits, **change)
        await nothing_is_kept(at, at.press(order), "preview_of_another")


@pytest.mark.parametrize("token", ["", "x", "1795166100." + "A" * 12 + "." + "A" * 43, "9" * 200])
async def test_a_token_that_nobody_gave_allows_nothing(token: str) -> None:
    async with desk() as at:
        order = at.order(preview_token=token, last_digits="001")
        await nothing_is_kept(at, at.press(order), "preview_of_another" if token else "preview_missing")


async def test_two_previews_of_one_instant_are_two() -> None:
    """Else what was called back could not be sent once more at once: it would pass for a repeat."""
    async with desk() as at:
        first = await at.send()
        await at.prescribing.revoke(NURSE, first.view.prescription.public_id)
        second = await at.send()
        assert (second.repeat, second.view.state) == (False, PrescriptionState.WAITING)
        assert second.message_id != first.message_id


async def test_a_preview_is_its_callers_own() -> None:
    async with desk() as at:
        seen = await at.preview()
        order = at.order(preview_token=seen.token, last_digits="001")
        other = at.prescribing.send(Caller("k2", "Ward 4", None), order)
        await nothing_is_kept(at, other, "preview_of_another")


async def test_a_number_that_was_corrected_after_the_preview_stops_it() -> None:
    async with desk() as at:
        seen = await at.preview()
        corrected = patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 900999", "mobile"),))
        at.w.source.items = [appointment(1, of=corrected)]
        await at.w.plan_again()
        order = at.order(preview_token=seen.token, last_digits="999")
        await nothing_is_kept(at, at.press(order), "preview_of_another")


@pytest.mark.parametrize("digits", ["", "002", "01", "0001", "001 ", "９９９"])
async def test_the_last_three_digits_are_typed_by_a_person(digits: str) -> None:
    async with desk() as at:
        if digits.strip() == "001":
            assert not (await at.send(digits=digits)).repeat
        else:
            await nothing_is_kept(at, at.send(digits=digits), "last_digits")


async def test_a_channel_without_a_number_asks_for_no_digits() -> None:
    people = patient(1, telecoms=(OPENID,))
    async with desk(appointment(1, of=people), clinic={"channels": WECHAT_ONLY}) as at:
        seen = await at.preview()
        assert (seen.prepared.shown_to, seen.prepared.asks_digits) == ("WeChat", False)
        await at.send(digits="")
        await at.later()
        [entry] = at.w.wechat.ledger.received("oMock_follower_0001")
        assert entry.fields["character_string2"] == "24F5DA-A83008-7EFE6Z"
        assert entry.url.startswith("https://app.example/api/p/")


PATIENTS: dict[str, tuple[Patient, str]] = {
    "deceased": (patient(1, deceased=True), "deceased"),
    "restricted": (patient(1, restricted=True), "restricted"),
    "excluded": (patient(1, excluded=True), "excluded_patient"),
    "needs an interpreter": (patient(1, interpreter_required=True), "interpreter"),
    "a child": (patient(1, birth_on=date(2015, 1, 1)), "under_age"),
    "of no known age": (patient(1, birth_on=None), "age_unknown"),
    "a landline": (patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "020 7946 0123", "home"),)), "number_landline"),
    "a note beside it": (
        patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 900001 (wife)", "mobile"),)), "number_third_party",
    ),
    "no number": (patient(1, telecoms=()), "no_address"),
}  # fmt: skip


@pytest.mark.parametrize(("person", "reason"), PATIENTS.values(), ids=PATIENTS)
async def test_a_patient_who_must_not_be_written_to_is_refused_with_the_reason(person: Patient, reason: str) -> None:
    async with desk(appointment(1, of=person)) as at:
        await nothing_is_kept(at, at.preview(), reason)


async def test_a_patient_who_died_after_they_were_known_is_refused() -> None:
    async with desk() as at:
        at.w.source.items = [appointment(1, of=patient(1, deceased=True))]
        await at.w.plan_again()
        await nothing_is_kept(at, at.preview(), "deceased")


async def test_a_number_of_two_patients_is_refused_for_both_and_allowed_when_it_is_one_patients_again() -> None:
    same = (Telecom(TelecomSystem.PHONE, "07700 900555", "mobile"),)
    people = [appointment(n, of=patient(n, telecoms=same)) for n in (1, 2)]
    async with desk(*people) as at:
        for number in (1, 2):
            await nothing_is_kept(at, at.preview(number=number), "number_shared")
        await at.w.plan_again()
        await nothing_is_kept(at, at.preview(), "number_shared")
        at.w.source.items = people[:1]
        await at.w.plan_again()
        assert (await at.preview()).token


async def test_no_opt_in_is_refused_and_an_opt_in_lets_it_go() -> None:
    async with desk(clinic={"channels": [{"channel": "whatsapp", "opt_in": "required"}]}) as at:
        await nothing_is_kept(at, at.preview(), "no_opt_in")
        await at.w.opt_in("whatsapp", [patient(1)])
        assert not (await at.send()).repeat


@pytest.mark.parametrize("stands", ["opted_out", "unreachable", "held"])
async def test_an_address_with_something_against_it_is_refused(stands: str) -> None:
    async with desk() as at:
        patients, key = at.w.storage.patients, at.w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
        if stands == "opted_out":
            await patients.opt_out("riverside", "whatsapp", key, NOW, "reply")
        elif stands == "held":
            await patients.hold(Hold("riverside", "whatsapp", key, "a" * 26), NOW, "wrong_person")
        else:
            await patients.mark_unreachable("riverside", "whatsapp", key, NOW, "131026", NOW + timedelta(days=1))
        await nothing_is_kept(at, at.preview(), "unreachable" if stands == "held" else stands)


async def test_a_patient_of_whom_no_list_has_told_is_refused() -> None:
    async with desk() as at:
        await refused(at.preview(patient_id="a" * 26), "patient_unknown")
        await refused(at.preview(patient_id="../../etc"), "patient_unknown")
        await refused(at.preview(patient_id="", patient_number="p77"), "patient_unknown")


async def test_a_flow_may_name_the_patient_by_the_sources_own_number() -> None:
    async with desk() as at:
        seen = await at.preview(patient_id="", patient_number="p1")
        assert seen.prepared.contact.patient_key == at.patient()
        error = await refused(at.preview(patient_number="p1"))
        assert [problem.field for problem in error.details] == ["patientId"]


async def test_auto_is_the_first_way_of_the_clinic_that_is_allowed() -> None:
    both = patient(1, telecoms=(*patient(1).telecoms, OPENID))
    async with desk(appointment(1, of=both), clinic={"channels": BOTH}) as at:
        seen = await at.preview()
        assert seen.prepared.way.channel.channel == "whatsapp"
        assert [way.channel for way in seen.others] == ["wechat"]
        key = at.w.pseudonyms.address("riverside", "whatsapp", "+447700900001")
        await at.w.storage.patients.opt_out("riverside", "whatsapp", key, NOW, "reply")
        assert (await at.preview()).prepared.way.channel.channel == "wechat"
        await refused(at.preview(channel="whatsapp"), "opted_out")


async def test_a_channel_that_the_clinic_does_not_use_is_refused() -> None:
    async with desk() as at:
        await refused(at.preview(channel="wechat"), "channel_not_used")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"reference": "24F5DA-A83008-7EFE6A"}, "reference", "does not fit"),
        ({"reference": "03F4C2-A99968-7F717P"}, "reference", "Look first at group 1"),
        ({"reference": ""}, "reference", "missing"),
        ({"last_valid_day": date(2028, 1, 1)}, "lastValidDay", "beyond what the law allows"),
        ({"last_valid_day": date(2026, 11, 19)}, "lastValidDay", "is over"),
        ({"appropriate_day": date(2026, 11, 21)}, "prescribedOn", "dated ahead"),
        ({"controlled": True, "appropriate_day": date(2026, 10, 22)}, "lastValidDay", "is over"),
        ({"nominated": True}, "pharmacy", "nominated pharmacy"),
        ({"pharmacy": "x" * 61}, "pharmacy", "at most 60"),
        ({"sender": "x" * 81}, "sender", "at most 80"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named_without_its_value(change: dict[str, Any], field: str, words: str) -> None:
    async with desk() as at:
        with pytest.raises(InvalidInput) as caught:
            await at.preview(**change)
        [problem] = caught.value.details
        assert problem.field == field
        assert words in problem.message
        assert "24F5DA" not in problem.message


async def test_every_wrong_field_is_named_at_once() -> None:
    async with desk() as at:
        with pytest.raises(InvalidInput) as caught:
            await at.preview(reference="?", nominated=True, last_valid_day=date(2020, 1, 1))
        assert [problem.field for problem in caught.value.details] == ["reference", "lastValidDay", "pharmacy"]


async def test_a_kind_that_the_clinic_does_not_send_is_refused() -> None:
    async with desk() as at:
        for kind in ("china", "nonsense"):
            await refused(at.preview(kind=kind), "kind_not_used")


async def test_another_clinics_caller_is_refused() -> None:
    async with desk() as at:
        stranger = Caller("k9", "Lakeside", frozenset({"lakeside"}))
        with pytest.raises(Forbidden):
            await at.preview(stranger, clinic_id="riverside")


async def test_an_indian_prescription_names_its_prescriber_in_the_message() -> None:
    names = {"en": "Clinic", "hi": "क्लिनिक"}
    clinic = {"region": "IN", "zone": "Asia/Kolkata", "languages": ["en", "hi"], "name": names}
    person = patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "+447700900001", "mobile"),), languages=("hi",))
    async with desk(appointment(1, of=person), clinic=clinic) as at:
        with pytest.raises(InvalidInput) as caught:
            await at.preview(reference="")
        assert [problem.field for problem in caught.value.details] == ["prescriberRegistration"]
        seen = await at.preview(reference="", registration="DMC/R/01234")
        one = seen.prepared.prescription
        assert one is not None
        assert seen.prepared.language == "hi"
        assert "DMC/R/01234" in seen.prepared.text
        assert one.reference.shown in seen.prepared.text
        await at.send(reference=one.reference.shown, registration="DMC/R/01234")
        await at.later()
        assert "DMC/R/01234" in at.received[-1].text


async def test_what_a_channel_would_cut_is_refused_rather_than_cut() -> None:
    clinic = {"region": "IN", "channels": WECHAT_ONLY}
    async with desk(appointment(1, of=patient(1, telecoms=(OPENID,))), clinic=clinic) as at:
        await refused(at.preview(reference="", registration="DMC/R/01234"), "does_not_fit")


async def test_a_chinese_prescription_holds_for_its_day_unless_a_nurse_says_more() -> None:
    person = patient(1, telecoms=(OPENID,), languages=("zh-CN",))
    clinic = {
        "region": "CN", "zone": "Asia/Shanghai", "channels": WECHAT_ONLY, "languages": ["zh-Hans"],
        "name": {"zh-Hans": "河畔诊所"},
    }  # fmt: skip
    async with desk(appointment(1, of=person), clinic=clinic) as at:
        sent = await at.send(reference="rx 20261120-001", digits="", last_valid_day=date(2026, 11, 23))
        assert sent.view.prescription.last_day == date(2026, 11, 23)
        await at.later()
        [entry] = at.w.wechat.ledger.received("oMock_follower_0001")
        assert entry.fields["character_string2"] == "RX20261120-001"
        assert entry.fields["date3"] == "2026年11月23日"


async def test_in_quiet_hours_it_goes_all_the_same_and_that_is_said() -> None:
    async with desk() as at:
        at.w.clock.advance(hours=12)  # nine in the evening
        sent = await at.send()
        assert QUIET in sent.warnings
        await at.later()
        assert len(at.received) == 1


async def test_a_language_that_the_clinic_does_not_have_is_said() -> None:
    async with desk(appointment(1, of=patient(1, languages=("pl",)))) as at:
        seen = await at.preview()
        assert any("language" in warning for warning in seen.prepared.warnings)
        with pytest.raises(InvalidInput):
            await at.preview(language="hi")


async def test_without_a_public_address_the_message_holds_the_code_only_and_that_is_said() -> None:
    async with desk(public_url="") as at:
        seen = await at.preview()
        assert any("PUBLIC_URL" in warning for warning in seen.prepared.warnings)
        assert "[" not in seen.prepared.text, "no button leads anywhere"
        await at.send()
        await at.later()
        assert at.received[-1].link == ""
        assert "24F5DA-A83008-7EFE6Z" in at.received[-1].text


async def test_a_message_that_could_not_leave_for_a_day_is_dropped_and_a_person_is_told() -> None:
    async with desk() as at:
        sent = await at.send()
        at.w.clock.advance(hours=25)
        await at.w.send_due()
        at.w.clock.advance(minutes=3)
        await at.w.send_due()
        whole = await at.w.storage.messages.whole(sent.message_id)
        assert whole is not None
        assert at.received == []
        assert await at.state(sent) is PrescriptionState.NOT_DELIVERED
        items = (await at.w.storage.worklist.open_items("riverside", frozenset(), 10, "")).items
        assert [(item.kind, item.reason) for item in items if item.message_id == sent.message_id] == [
            ("not_sent", "expired")
        ]


async def test_a_repeat_tells_how_it_stands_by_now() -> None:
    async with desk() as at:
        seen = await at.preview()
        order = at.order(preview_token=seen.token, last_digits="001")
        await at.press(order)
        await at.later()
        again = await at.press(order)
        assert again.view.state is PrescriptionState.DELIVERED
        assert again.view.latest is not None
        assert again.view.latest[1].state is State.READ


async def test_a_caller_that_sends_is_named() -> None:
    async with desk() as at:
        assert (await at.send()).view.prescription.sent_by == NURSE.name
        with pytest.raises(Conflict):
            await at.preview(channel="wechat")
