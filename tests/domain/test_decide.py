"""Which appointments are reminded, by which way, and why not (health.md 1.6; the table in `decide`)."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.domain.appointment import AppointmentStatus, ContactPreference
from shared.domain.clinic import AddressKind, Clinic, Exclusions, OptInRule
from shared.domain.decide import decide
from shared.domain.decision import Decision, Planned, PlanNote, Skipped, SkipReason
from shared.domain.register import NO_RECORD, PatientRecord
from tests.domain.examples import (
    MOBILE,
    NOW,
    RECORD,
    WECHAT,
    WHATSAPP,
    a_clinic,
    a_patient,
    an_appointment,
    local,
    nobody_opted_out,
    openid,
    outcome,
    phone,
)

BOTH_WAYS = a_clinic(channels=(WHATSAPP, WECHAT))


def decided(clinic: Clinic | None = None, record: PatientRecord = RECORD, **appointment: Any) -> tuple[Decision, ...]:
    return decide(an_appointment(**appointment), record, nobody_opted_out, clinic or a_clinic(), NOW)


def the_reason(*args: Any, **kwargs: Any) -> SkipReason:
    """The one reason that all steps were skipped for."""
    reasons = {d.reason for d in decided(*args, **kwargs) if isinstance(d, Skipped)}
    assert len(reasons) == 1
    return reasons.pop()


def the_plan(decisions: tuple[Decision, ...]) -> Planned:
    return next(d for d in decisions if isinstance(d, Planned))


def test_a_booked_appointment_gets_every_step_that_is_still_to_come() -> None:
    decisions = decided(start=local("2026-11-27T14:30"))
    assert [outcome(d) for d in decisions] == ["Fri 20 Nov 10:00", "Wed 25 Nov 10:00"]
    plan = the_plan(decisions)
    assert (plan.step, plan.channel, plan.account, plan.address, plan.language) == (
        "7d",
        "whatsapp",
        "default",
        MOBILE,
        "en",
    )
    assert plan.notes == ()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (AppointmentStatus.CANCELLED, SkipReason.CANCELLED),
        (AppointmentStatus.NOSHOW, SkipReason.NOT_BOOKED),
        (AppointmentStatus.ENTERED_IN_ERROR, SkipReason.NOT_BOOKED),
        (AppointmentStatus.PROPOSED, SkipReason.NOT_BOOKED),
        (AppointmentStatus.PENDING, SkipReason.NOT_BOOKED),
        (AppointmentStatus.ARRIVED, SkipReason.NOT_BOOKED),
        (AppointmentStatus.CHECKED_IN, SkipReason.NOT_BOOKED),
        (AppointmentStatus.FULFILLED, SkipReason.NOT_BOOKED),
        (AppointmentStatus.WAITLIST, SkipReason.NOT_BOOKED),
    ],
)
def test_only_booked_appointments_are_reminded(status: AppointmentStatus, reason: SkipReason) -> None:
    assert the_reason(status=status) is reason


def test_pending_appointments_are_reminded_where_the_clinic_says_so() -> None:
    assert the_plan(decided(a_clinic(allow_pending=True), status=AppointmentStatus.PENDING))


@pytest.mark.parametrize(
    ("appointment", "reason"),
    [
        ({"start": None}, SkipReason.NO_START),
        ({"start": NOW}, SkipReason.ALREADY_STARTED),
        ({"start": NOW - timedelta(days=1)}, SkipReason.ALREADY_STARTED),
        ({"start": local("2026-11-20T00:00"), "start_is_day_only": True}, SkipReason.ALREADY_STARTED),
        ({"start": local("2026-11-28T00:00")}, SkipReason.OUTSIDE_WINDOW),
        ({"hidden": True}, SkipReason.HIDDEN),
        ({"type_text": "  Home   VISIT "}, SkipReason.EXCLUDED_TYPE),
        ({"specialty": "Sexual health"}, SkipReason.EXCLUDED_SPECIALTY),
        ({"specialty": "General", "extra": {"specialties": "general|sexual health"}}, SkipReason.EXCLUDED_SPECIALTY),
        ({"type_text": "Visit", "extra": {"types": "visit|Home visit"}}, SkipReason.EXCLUDED_TYPE),
        ({"location": "ＣＬＩＮＩＣ ９"}, SkipReason.EXCLUDED_LOCATION),
        ({"patient": None}, SkipReason.NO_PATIENT),
    ],
)
def test_appointments_that_nobody_is_reminded_of(appointment: dict[str, Any], reason: SkipReason) -> None:
    exclusions = Exclusions(
        appointment_types=frozenset({"home visit"}),
        specialties=frozenset({"SEXUAL HEALTH"}),
        locations=frozenset({"Clinic 9"}),
    )
    assert the_reason(a_clinic(exclusions=exclusions), **appointment) is reason


def test_an_empty_label_is_never_an_excluded_one() -> None:
    clinic = a_clinic(exclusions=Exclusions(specialties=frozenset({" "})))
    assert the_plan(decided(clinic, specialty=""))


@pytest.mark.parametrize(
    ("patient", "reason"),
    [
        ({"deceased": True}, SkipReason.DECEASED),
        ({"restricted": True}, SkipReason.RESTRICTED),
        ({"excluded": True}, SkipReason.EXCLUDED_PATIENT),
        ({"birth_on": date(2010, 11, 27)}, SkipReason.UNDER_AGE),
        ({"birth_on": None}, SkipReason.AGE_UNKNOWN),
        ({"contact_preferences": frozenset({ContactPreference.VIA_PROXY})}, SkipReason.VIA_PROXY),
        ({"contact_preferences": frozenset({ContactPreference.SIGN_LANGUAGE})}, SkipReason.SIGN_LANGUAGE),
        ({"interpreter_required": True}, SkipReason.INTERPRETER),
        ({"contact_preferences": frozenset({ContactPreference.NO_TELEPHONE})}, SkipReason.NO_TELEPHONE),
        ({"telecoms": ()}, SkipReason.NO_ADDRESS),
        ({"telecoms": (phone("07700 900123 (wife)"),)}, SkipReason.NUMBER_THIRD_PARTY),
        ({"telecoms": (phone("020 7946 0018"),)}, SkipReason.NUMBER_LANDLINE),
        # the first reason of the table wins
        ({"deceased": True, "restricted": True, "telecoms": ()}, SkipReason.DECEASED),
        ({"restricted": True, "birth_on": None}, SkipReason.RESTRICTED),
        ({"interpreter_required": True, "telecoms": ()}, SkipReason.INTERPRETER),
    ],
)
def test_patients_who_are_not_written_to(patient: dict[str, Any], reason: SkipReason) -> None:
    assert the_reason(patient=a_patient(**patient)) is reason


@pytest.mark.parametrize(
    ("born", "day", "reminded"),
    [
        (date(2010, 11, 26), "2026-11-26T14:30", True),  # sixteen on the day
        (date(2010, 11, 27), "2026-11-26T14:30", False),
        (date(2010, 11, 27), "2026-11-27T00:10", True),  # sixteen on the local day, not yet when it is decided
        (date(2012, 2, 29), "2026-11-26T14:30", False),
    ],
)
def test_age_counts_on_the_day_of_the_appointment(born: date, day: str, reminded: bool) -> None:
    decisions = decided(start=local(day), patient=a_patient(birth_on=born))
    assert any(isinstance(d, Planned) for d in decisions) is reminded


def test_a_clinic_without_an_age_rule_does_not_ask_for_the_birth_date() -> None:
    assert the_plan(decided(a_clinic(exclusions=Exclusions(under_age=0)), patient=a_patient(birth_on=None)))


def test_the_appointment_speaks_before_the_patient() -> None:
    assert the_reason(status=AppointmentStatus.CANCELLED, patient=a_patient(deceased=True)) is SkipReason.CANCELLED


# ---------------------------------------------------------------- the way

REACHABLE = a_patient(telecoms=(phone("07700 900123"), openid("o_example")))


@pytest.mark.parametrize(
    ("record", "channel"),
    [
        (RECORD, "whatsapp"),
        (PatientRecord(opted_in=frozenset({"wechat"})), "wechat"),
        (PatientRecord(opted_in=frozenset({"whatsapp", "wechat"}), preferred_channel="wechat"), "wechat"),
        (PatientRecord(opted_in=frozenset({"whatsapp"}), preferred_channel="wechat"), "whatsapp"),
        (PatientRecord(opted_in=frozenset({"whatsapp"}), preferred_channel="voice"), "whatsapp"),
    ],
)
def test_the_preferred_channel_comes_first_then_the_clinics_order(record: PatientRecord, channel: str) -> None:
    assert the_plan(decided(BOTH_WAYS, record, patient=REACHABLE)).channel == channel


def test_an_openid_that_the_patient_bound_is_used() -> None:
    record = PatientRecord(opted_in=frozenset({"wechat"}), addresses={"wechat": "o_bound"})
    plan = the_plan(decided(a_clinic(channels=(WECHAT,)), record))
    assert (plan.address_kind, plan.address) == (AddressKind.OPENID, "o_bound")


def test_opt_in_is_asked_for_only_where_the_clinic_requires_it() -> None:
    assert the_reason(record=NO_RECORD) is SkipReason.NO_OPT_IN
    objection = a_clinic(channels=(type(WHATSAPP)("whatsapp", "default", AddressKind.PHONE, OptInRule.OPT_OUT),))
    assert the_plan(decided(objection, NO_RECORD))


def test_no_telephone_leaves_a_channel_that_is_no_telephone() -> None:
    patient = a_patient(
        contact_preferences=frozenset({ContactPreference.NO_TELEPHONE}),
        telecoms=(phone("07700 900123"), openid("o_example")),
    )
    assert the_plan(decided(BOTH_WAYS, patient=patient)).channel == "wechat"


@pytest.mark.parametrize(
    ("telecoms", "opted_in", "opted_out", "reason", "detail"),
    [
        ((), set(), set(), SkipReason.NO_ADDRESS, "whatsapp"),
        ((phone("020 7946 0018"),), set(), set(), SkipReason.NUMBER_LANDLINE, "not_mobile"),
        ((phone("020 7946 0018"), openid("o_example")), set(), set(), SkipReason.NO_OPT_IN, "wechat"),
        ((phone("07700 900123"), openid("o_example")), set(), set(), SkipReason.NO_OPT_IN, "whatsapp"),
        ((phone("07700 900123"),), set(), {"whatsapp"}, SkipReason.OPTED_OUT, "whatsapp"),
        ((phone("07700 900123"),), {"whatsapp"}, {"whatsapp"}, SkipReason.OPTED_OUT, "whatsapp"),
        ((phone("07700 900123"), openid("o_example")), set(), {"whatsapp"}, SkipReason.NO_OPT_IN, "wechat"),
        ((phone("07700 900123"), openid("o_example")), set(), {"wechat"}, SkipReason.NO_OPT_IN, "whatsapp"),
        ((phone("07700 900123"), openid("o_example")), set(), {"whatsapp", "wechat"}, SkipReason.OPTED_OUT, "whatsapp"),
    ],
)
def test_without_a_way_the_reason_is_that_of_the_channel_that_came_furthest(
    telecoms: tuple[Any, ...], opted_in: set[str], opted_out: set[str], reason: SkipReason, detail: str
) -> None:
    decisions = decide(
        an_appointment(patient=a_patient(telecoms=telecoms)),
        PatientRecord(opted_in=frozenset(opted_in)),
        lambda channel, _address: channel in opted_out,
        BOTH_WAYS,
        NOW,
    )
    assert set(decisions) == {Skipped("7d", reason, detail), Skipped("2d", reason, detail)}


def test_an_objection_belongs_to_the_address() -> None:
    asked: list[tuple[str, str]] = []

    def is_opted_out(channel: str, address: str) -> bool:
        asked.append((channel, address))
        return True

    decide(an_appointment(), RECORD, is_opted_out, a_clinic(), NOW)
    assert asked == [("whatsapp", MOBILE)]


def test_a_shared_number_is_skipped_and_another_way_taken() -> None:
    def phones_are_shared(kind: AddressKind, _address: str) -> bool:
        return kind is AddressKind.PHONE

    appointment = an_appointment(patient=REACHABLE)
    alone = decide(appointment, RECORD, nobody_opted_out, a_clinic(), NOW, phones_are_shared)
    assert {outcome(d) for d in alone} == {"skipped: number_shared"}
    assert (
        the_plan(decide(appointment, RECORD, nobody_opted_out, BOTH_WAYS, NOW, phones_are_shared)).channel == "wechat"
    )


def test_a_marked_address_is_passed_over_and_another_way_taken() -> None:
    def marked(channel: str, address: str) -> bool:
        return (channel, address) == ("whatsapp", MOBILE)

    def shared(_kind: AddressKind, _address: str) -> bool:
        raise AssertionError("who is not written to shares nothing")

    appointment = an_appointment(patient=REACHABLE)
    alone = decide(appointment, RECORD, nobody_opted_out, a_clinic(), NOW, shared, marked)
    assert set(alone) == {Skipped(step, SkipReason.UNREACHABLE, "whatsapp") for step in ("7d", "2d")}
    both = decide(appointment, RECORD, nobody_opted_out, BOTH_WAYS, NOW, is_unreachable=marked)
    assert the_plan(both).channel == "wechat"


@pytest.mark.parametrize(
    ("appointment", "record"),
    [
        ({"patient": a_patient(birth_on=date(2020, 1, 1))}, RECORD),
        ({"patient": a_patient(deceased=True)}, RECORD),
        ({"status": AppointmentStatus.CANCELLED}, RECORD),
        ({}, NO_RECORD),
    ],
)
def test_only_who_would_be_written_to_counts_for_a_shared_number(
    appointment: dict[str, Any], record: PatientRecord
) -> None:
    def never(_kind: AddressKind, _address: str) -> bool:
        raise AssertionError("asked for a patient who gets no message")

    decisions = decide(an_appointment(**appointment), record, nobody_opted_out, a_clinic(), NOW, never)
    assert all(isinstance(d, Skipped) for d in decisions)


# ---------------------------------------------------------------- notes for staff


@pytest.mark.parametrize(
    ("languages", "language", "notes"),
    [
        (("en-GB",), "en", ()),
        (("hi-IN",), "hi", ()),
        (("pl", "hi"), "hi", ()),
        ((), "en", ()),
        (("pl",), "en", (PlanNote.LANGUAGE_FALLBACK,)),
    ],
)
def test_the_patients_language_is_used_or_the_clinics_with_a_note(
    languages: tuple[str, ...], language: str, notes: tuple[PlanNote, ...]
) -> None:
    plan = the_plan(decided(patient=a_patient(languages=languages)))
    assert (plan.language, tuple(n for n in plan.notes if n is PlanNote.LANGUAGE_FALLBACK)) == (language, notes)


def test_a_location_without_a_public_name_is_noted() -> None:
    clinic = a_clinic(public_locations={"Ward 3": {"en": "Outpatients, level 2", "hi": "ओपीडी"}})
    assert PlanNote.LOCATION_NOT_PUBLIC in the_plan(decided(clinic, location="HIV clinic")).notes
    assert PlanNote.LOCATION_NOT_PUBLIC not in the_plan(decided(clinic, location="ward  3")).notes
    assert PlanNote.LOCATION_NOT_PUBLIC not in the_plan(decided(clinic, location="")).notes


def test_a_number_of_a_new_range_is_noted() -> None:
    clinic = a_clinic(region="HK")
    patient = a_patient(telecoms=(phone("7123 4567"),))
    assert PlanNote.NUMBER_NEW_RANGE in the_plan(decided(clinic, patient=patient)).notes
