"""Transformations are worked out as Azure would, and nothing is guessed of what is not documented."""

import pytest

from infra.azure.transformation import UnknownKql, transformed


def test_a_row_goes_through_its_steps_in_turn() -> None:
    query = """
source
| where Name !contains 'OPENID' and (Name contains 'a' or Name == "b")
| extend Name = iif(Name contains '/', '', Name)
"""
    with pytest.raises(UnknownKql):  # brackets around conditions are not used
        transformed(query, {"Name": "a/b"})
    plain = query.replace("(", "", 1).replace('")', '"', 1)
    assert transformed(plain, {"Name": "a/b"}) == {"Name": ""}
    assert transformed(plain, {"Name": "b"}) == {"Name": "b"}
    assert transformed(plain, {"Name": "a openid"}) is None


def test_objects_become_text_and_text_becomes_objects() -> None:
    query = "source | extend P = iif(tostring(P) contains 'secret', parse_json('{}'), P)"
    assert transformed(query, {"P": {"key": "a secret"}}) == {"P": {}}
    assert transformed(query, {"P": {"key": "word"}}) == {"P": {"key": "word"}}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("AppTraces | where Message == 'a'", "AppTraces"),
        ("source | summarize count()", "summarize"),
        ("source | extend Message = replace_regex(Message, 'a', 'b')", "replace_regex"),
        ("source | where Mesage == 'a'", "Mesage"),
        ("source | where Message has_any 'a'", "has_any"),
        ("source | where Message == 'a' Message", "Message"),
        ("source | where tostring(Message", r"\("),
        ("source | where Message == ~", "~"),
    ],
)
def test_what_is_not_known_is_an_error(query: str, said: str) -> None:
    with pytest.raises(UnknownKql, match=said):
        transformed(query, {"Message": "a"})
