"""A swagger read as Power Apps reads it."""

from __future__ import annotations

from typing import Any

from infra.power_platform.app.connector import read_connector
from infra.power_platform.app.kinds import ANYTHING, NUMBER, TEXT, TIME, TRUTH, Kind, Sort


def swagger(operation: dict[str, Any], **definitions: Any) -> dict[str, Any]:
    said = {"operationId": "Op", "responses": {"202": {"schema": {"$ref": "#/definitions/Answer"}}}, **operation}
    answer = {"type": "object", "properties": {"id": {"type": "string"}}}
    return {"paths": {"/v1/{id}": {"post": said}}, "definitions": {"Answer": answer, **definitions}}


def test_what_is_required_comes_in_order_and_the_rest_as_a_record() -> None:
    body = {
        "type": "object",
        "required": ["text", "secret"],
        "properties": {
            "note": {"type": "string"},
            "text": {"type": "string"},
            "day": {"type": "string", "format": "date"},
            "secret": {"type": "string", "x-ms-visibility": "internal"},
        },
    }
    parameters = [
        {"name": "body", "in": "body", "required": True, "schema": body},
        {"name": "id", "in": "path", "required": True, "type": "string"},
        {"name": "top", "in": "query", "type": "integer"},
    ]
    operation = read_connector("X", swagger({"parameters": parameters})).operations["Op"]
    assert list(operation.required) == [("id", TEXT), ("text", TEXT)]
    assert operation.optional == {"top": NUMBER, "note": TEXT, "day": TIME}


def test_the_answer_is_that_of_whichever_status_means_well() -> None:
    operation = read_connector("X", swagger({})).operations["Op"]
    assert operation.answer == Kind(Sort.RECORD, {"id": TEXT})


def test_lists_are_tables_and_lists_of_plain_values_have_one_column() -> None:
    page = {
        "type": "object",
        "properties": {
            "value": {"type": "array", "items": {"$ref": "#/definitions/Row"}},
            "warnings": {"type": "array", "items": {"type": "string"}},
            "free": {},
        },
    }
    row = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    answer = read_connector("X", swagger({}, Answer=page, Row=row)).operations["Op"].answer
    assert answer.fields["value"] == Kind(Sort.TABLE, {"ok": TRUTH})
    assert answer.fields["warnings"] == Kind(Sort.TABLE, {"Value": TEXT})
    assert answer.fields["free"] == ANYTHING


def test_triggers_are_no_calls_and_what_is_internal_is_not_offered() -> None:
    assert read_connector("X", swagger({"x-ms-trigger": "single"})).operations == {}
    assert not read_connector("X", swagger({"x-ms-visibility": "internal"})).operations["Op"].visible
