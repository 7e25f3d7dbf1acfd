"""Page cursors cannot be made, changed or used elsewhere."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidCursor
from shared.storage.cursors import Cursors

CURSORS = Cursors(b"k" * 32)
LIST = ("log", "riverside", "2026-11-20")
URL_SAFE = set(string.ascii_letters + string.digits + "-_")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_a_cursor_gives_its_position_back_and_fits_an_address(position: str) -> None:
    cursor = CURSORS.write(position, *LIST)
    assert set(cursor) <= URL_SAFE
    assert CURSORS.read(cursor, *LIST) == position


def test_the_end_of_a_list_is_an_empty_cursor() -> None:
    assert CURSORS.write("", *LIST) == ""
    assert CURSORS.read("", *LIST) == ""


@pytest.mark.parametrize(
    "bound_to",
    [
        ("runs", "riverside", "2026-11-20"),
        ("log", "river", "side2026-11-20"),
        ("log", "riverside", "2026-11-21"),
        ("log", "riverside"),
        (),
    ],
)
def test_a_cursor_of_another_list_is_refused(bound_to: tuple[str, ...]) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read(CURSORS.write("position", *LIST), *bound_to)


def test_a_cursor_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read(Cursors(b"x" * 32).write("position", *LIST), *LIST)


def test_a_cursor_with_any_character_changed_is_refused() -> None:
    cursor = CURSORS.write("riverside_79738879 0123", *LIST)
    for index, character in enumerate(cursor):
        for other in ("A", "b", "_", "7"):
            if other != character:
                with pytest.raises(InvalidCursor):
                    CURSORS.read(cursor[:index] + other + cursor[index + 1 :], *LIST)


@given(st.text(min_size=1, max_size=60))
def test_whatever_else_is_given_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read(cursor, *LIST)
