"""How a patient is addressed, and text that fits on one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.appointment import HumanName
from shared.domain.person_name import shown_name
from shared.domain.plain_text import characters, one_line, same_words, shortened


@pytest.mark.parametrize(
    ("name", "language", "shown"),
    [
        (HumanName("Example", "Alex"), "en", "Alex Example"),
        (HumanName("Example", "Alex", prefix="Dr"), "en", "Dr Alex Example"),
        (HumanName("Example", prefix="Mrs"), "en", "Mrs Example"),
        (HumanName("Example", "Alex", text="Sam Example-Test"), "en", "Sam Example-Test"),
        (HumanName("陳", "大文"), "zh-Hant", "陳大文"),
        (HumanName("陳", "大文"), "en", "陳大文"),
        (HumanName("陳", "大文", prefix="先生"), "zh-Hant", "陳大文"),
        (HumanName("उदाहरण", "आशा"), "hi", "आशा जी"),
        (HumanName("Udaharan", "Asha"), "hi", "Asha जी"),
        (HumanName("Udaharan", "Asha"), "en", "Asha Udaharan"),
        (HumanName("Udaharan"), "hi", "Udaharan जी"),
        (HumanName(" Exa\nmple ", "Al\u202eex\t"), "en", "Alex Exa mple"),
        (HumanName(prefix="Mr"), "en", ""),
        (HumanName(), "hi", ""),
    ],
)
def test_the_name_as_the_patient_reads_it(name: HumanName, language: str, shown: str) -> None:
    assert shown_name(name, language) == shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\r\ntwo\tthree", "one two three"),
        ("  a \u00a0\u2003 b ", "a b"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("\u202ereversed\u202c \u2066x\u2069", "reversed x"),
        ("a\u200bb\ufeff", "ab"),
        ("क्\u200dष", "क्\u200dष"),  # joiners belong to the script
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("e\u0301", "é"),
    ],
)
def test_text_on_one_line_without_what_cannot_be_seen(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("Northgate", 9, "Northgate"),
        ("Northgate", 8, "Northga…"),
        ("North gate", 7, "North…"),
        ("family 👨\u200d👩\u200d👧 clinic", 10, "family…"),
        ("thumb 👍🏽 up", 8, "thumb…"),
        ("flag 🇬🇧🇮🇳 end", 8, "flag 🇬🇧…"),
        ("नमस्ते दुनिया", 5, "नम…"),  # स्ते is one syllable
        ("e\u0308e\u0308e\u0308", 4, "e\u0308…"),
        ("abc", 1, "…"),
    ],
)
def test_text_is_cut_between_whole_characters(text: str, limit: int, short: str) -> None:
    assert shortened(text, limit) == short


@given(st.text(alphabet="aé\u0301👍🏽👩\u200d🇬🇧क्षि陳 ", max_size=20), st.integers(1, 20))
def test_shortened_text_fits_and_is_a_run_of_whole_characters(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short) <= limit
    if short != text:
        kept = short.removesuffix("…")
        runs = ["".join(characters(text)[:n]).rstrip() for n in range(len(text) + 1)]
        assert kept in runs


@given(st.text(max_size=30))
def test_characters_lose_nothing(text: str) -> None:
    assert "".join(characters(text)) == text


@given(st.text(max_size=30))
def test_one_line_is_one_line_and_stays_so(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


def test_labels_are_the_same_words_whatever_their_width_case_and_spaces() -> None:
    assert same_words(" ＨＩＶ  Clinic\n") == same_words("hiv clinic")
