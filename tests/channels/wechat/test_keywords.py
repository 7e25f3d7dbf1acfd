from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.wechat.keywords import as_moment, has_emoji, keyword_type, problem_with, shortened, without_emoji

GOOD = [
    ("thing1", "二十個字以內，可以有 letters"),
    ("thing1", "x" * 20),
    ("const1", "已確認"),
    ("character_string1", "REF-2026/0001 #7"),
    ("character_string1", "x" * 32),
    ("number1", "1" * 32),
    ("number1", "12.5"),
    ("letter1", "ABC"),
    ("symbol1", "+-*"),
    ("time2", "15:01"),
    ("time2", "2026年11月27日 15:01"),
    ("time2", "2026年1月1日 9:05~2026年1月1日 10:00"),
    ("time2", "15:01~16:00"),
    ("date3", "2026年11月27日"),
    ("date3", "2026年11月27日 15:01"),
    ("date3", "2024年2月29日~2024年3月1日"),
    ("amount4", "¥1234567890"),
    ("amount4", "100.00元"),
    ("amount4", "HK$250"),
    ("phone_number5", "+852-5550 0000"),
    ("car_number6", "粵Z0000港"),
    ("name7", "陳大文"),
    ("name7", "Sample O'Patient"),
    ("phrase8", "已確認"),
    ("keyword1", "anything of any length whatever it may be"),
    ("first", ""),
]
WRONG = [
    ("thing1", "x" * 21),
    ("thing1", ""),
    ("thing1", "   "),
    ("thing1", "two\nlines"),
    ("keyword1", "two\nlines"),
    ("thing1", "tab\tstop"),
    ("thing1", "bell\x07"),
    ("const1", "x" * 21),
    ("character_string1", "x" * 33),
    ("character_string1", "編號1"),
    ("number1", "1" * 33),
    ("number1", "12a"),
    ("number1", "１２"),
    ("letter1", "AB1"),
    ("symbol1", "+-*/+-"),
    ("symbol1", "+a"),
    ("time2", "24:00"),
    ("time2", "15:60"),
    ("time2", "half past three"),
    ("time2", "2026年11月27日"),
    ("time2", "2026年2月30日 15:01"),
    ("date3", "15:01"),
    ("date3", "2026年13月1日"),
    ("date3", "2026-11-27"),
    ("amount4", "12345678901"),
    ("amount4", "¥¥1"),
    ("phone_number5", "+8525550000012345678"),
    ("phone_number5", "no number"),
    ("car_number6", "123456789"),
    ("name7", "陳大文陳大文陳大文陳大"),
    ("name7", "Patient 7"),
    ("name7", "x" * 21),
    ("phrase8", "五個字以上了"),
    ("phrase8", "OK"),
]


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_wechat_takes_it(key: str, value: str) -> None:
    assert problem_with(key, value) == ""


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_wechat_would_refuse_it(key: str, value: str) -> None:
    assert problem_with(key, value)


@given(st.sampled_from(["thing1", "time1", "date1", "amount1", "name1", "phrase1", "number1"]), st.text(min_size=21))
def test_advice_never_repeats_the_value(key: str, value: str) -> None:
    assert value not in problem_with(key, value)


@pytest.mark.parametrize(
    ("key", "kind"),
    [("thing1", "thing"), ("character_string12", "character_string"), ("keyword1", ""), ("thing", ""), ("first", "")],
)
def test_a_key_says_its_type(key: str, kind: str) -> None:
    assert keyword_type(key) == kind


@pytest.mark.parametrize(
    ("written", "for_wechat"),
    [
        ("2026-11-27T10:30:00+08:00", "2026年11月27日 10:30"),
        ("2026-11-27T10:30:00.000Z", "2026年11月27日 10:30"),
        ("2026-11-27 10:30", "2026年11月27日 10:30"),
        ("2026/1/7 9:05", "2026年1月7日 09:05"),
        ("2026-11-27", "2026年11月27日"),
        ("2026年11月27日　１５：０１", "2026年11月27日 15:01"),
        ("2026年11月27日 15:01", "2026年11月27日 15:01"),
        ("15:01", "15:01"),
        ("2026-02-30", ""),
        ("2026-11-27 25:00", ""),
        ("2026年2月30日 15:01", ""),
        ("27/11/2026", ""),
        ("date_and_time", ""),
        ("", ""),
    ],
)
def test_a_moment_gets_wechats_form_or_none(written: str, for_wechat: str) -> None:
    assert as_moment(written) == for_wechat


@given(st.datetimes(min_value=datetime.fromisoformat("1000-01-01")))
def test_every_moment_that_we_write_is_one_that_wechat_takes(moment: datetime) -> None:
    text = as_moment(str(moment)[:19])
    assert problem_with("time1", text) == problem_with("date1", text) == ""


def test_a_long_thing_is_cut_with_an_ellipsis() -> None:
    assert shortened("Outpatients, level 2, north wing") == "Outpatients, level…"
    assert shortened("x" * 20) == "x" * 20


@given(st.text(max_size=60))
def test_a_cut_thing_has_at_most_20_characters(text: str) -> None:
    assert len(shortened(text)) <= 20


def test_a_cut_never_separates_a_letter_from_its_mark() -> None:
    text = "x" * 18 + "e\u0301" + "yyyy"
    assert shortened(text) == "x" * 18 + "…"


def test_emoji_are_found_and_removed() -> None:
    assert has_emoji("陳大文 😀")
    assert not has_emoji("陳大文 (2)")
    assert without_emoji("A 👨\u200d👩\u200d👧 B ❤\ufe0f") == "A B"
