"""Whatever stands in the files, the lint answers with findings and never with a crash."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.power_platform.lint import compare_with_release, lint_connector
from infra.power_platform.lint.json_places import at
from tests.infra.power_platform.lint.good_connector import definition, good_connector

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def slots(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every holder and key in a JSON value."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from slots(node[key])


@settings(max_examples=60)
@given(which=st.integers(min_value=0), value=ANYTHING, of_properties=st.booleans())
def test_any_value_at_any_place_is_judged(which: int, value: Any, of_properties: bool) -> None:
    connector = copy.deepcopy(good_connector())
    places = list(slots(connector.properties if of_properties else connector.definition))
    holder, key = places[which % len(places)]
    holder[key] = value
    lint_connector(connector)
    if not of_properties:
        compare_with_release(definition(), connector.definition)
        compare_with_release(connector.definition, definition())


@settings(max_examples=25)
@given(value=st.dictionaries(st.sampled_from([*definition(), "paths"]), ANYTHING))
def test_any_object_is_judged_as_a_definition(value: dict[str, Any]) -> None:
    lint_connector(replace(good_connector(), definition=value, definition_text=json.dumps(value)))


def test_a_pointer_escapes_what_it_must() -> None:
    assert at("#", "a/b", "~c", 1) == "#/a~1b/~0c/1"
