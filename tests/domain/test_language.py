"""Which language a patient reads, of those offered."""

import pytest

from shared.domain.language import best_language

ALL = ("en", "zh-Hant", "zh-Hans", "hi")


@pytest.mark.parametrize(
    ("wanted", "offered", "language"),
    [
        (["en"], ALL, "en"),
        (["en-GB"], ALL, "en"),
        (["EN_gb"], ALL, "en"),
        (["zh-HK"], ALL, "zh-Hant"),
        (["zh-TW"], ALL, "zh-Hant"),
        (["zh-MO"], ALL, "zh-Hant"),
        (["yue"], ALL, "zh-Hant"),
        (["yue-Hant-HK"], ALL, "zh-Hant"),
        (["zh-Hant-HK"], ALL, "zh-Hant"),
        (["zh-CN"], ALL, "zh-Hans"),
        (["zh-SG"], ALL, "zh-Hans"),
        (["zh-Hans-CN"], ALL, "zh-Hans"),
        (["cmn-Hans-CN"], ALL, "zh-Hans"),
        (["zh"], ("zh-Hans", "zh-Hant"), "zh-Hans"),  # says nothing of the script: the clinic's first
        (["zh"], ("zh-Hant", "zh-Hans"), "zh-Hant"),
        (["zh-CN"], ("en", "zh-Hant"), "zh-Hant"),  # can be read at a pinch
        (["hi-IN"], ALL, "hi"),
        (["pl", "hi"], ALL, "hi"),
        (["pl"], ALL, None),
        ([""], ALL, None),
        ([], ALL, None),
    ],
)
def test_the_language_that_suits(wanted: list[str], offered: tuple[str, ...], language: str | None) -> None:
    assert best_language(wanted, offered) == language
