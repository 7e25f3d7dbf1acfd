"""Every row of the table in health.md 3.2, and what else stands in the phone fields of real records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.phone_number import NumberProblem, PhoneAddress, read_number

UNREADABLE, TWO, EXTENSION, THIRD_PARTY, NOT_MOBILE = (
    NumberProblem.UNREADABLE,
    NumberProblem.TWO_NUMBERS,
    NumberProblem.EXTENSION,
    NumberProblem.THIRD_PARTY,
    NumberProblem.NOT_MOBILE,
)


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        # health.md 3.2
        ("07700 900123", "GB", "+447700900123"),
        ("+44 (0)7700 900123", "GB", "+447700900123"),
        ("0044 7700 900123", "GB", "+447700900123"),
        ("447700900123", "GB", "+447700900123"),
        ("7700900123", "GB", "+447700900123"),
        ("07624 123456", "GB", "+447624123456"),  # Isle of Man
        ("07781 123456", "GB", "+447781123456"),  # Guernsey
        ("07797 123456", "GB", "+447797123456"),  # Jersey
        ("0086 13800138000", "HK", "+8613800138000"),  # the library alone: a number in Australia
        ("9123 4567", "HK", "+85291234567"),
        ("6123 4567", "HK", "+85261234567"),
        ("5123 4567", "HK", "+85251234567"),
        ("13800138000", "CN", "+8613800138000"),
        ("170 1234 5678", "CN", "+8617012345678"),
        ("19912345678", "CN", "+8619912345678"),
        ("98765 43210", "IN", "+919876543210"),
        ("09876543210", "IN", "+919876543210"),
        ("91 98765 43210", "IN", "+919876543210"),
        # other ways of writing
        ("０７７００９００１２３", "GB", "+447700900123"),
        ("＋４４ ７７００ ９００１２３", "GB", "+447700900123"),
        ("00 44 7700-900-123", "GB", "+447700900123"),
        ("(07700) 900 123", "GB", "+447700900123"),
        ("07700.900.123", "GB", "+447700900123"),
        ("07700\u2011900\u2011123", "GB", "+447700900123"),  # non-breaking hyphens
        ("\u202a+44 7700 900123\u202c", "GB", "+447700900123"),  # copied from an address book
        ("tel:+44-7700-900123", "GB", "+447700900123"),
        ("'07700900123", "GB", "+447700900123"),  # a spreadsheet's mark for text
        ("+91 98765 43210", "GB", "+919876543210"),
        ("+44 7700 900123", "HK", "+447700900123"),
        ("+1 202 555 0143", "GB", "+12025550143"),  # fixed line or mobile: cannot be told apart there
    ],
)
def test_is_read_as_the_mobile_that_was_meant(written: str, region: str, e164: str) -> None:
    assert read_number(written, region) == PhoneAddress(e164)


@pytest.mark.parametrize(
    ("written", "region", "problem"),
    [
        # health.md 3.2
        ("01632 960587", "GB", UNREADABLE),  # Ofcom drama landline: possible, of no known type
        ("070 1234 5678", "GB", NOT_MOBILE),  # personal number
        ("07640 123456", "GB", NOT_MOBILE),  # pager
        ("0300 123 4567", "GB", NOT_MOBILE),
        ("020 7946 0018", "GB", NOT_MOBILE),
        ("07700 900123 (wife)", "GB", THIRD_PARTY),
        ("0791112345O", "GB", UNREADABLE),
        ("07911123456;07911123457", "GB", TWO),
        ("07911 123456 x2", "GB", EXTENSION),
        ("9876543210", "GB", UNREADABLE),
        ("086-13800138000", "CN", UNREADABLE),
        ("852-91234567", "CN", UNREADABLE),
        ("2345 6789", "HK", NOT_MOBILE),
        ("010-12345678", "CN", NOT_MOBILE),
        ("5876543210", "IN", NOT_MOBILE),
        # other ways of being doubtful
        ("07911123456 07911123457", "GB", TWO),
        ("07911 123456 / 020 7946 0018", "GB", TWO),
        ("07911123456,07911123457", "GB", TWO),
        ("07911123456\n07911123457", "GB", TWO),
        ("+447911123456 +447911123457", "GB", TWO),
        ("07911 123456 & 07911 123457", "GB", TWO),
        ("020 7946 0018 ext 123", "GB", EXTENSION),
        ("020 7946 0018 #12", "GB", EXTENSION),
        ("07911123456x2", "GB", EXTENSION),
        ("mum 07700 900123", "GB", THIRD_PARTY),
        ("07700 900123 or ask daughter", "GB", THIRD_PARTY),
        ("9123 4567 太太", "HK", THIRD_PARTY),
        ("98765 43210 पत्नी", "IN", THIRD_PARTY),
        ("077OO 900123", "GB", THIRD_PARTY),
        ("ex-directory", "GB", THIRD_PARTY),
        ("7.7009E+09", "GB", UNREADABLE),
        ("0044 0 7700", "GB", UNREADABLE),
        ("999", "GB", UNREADABLE),
        ("0000000000", "GB", UNREADABLE),
        ("-", "GB", UNREADABLE),
        ("", "GB", UNREADABLE),
        ("07700 90012", "GB", UNREADABLE),
        ("07700 9001234", "GB", UNREADABLE),
        ("*07700900123", "GB", UNREADABLE),
        ("007700900123", "GB", UNREADABLE),
        ("+", "GB", UNREADABLE),
    ],
)
def test_is_refused_with_the_reason(written: str, region: str, problem: NumberProblem) -> None:
    assert read_number(written, region) is problem


@pytest.mark.parametrize("written", ["7123 4567", "4123 4567", "+852 7123 4567"])
def test_a_new_hong_kong_range_is_taken_with_a_note(written: str) -> None:
    address = read_number(written, "HK")
    assert isinstance(address, PhoneAddress)
    assert address.new_range


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("07700 900999", "GB", "+447700900999"),
        ("55500 00042", "IN", "+915550000042"),
        ("0555 0042", "HK", "+85205550042"),
    ],
)
def test_fictional_numbers_of_the_sample_clinics_are_taken(written: str, region: str, e164: str) -> None:
    assert read_number(written, region) == PhoneAddress(e164)


@pytest.mark.parametrize(
    "text", ["447700900123", "+0447700900123", "+44 7700900123", "+44770090012345678", "", "+4４７７００９００１２３"]
)
def test_an_address_cannot_exist_in_any_other_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        PhoneAddress(text)


@given(st.text(alphabet="0123456789 +-().;/xOo太\u200e０", max_size=30), st.sampled_from(["GB", "HK", "IN", "CN"]))
def test_whatever_is_written_comes_to_a_valid_address_or_a_problem(written: str, region: str) -> None:
    assert isinstance(read_number(written, region), PhoneAddress | NumberProblem)
