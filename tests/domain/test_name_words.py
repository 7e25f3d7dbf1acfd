"""By which words a name is found, in four scripts and more."""

from __future__ import annotations

import pytest

from shared.domain.name_words import MOST_WORDS, name_words

SAME: dict[str, tuple[str, str]] = {
    "case": ("SMITH John", "john smith"),
    "accents": ("José Álvarez", "jose alvarez"),
    "composed and decomposed": ("Zo\u00eb", "Zoe\u0308"),
    "letters that are no accents": ("Łukasz Ørsted", "lukasz orsted"),
    "sharp s": ("Strauß", "STRAUSS"),
    "an apostrophe": ("Niamh O\u2019Brien", "niamh obrien"),
    "a hyphen": ("Anne-Marie Smith-Jones", "smith jones anne marie"),
    "a title": ("Dr. Robin Example", "Example, Robin"),
    "Vietnamese": ("Nguyễn Văn Ánh", "nguyen van anh"),
    "Chinese without and with a space": ("陳大文", "陳 大文"),
    "Chinese, given name first": ("陳大文", "大文 陳"),
    "Chinese with a title": ("陳大文先生", "陳大文"),
    "Korean without and with a space": ("김민준", "김 민준"),
    "full width": ("\uff33\uff2d\uff29\uff34\uff28", "smith"),
    "Hindi with a word of respect": ("रमेश जी", "रमेश"),
    "Hindi, two forms of one letter": ("फ\u093cातिमा", "\u095eातिमा"),
    "Arabic with vowel signs": ("مُحَمَّد", "محمد"),
    "Cyrillic": ("ИВАНОВ Пётр", "петр иванов"),
}
DIFFERENT: dict[str, tuple[str, str]] = {
    "part of a word": ("Smithson", "Smith"),
    "Hindi vowel signs": ("सीता", "सता"),
    "another sign": ("陳大文", "陳小文"),
    "another name": ("Robin Example", "Robin Sample"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_two_spellings_of_a_name_have_the_same_words(one: str, other: str) -> None:
    assert set(name_words(one)) == set(name_words(other)) != set()


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_two_names_have_different_words(one: str, other: str) -> None:
    assert set(name_words(one)) != set(name_words(other))


@pytest.mark.parametrize("nothing", ["", "  ", "...", "Mr", "\u0301"])
def test_what_is_no_name_has_no_words(nothing: str) -> None:
    assert name_words(nothing) == ()


def test_a_name_has_a_bounded_number_of_words_of_a_bounded_length() -> None:
    words = name_words(" ".join(f"{'x' * 60}{n}" for n in range(5)) + " " + " ".join(f"n{n}" for n in range(50)))
    assert len(words) == MOST_WORDS
    assert max(map(len, words)) == 40
