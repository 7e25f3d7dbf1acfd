"""Which of a record's contacts is used."""

from datetime import timedelta

import pytest

from shared.domain.appointment import Telecom, TelecomSystem
from shared.domain.clinic import AddressKind
from shared.domain.contact import ContactProblem, OpenidAddress, address_for, wire_form
from shared.domain.decision import SkipReason
from tests.domain.examples import NOW, a_patient, openid, phone

FIRST, SECOND = "07700 900001", "07700 900002"
FIRST_E164, SECOND_E164 = "+447700900001", "+447700900002"


def number_of(*telecoms: Telecom) -> str:
    """The number used, or the reason for none."""
    found = address_for(AddressKind.PHONE, a_patient(telecoms=telecoms), "GB", "", NOW)
    return str(found.reason) if isinstance(found, ContactProblem) else wire_form(found)


@pytest.mark.parametrize(
    ("telecoms", "expected"),
    [
        ((phone(FIRST), phone(SECOND)), FIRST_E164),
        ((phone(FIRST, rank=2), phone(SECOND, rank=1)), SECOND_E164),
        ((phone(FIRST), phone(SECOND, "work", rank=1)), SECOND_E164),
        ((phone(FIRST, "work"), phone(SECOND, "home")), SECOND_E164),
        ((phone(FIRST, "work"), phone(SECOND, "")), SECOND_E164),
        ((phone(FIRST, "home"), phone(SECOND, "mobile")), SECOND_E164),
        ((phone(FIRST, "home"), phone(SECOND, "temp")), SECOND_E164),
        ((phone("020 7946 0018", "mobile"), phone(SECOND, "home")), SECOND_E164),
        ((phone("07700 900001 (wife)"), phone(SECOND, "home")), SECOND_E164),
        ((phone(FIRST, "old"), phone(SECOND)), SECOND_E164),
        ((phone(FIRST, ends_at=NOW - timedelta(days=1)), phone(SECOND)), SECOND_E164),
        ((phone(FIRST, ends_at=NOW), phone(SECOND)), SECOND_E164),
        ((phone(FIRST, ends_at=NOW + timedelta(days=1)), phone(SECOND)), FIRST_E164),
        ((Telecom(TelecomSystem.SMS, FIRST),), FIRST_E164),
    ],
)
def test_the_best_usable_mobile_is_used(telecoms: tuple[Telecom, ...], expected: str) -> None:
    assert number_of(*telecoms) == expected


@pytest.mark.parametrize(
    ("telecoms", "reason"),
    [
        ((), SkipReason.NO_ADDRESS),
        ((phone("  "),), SkipReason.NO_ADDRESS),
        (
            (Telecom(TelecomSystem.EMAIL, "alex@example.org"), Telecom(TelecomSystem.OTHER, FIRST)),
            SkipReason.NO_ADDRESS,
        ),
        ((openid("o_example_1"),), SkipReason.NO_ADDRESS),
        ((phone(FIRST, "old"),), SkipReason.NUMBER_OUTDATED),
        ((phone("020 7946 0018"),), SkipReason.NUMBER_LANDLINE),
        ((phone(f"{FIRST};{SECOND}"),), SkipReason.NUMBER_AMBIGUOUS),
        ((phone(f"{FIRST} ext 2"),), SkipReason.NUMBER_AMBIGUOUS),
        ((phone("12"), phone("020 7946 0018", rank=1)), SkipReason.NUMBER_UNREADABLE),
        ((phone("12"), phone(f"{FIRST} (carer)")), SkipReason.NUMBER_THIRD_PARTY),
        ((phone("020 7946 0018"), phone(FIRST, "old")), SkipReason.NUMBER_LANDLINE),
    ],
)
def test_without_a_usable_one_the_most_telling_reason_is_given(
    telecoms: tuple[Telecom, ...], reason: SkipReason
) -> None:
    assert number_of(*telecoms) == reason


def test_a_phone_number_that_the_register_holds_does_not_replace_the_record() -> None:
    found = address_for(AddressKind.PHONE, a_patient(telecoms=(phone(FIRST),)), "GB", SECOND_E164, NOW)
    assert not isinstance(found, ContactProblem)
    assert wire_form(found) == FIRST_E164


@pytest.mark.parametrize(
    ("telecoms", "bound", "expected"),
    [
        ((openid("o_record"),), "o_bound", "o_bound"),
        ((openid("o_record"),), "", "o_record"),
        ((openid("o_record"),), "not an openid", "o_record"),
        ((openid("o_old_one", use="old"), openid("o_new_one")), "", "o_new_one"),
        ((openid(" o_with_space "),), "", "o_with_space"),
    ],
)
def test_the_openid_that_the_patient_bound_wins(telecoms: tuple[Telecom, ...], bound: str, expected: str) -> None:
    assert address_for(AddressKind.OPENID, a_patient(telecoms=telecoms), "HK", bound, NOW) == OpenidAddress(expected)


@pytest.mark.parametrize("value", ["", "short", "with space", "o" * 129, "ｏpenid_wide", "openid/../x", "openid\n"])
def test_an_openid_of_another_form_is_no_address(value: str) -> None:
    found = address_for(AddressKind.OPENID, a_patient(telecoms=(openid(value.strip()),)), "HK", "", NOW)
    if value.strip() != "openid":
        assert found == ContactProblem(SkipReason.NO_ADDRESS)
    with pytest.raises(ValueError, match="openid"):
        OpenidAddress(value)


def test_a_problem_names_no_value() -> None:
    found = address_for(AddressKind.PHONE, a_patient(telecoms=(phone(f"{FIRST} (wife)"),)), "GB", "", NOW)
    assert found == ContactProblem(SkipReason.NUMBER_THIRD_PARTY, "third_party")
