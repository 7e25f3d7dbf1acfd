"""What an answer means: tables of real-looking answers in four languages; nothing inside a longer text acts."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shared.wording
from shared.channels.whatsapp.templates import shipped
from shared.domain.reply import REQUESTS, Lexicon, Meaning, Understood, only_suggested, understand
from shared.domain.reply_text import LONGEST, Phrases, heard
from shared.wording.replies import shipped_replies
from tests.domain.replies import ACT, MAY_NOT_CANCEL, STAFF

LEXICON = shipped_replies()
REFERENCE = "riverside_2026112700_" + "a" * 26 + "~20261127100000"
ACTING = sorted(word for word, meaning in LEXICON.whole.items() if meaning in {*REQUESTS, Meaning.STOP})
DOCUMENT = json.loads((Path(shared.wording.__file__).parent / "replies.json").read_text("utf-8"))


def said(text: str, payload: str = "") -> Understood:
    return understand(text, payload, LEXICON)


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(STAFF) + sum(map(len, ACT.values())) >= 150
    assert len({text for text, _, _ in STAFF}) == len(STAFF)


@pytest.mark.parametrize(("meaning", "text"), [(m, text) for m, texts in ACT.items() for text in texts])
def test_an_answer_that_is_all_of_the_message_acts(meaning: str, text: str) -> None:
    assert said(text) == Understood(Meaning(meaning), acts=True)


@pytest.mark.parametrize(("text", "meaning", "suggestion"), STAFF)
def test_everything_else_is_for_a_person(text: str, meaning: str, suggestion: str) -> None:
    assert said(text) == Understood(Meaning(meaning), False, Meaning(suggestion) if suggestion else None)


@pytest.mark.parametrize("text", MAY_NOT_CANCEL)
def test_what_only_sounds_like_a_cancellation_is_not_suggested_as_one(text: str) -> None:
    assert said(text).suggestion is not Meaning.CANCEL
    assert not said(text).acts


@pytest.mark.parametrize(("answer", "meaning"), [("1", "confirm"), ("2", "cancel"), ("3", "reschedule")])
def test_a_button_of_ours_means_its_answer_whatever_its_label_says(answer: str, meaning: str) -> None:
    understood = said("don't cancel, wrong number, STOP", f"{answer}:{REFERENCE}")
    assert understood == Understood(Meaning(meaning), acts=True, reference=REFERENCE)


@pytest.mark.parametrize("payload", ["1", "1:", "4:x", ":x", "CONFIRM", "STOP", "101", "media-id"])
def test_a_button_of_somebody_else_never_acts(payload: str) -> None:
    assert said("Yes", payload) == Understood(Meaning.UNCLEAR, suggestion=Meaning.CONFIRM)
    assert said("STOP", payload) == Understood(Meaning.STOP_REVIEW)


@pytest.mark.parametrize("template", shipped(), ids=lambda template: template.language)
def test_who_types_the_label_of_a_button_means_the_button(template: object) -> None:
    for answer, label in template.buttons.items():  # type: ignore[attr-defined]
        assert said(label) == Understood(LEXICON.buttons[answer], acts=True)


def test_what_stands_in_a_caption_or_an_edit_is_only_suggested() -> None:
    assert only_suggested(said("2")) == Understood(Meaning.UNCLEAR, suggestion=Meaning.CANCEL)
    assert only_suggested(said("STOP")) == Understood(Meaning.STOP_REVIEW)
    assert only_suggested(said("wrong number")) == Understood(Meaning.WRONG_PERSON)


@given(st.sampled_from(ACTING), st.text(max_size=30), st.text(max_size=30))
def test_an_acting_word_with_anything_around_it_acts_only_as_another_answer_that_is_listed(
    word: str, before: str, after: str
) -> None:
    text = f"{before} {word} {after}"
    if said(text).acts:
        assert heard(text).words in ACTING
        assert not heard(text).asks


NEVER_AROUND = ("not", "don't", "don’t", "never", "不", "唔", "मत", "mat", "but", "if", "maybe", "?")
MORE_WORDS = st.sampled_from([*NEVER_AROUND, "please", "no", "the", "my", "doctor", "tomorrow", "但", "我", "9am", "4"])


@given(st.sampled_from(ACTING), st.lists(MORE_WORDS, max_size=3), st.lists(MORE_WORDS, max_size=3))
def test_no_negation_hedge_or_question_around_an_acting_word_lets_it_act(
    word: str, before: list[str], after: list[str]
) -> None:
    text = " ".join((*before, word, *after))
    understood = said(text)
    assert not understood.acts or heard(text).words in ACTING
    if {*NEVER_AROUND} & {*before, *after}:
        assert not understood.acts


@given(st.text(max_size=200), st.sampled_from(["", "x", "1:", "menu"]))
def test_any_text_is_understood_as_something(text: str, payload: str) -> None:
    understood = said(text, payload)
    assert isinstance(understood.meaning, Meaning)
    assert understood.acts <= (heard(text).words in ACTING)


@given(st.text(max_size=60))
def test_hearing_twice_is_hearing_once(text: str) -> None:
    once = heard(text)
    assert heard(once.words).words == once.words


def test_a_very_long_text_is_read_as_far_as_anybody_can_write() -> None:
    assert said("x " * LONGEST + "2").meaning is Meaning.UNCLEAR
    assert said("不要我" * LONGEST).meaning is Meaning.UNCLEAR


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("cant come", "I can't come", True),
        ("cant come", "cant  come-", True),
        ("cant come", "I cant become", False),
        ("not ... cancel", "do not you dare to cancel", True),
        ("not ... cancel", "do not, as I said before, cancel", False),
        ("no/never cancel", "never cancel", True),
        ("不 ... 取消", "我不想取消", True),
        ("不 ... 取消", "不，我要取消", False),
        ("रद्द मत", "इसे रद्द मत करो", True),
        ("stop", "bus-stop", True),
        ("stop", "stopped", False),
    ],
)
def test_a_phrase_is_found_as_whole_words(phrase: str, text: str, *, found: bool) -> None:
    assert Phrases([phrase]).within(heard(text).words) is found


def test_the_file_lists_every_group_in_every_language() -> None:
    languages = {"en", "zh-Hant", "zh-Hans", "hi"}
    for kind in ("whole", "phrases"):
        for group, lists in DOCUMENT[kind].items():
            assert languages <= lists.keys() or group == "not_wrong_person", group


def test_every_answer_of_the_file_means_what_its_list_says() -> None:
    for name, lists in DOCUMENT["whole"].items():
        for entries in lists.values():
            for entry in entries:
                assert said(entry).meaning is Meaning(name), entry


def test_no_acting_answer_holds_a_negation_or_a_doubt() -> None:
    for word in ACTING:
        if word not in ("冇 問題", "冇問題", "沒問題", "没问题"):  # no problem
            assert not LEXICON.keep.within(word), word
            assert not LEXICON.hedge.within(word), word
            assert not LEXICON.no.within(word), word
            assert not LEXICON.cannot.within(word), word


def test_every_shipped_lexicon_is_the_same_object() -> None:
    assert isinstance(LEXICON, Lexicon)
    assert shipped_replies() is LEXICON
