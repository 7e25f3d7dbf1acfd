"""The forms in which one number travels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.number_forms import number_forms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+525512345678", "+5215512345678"),
        ("+551198765432", "+5511998765432"),
        ("+541123456789", "+5491123456789"),
    ],
)
def test_each_form_leads_to_the_other(one: str, other: str) -> None:
    assert number_forms(one) == (one, other)
    assert number_forms(other) == (other, one)


@pytest.mark.parametrize(
    "address",
    [
        "+447700900001",
        "+85291234567",
        "+8613800138000",
        "+919876543210",
        "+12025550123",
        "+551123456789",  # a landline: no ninth digit
        "GB.13491208655302741918",
        "oMock_follower_0001",
        "",
    ],
)
def test_other_addresses_have_one_form(address: str) -> None:
    assert number_forms(address) == (address,)


@given(st.from_regex(r"\+5[245][0-9]{8,12}", fullmatch=True))
def test_forms_come_in_pairs_of_one_number(address: str) -> None:
    forms = number_forms(address)
    assert forms[0] == address
    assert {frozenset(number_forms(form)) for form in forms} == {frozenset(forms)}
    assert len({form[-8:] for form in forms}) == 1
