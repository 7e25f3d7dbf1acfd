"""What requests say, and the words for what is wrong in them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter

from functions.edge.reading import read_body, read_query
from functions.interface import messages, runs, worklist
from functions.interface.operation import Nothing, Operation, Raw
from functions.interface.table import OPERATIONS
from shared.domain.message import State
from shared.errors import InvalidInput
from shared.storage.contract import WorkKind
from tests.conftest import ROOT


def test_a_query_becomes_values() -> None:
    query = read_query(
        messages.ListQuery, {"view": "scheduled", "state": "failed, unknown", "from": "2026-11-20T09:00:00", "top": "7"}
    )
    assert query == messages.ListQuery(
        view=messages.View.SCHEDULED,
        state=frozenset({State.FAILED, State.UNKNOWN}),
        from_=date(2026, 11, 20),
        top=7,
    )


def test_what_is_empty_or_null_counts_as_left_out() -> None:
    assert read_query(messages.ListQuery, {"top": "", "from": "", "view": ""}) == messages.ListQuery()
    assert read_body(runs.StartBody, {"day": None, "dryRun": None, "clinicId": ""}) == runs.StartBody()
    assert read_body(runs.StartBody, {"day": ""}) == runs.StartBody()


def test_an_operation_without_parameters_does_not_look_at_any() -> None:
    assert read_query(worklist.ListQuery, {"kind": "no_way"}).kind == {WorkKind.NO_WAY}
    with pytest.raises(InvalidInput):
        read_query(worklist.ListQuery, {"kinds": "no_way"})


@pytest.mark.parametrize(
    ("params", "field", "words"),
    [
        ({"top": "0"}, "top", "Give a number of 1 or more."),
        ({"top": "201"}, "top", "Give a number of 200 or less."),
        ({"top": "ten"}, "top", "Give a whole number."),
        ({"top": "1.5"}, "top", "Give a whole number."),
        ({"view": "all"}, "view", "Give one of: 'sent' or 'scheduled'."),
        ({"state": "lost"}, "state", "Give one or more of: scheduled, queued"),
        ({"from": "20.11.2026"}, "from", "Give a day such as 2026-11-20."),
        ({"from": "2026-11-31"}, "from", "Give a day such as 2026-11-20."),
        ({"from": "20261120"}, "from", "Give a day such as 2026-11-20."),
        ({"from": "2026-11-20 09:00"}, "from", "Give a day such as 2026-11-20."),
        ({"to": "9999-12-31"}, "to", "Give a day such as 2026-11-20."),
        ({"clinicId": "x" * 41}, "clinicId", "Give at most 40 characters."),
        ({"clinic_id": "riverside"}, "clinic_id", "There is no such field here."),
        ({"form": "2026-11-20"}, "form", "There is no such field here."),
    ],
)
def test_a_wrong_parameter_is_named_in_words(params: Mapping[str, str], field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_query(messages.ListQuery, params)
    problem = refused.value.details[0]
    assert problem.field == field
    assert problem.message.startswith(words)
    assert problem.message in refused.value.message


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"dryRun": "yes"}, "dryRun", "Give true or false."),
        ({"dryRun": 1}, "dryRun", "Give true or false."),
        ({"day": 20261120}, "day", "Give text."),
        ({"clinicId": ["riverside"]}, "clinicId", "Give text."),
        ({"clinicId": {"$ne": ""}}, "clinicId", "Give text."),
        ({"dry_run": True, "x": 1}, "dry_run", "There is no such field here."),
    ],
)
def test_a_body_has_the_types_of_json(body: Mapping[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_body(runs.StartBody, body)
    assert (refused.value.details[0].field, refused.value.details[0].message) == (field, words)
    assert ("more to correct" in refused.value.message) == (len(refused.value.details) > 1)


def test_what_was_given_is_never_repeated() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_body(runs.StartBody, {"day": "Zelda Zephyrina", "clinicId": 447700900123})
    assert "Zelda" not in f"{refused.value} {refused.value.details}"
    assert "447700" not in f"{refused.value} {refused.value.details}"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_shape_of_the_interface_can_be_described(operation: Operation[Any, Any]) -> None:
    for shape in (operation.query, operation.body, operation.answer):
        if shape in (Nothing, Raw):
            continue
        described = TypeAdapter(shape).json_schema(mode="serialization")
        fields = described["properties"].items()
        assert [name for name, field in fields if not field.get("description")] == [], shape


def test_a_cold_start_does_not_pay_for_the_reader_of_requests() -> None:
    seen = "import json, sys, function_app; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", seen], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"pydantic", "httpx", "jwt"} & set(json.loads(done.stdout)) == set()
