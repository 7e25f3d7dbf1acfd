"""One operation as a path item of a connector's definition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from functions.interface.operation import Nothing, Operation, Raw
from functions.interface.words import Visibility, Words
from infra.power_platform.generator.shapes import Shapes, title_case

ALWAYS = (400, 401, 403, 429, 503)
ERRORS = {
    400: "Something in the request is wrong; the answer names the field and says what to do.",
    401: "There is no valid key or token.",
    403: "The caller may not do this, or not for that clinic.",
    404: "There is no such thing here.",
    409: "It cannot be done as things stand; the answer says why.",
    410: "It is no longer there.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The same idempotency key came with another body.",
    429: "Too many requests; the header Retry-After says when to try again.",
    503: "Not possible at the moment; the header Retry-After says when to try again.",
}
TAKEN = "Taken: it is on its way. The body is the same as for 200."


def path_item(operation: Operation[Any, Any], shapes: Shapes, raw_body: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{"get": …}`, with what a path says of its notifications."""
    shared: dict[str, Any] = {}
    if operation.trigger:
        shared["x-ms-notification-content"] = {
            "description": operation.summary + ".",
            "schema": dict(shapes.reference(operation.trigger.notification)),
        }
    return {**shared, operation.method.lower(): _described(operation, shapes, raw_body)}


def _described(operation: Operation[Any, Any], shapes: Shapes, raw_body: Mapping[str, Any]) -> Mapping[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "x-ms-visibility": str(operation.visibility),
    }
    if operation.trigger:
        described |= {"x-ms-trigger": "single", "x-ms-trigger-hint": operation.trigger.hint}
    parameters = [*_in_path(operation), *_in_query(operation, shapes), *_in_body(operation, shapes, raw_body)]
    if parameters:
        described["parameters"] = parameters
    return {**described, "responses": _responses(operation, shapes)}


def _in_path(operation: Operation[Any, Any]) -> list[Mapping[str, Any]]:
    return [_path_parameter(name, operation.path_words[name]) for name in re.findall(r"\{(\w+)\}", operation.path)]


def _path_parameter(name: str, words: Words) -> Mapping[str, Any]:
    internal = {"x-ms-visibility": "internal"} if words.visibility is Visibility.INTERNAL else {}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "type": "string",
        "x-ms-summary": title_case(words.title),
        "description": words.description,
        "x-ms-url-encoding": "single",
        **internal,
    }


def _in_query(operation: Operation[Any, Any], shapes: Shapes) -> list[Mapping[str, Any]]:
    if operation.query is Nothing:
        return []
    return [
        {"name": name, "in": "query", "required": False, "x-ms-summary": field["title"]}
        | {key: value for key, value in field.items() if key not in ("title", "x-nullable")}
        for name, field in shapes.fields(operation.query).items()
    ]


def _in_body(operation: Operation[Any, Any], shapes: Shapes, raw_body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if operation.body is Nothing:
        return []
    if operation.body is Raw:
        schema: Mapping[str, Any] = raw_body
    else:
        schema = dict(shapes.reference(operation.body, operation.id + "Request"))
    return [{"name": "body", "in": "body", "required": True, "schema": schema}]


def _responses(operation: Operation[Any, Any], shapes: Shapes) -> Mapping[str, Any]:
    """The schema stands under 200 or 201 alone: the platform reads no other (certification rules)."""
    success = HTTPStatus.CREATED if operation.status == HTTPStatus.CREATED else HTTPStatus.OK
    answers: dict[str, Any] = {}
    if operation.status == HTTPStatus.NO_CONTENT:
        answers["204"] = {"description": "Done."}
    else:
        described = {"description": "How it stands now." if operation.method == "GET" else "What it came to."}
        answers[str(int(success))] = {**described, "schema": dict(shapes.reference(operation.answer))}
    if operation.status == HTTPStatus.ACCEPTED:
        answers["202"] = {"description": TAKEN}
    for status in sorted({*ALWAYS, *operation.errors}):
        answers[str(int(status))] = {"description": ERRORS[status]}
    return {**answers, "default": {"description": "It failed; the answer says why."}}
