"""Prescription references: typed freely, shown in one form, and refused where a character is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_2 as their_37_2
from stdnum.iso7064 import mod_37_36 as their_37_36

from shared.domain.prescription.check_character import mod_37_2, mod_37_36
from shared.domain.prescription.reference import (
    CLINIC_ALPHABET,
    PrescriptionKind,
    Reference,
    ReferenceFault,
    ReferenceProblem,
    clinic_code,
    read_reference,
    registration_problem,
)

EPS, CODE = PrescriptionKind.NHS_EPS, PrescriptionKind.CLINIC_CODE
VALID = (  # NHSDigital electronic-prescription-service-api
    "24F5DA-A83008-7EFE6Z", "8DB7CE-A83008-32478+", "15783D-0RWH20-9A1E1O", "FC6D78-A83008-EDF7BI",
    "0B2DEB-0RRERP-DFDFDY", "2D35F7-ZA0448-11E88Z", "04F4C2-A99968-7F717P",
)  # fmt: skip
HEX, ODS = "0123456789ABCDEF", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ids = st.builds(
    "{}{}{}".format,
    st.text(HEX, min_size=6, max_size=6),
    st.text(ODS, min_size=6, max_size=6),
    st.text(HEX, min_size=5, max_size=5),
).map(lambda text: text + mod_37_2(text))


def shown(typed: str, kind: PrescriptionKind = EPS) -> str:
    found = read_reference(kind, typed)
    assert isinstance(found, Reference), found
    return found.shown


def problem(typed: str, kind: PrescriptionKind = EPS) -> ReferenceProblem:
    found = read_reference(kind, typed)
    assert isinstance(found, ReferenceProblem), found
    return found


@pytest.mark.parametrize("code", VALID)
def test_the_published_test_ids_are_valid(code: str) -> None:
    assert shown(code) == code
    assert Reference(EPS, code).groups == tuple(code.split("-"))


@pytest.mark.parametrize(
    "typed",
    [
        "24f5da a83008 7efe6z",
        "24F5DAA830087EFE6Z",
        " 24F5DA - A83008 - 7EFE6Z ",
        "24F5DA–A83008—7EFE6Z",
        "24F5DA_A83008.7EFE6Z",
        "２４Ｆ５ＤＡ－Ａ８３００８－７ＥＦＥ６Ｚ",
    ],
)
def test_an_id_is_typed_freely_and_shown_with_hyphens(typed: str) -> None:
    assert shown(typed) == "24F5DA-A83008-7EFE6Z"


def test_a_full_width_plus_is_a_plus() -> None:
    assert shown("8db7ce a83008 32478＋") == "8DB7CE-A83008-32478+"


@pytest.mark.parametrize(
    ("typed", "fault", "groups"),
    [
        ("15783D-0RWH20-9A1E10", ReferenceFault.EPS_CHECK, (2, 3)),  # ends with a zero instead of the letter O
        ("03F4C2-A99968-7F717P", ReferenceFault.EPS_CHECK, (1,)),
        ("FC6D78-A83008-EDF7BF", ReferenceFault.EPS_CHECK, ()),
        ("24F5DA-A83080-7EFE6Z", ReferenceFault.EPS_CHECK, (2,)),  # two neighbours swapped
        ("24F5DO-A83008-7EFE6Z", ReferenceFault.EPS_NOT_HEX, (1,)),
        ("24F5DA-A83008-7EFL6Z", ReferenceFault.EPS_NOT_HEX, (3,)),
        ("24F5DA-A83008-7EFE6", ReferenceFault.EPS_LENGTH, ()),
        ("24F5DA-A83008-7EFE6ZZ", ReferenceFault.EPS_LENGTH, ()),
        ("24F5DA-A8+008-7EFE6Z", ReferenceFault.EPS_CHARACTERS, (2,)),
        ("24F5DA-A83008-7EFE6é", ReferenceFault.EPS_CHARACTERS, (3,)),
        ("", ReferenceFault.MISSING, ()),
        (" - ", ReferenceFault.EPS_LENGTH, ()),
        ("A" * 5_000, ReferenceFault.EPS_LENGTH, ()),
    ],
)
def test_what_is_wrong_is_said_and_where_to_look_first(typed: str, fault: ReferenceFault, groups: tuple[int]) -> None:
    assert problem(typed) == ReferenceProblem(fault, groups)


@given(ids, st.integers(0, 17), st.sampled_from(ODS))
def test_no_single_wrong_character_passes(code: str, place: int, other: str) -> None:
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        assert isinstance(read_reference(EPS, wrong), ReferenceProblem)


@given(ids, st.integers(0, 16))
def test_no_swap_of_neighbours_passes(code: str, place: int) -> None:
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if wrong != code:
        assert isinstance(read_reference(EPS, wrong), ReferenceProblem)


@given(ids, st.integers(0, 17), st.sampled_from(["0O", "1I", "5S", "8B", "2Z"]))
def test_the_group_that_is_named_is_where_the_slip_is(code: str, place: int, alike: str) -> None:
    """Where only one group is named; several are named where several could hold it."""
    if code[place] in alike:
        wrong = code[:place] + alike.replace(code[place], "") + code[place + 1 :]
        found = problem(wrong)
        if found.fault is ReferenceFault.EPS_CHECK and found.groups:
            assert place // 6 + 1 in found.groups


@given(st.text(ODS, min_size=1, max_size=30))
def test_the_check_characters_are_those_of_an_independent_library(text: str) -> None:
    assert mod_37_2(text) == their_37_2.calc_check_digit(text).replace("*", "+")
    assert mod_37_36(text) == their_37_36.calc_check_digit(text)


codes = st.text(CLINIC_ALPHABET, min_size=8, max_size=15).map(clinic_code).filter(lambda c: c[-1] in CLINIC_ALPHABET)


@given(codes)
def test_a_clinic_code_is_shown_in_threes_and_read_as_it_is_shown(code: str) -> None:
    found = read_reference(CODE, code.lower())
    assert found == Reference(CODE, code)
    assert found.shown.replace("-", "") == code
    assert read_reference(CODE, found.shown) == found


@given(codes, st.integers(0, 15), st.sampled_from(CLINIC_ALPHABET))
def test_no_single_wrong_character_of_a_clinic_code_passes(code: str, place: int, other: str) -> None:
    place %= len(code)
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        assert problem(wrong, CODE).fault is ReferenceFault.CODE_CHECK


@pytest.mark.parametrize("confused", "0O1ILU")
def test_a_clinic_code_has_no_character_that_is_taken_for_another(confused: str) -> None:
    assert confused not in CLINIC_ALPHABET
    assert problem(f"ABC{confused}EFGHJ", CODE) == ReferenceProblem(ReferenceFault.CODE_CHARACTERS, (2,))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ab-2026 1127-001", "AB-20261127-001"),
        ("1234567890", "1234567890"),
        ("ABCDE", ReferenceFault.CHINA_FORM),
        ("ABCDEF", ReferenceFault.CHINA_FORM),  # no digit at all
        ("AB_123456", ReferenceFault.CHINA_FORM),
        ("1" * 31, ReferenceFault.CHINA_TOKEN),
    ],
)
def test_a_number_of_mainland_china(typed: str, said: str) -> None:
    found = read_reference(PrescriptionKind.CHINA, typed)
    assert (found.fault if isinstance(found, ReferenceProblem) else found.shown) == said


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("DMC/R/01234", None),
        ("12345", None),
        ("", ReferenceFault.REGISTRATION_MISSING),
        ("  ", ReferenceFault.REGISTRATION_MISSING),
        ("DMC", ReferenceFault.REGISTRATION_FORM),
        ("1\n2345", ReferenceFault.REGISTRATION_FORM),
        ("1" * 31, ReferenceFault.REGISTRATION_FORM),
    ],
)
def test_an_indian_prescribers_registration_number(typed: str, fault: ReferenceFault | None) -> None:
    assert registration_problem(typed) == fault


@pytest.mark.parametrize("code", ["24f5da-a83008-7efe6z", "24F5DAA830087EFE6Z", "24F5DA-A83008-7EFE6A", ""])
def test_a_reference_exists_only_in_its_one_form(code: str) -> None:
    with pytest.raises(ValueError, match="not a reference"):
        Reference(EPS, code)
