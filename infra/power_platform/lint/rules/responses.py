"""Answers: the designer shows one schema, that of 200 or 201; an event's stands in the notification content.

An operation that answers 202 declares what it answers under 200 and the 202 without a schema: the designer looks
nowhere else. Internal operations are not in the designer, so a DELETE may answer 204 alone.
"""

import re
from collections.abc import Iterator

from infra.power_platform.lint.json_places import at, mapping
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.schema_walk import notification, successful_schema
from infra.power_platform.lint.view import ConnectorView, Operation

_CODE = re.compile(r"default|[1-5]\d\d")
_SAYS_SOMETHING = (
    "properties",
    "allOf",
    "items",
    "additionalProperties",
    "x-ms-dynamic-schema",
    "x-ms-dynamic-properties",
)


def some(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.raw and not operation.responses:
            yield Fault(at(operation.place, "responses"), f"{operation.label} does not say what it answers.")


def successful(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.responses and not any(response.successful for response in operation.responses):
            yield Fault(at(operation.place, "responses"), f"{operation.label} has no answer for success (2xx).")


def codes(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        for response in operation.responses:
            if _CODE.fullmatch(response.code) is None:
                yield Fault(at(operation.place, "responses", response.code), "Write an HTTP status code or 'default'.")


def schema_where_it_is_seen(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.is_webhook and notification(view, operation) is None:
            place = at(operation.item_place, "x-ms-notification-content", "schema")
            yield Fault(place, f"Say what an event of {operation.label} brings.")
        elif _is_seen(operation) and successful_schema(operation) is None:
            yield Fault(at(operation.place, "responses"), f"{operation.label} has no schema under 200 or 201.")


def _is_seen(operation: Operation) -> bool:
    succeeds = any(response.successful for response in operation.responses)
    return succeeds and not operation.internal and not operation.is_webhook


def one_schema(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        described = [one.code for one in operation.responses if "schema" in one.raw and one.code != "default"]
        if len(described) > 1:
            said = f"{operation.label} has schemas under {', '.join(described)}; the designer shows one."
            yield Fault(at(operation.place, "responses"), said)


def default_without_schema(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        for response in operation.responses:
            if response.code == "default" and "schema" in response.raw:
                yield Fault(at(response.place, "schema"), "'default' has no schema; describe the answers you expect.")


def schema_not_empty(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        for response in operation.responses:
            if response.successful and "schema" in response.raw:
                place = at(response.place, "schema")
                schema, stands_at = view.follow(response.raw["schema"], place)
                if _is_empty(schema, mapping(response.raw["schema"]), operation):
                    yield Fault(stands_at, f"{operation.label} answers an object without properties.")


def _is_empty(schema: object, written: object, operation: Operation) -> bool:
    found = mapping(schema)
    if not found:
        return "$ref" not in mapping(written)  # a reference that leads nowhere has a rule of its own
    bare = found.get("type", "object") == "object" and not any(found.get(key) for key in _SAYS_SOMETHING)
    return bare and not operation.internal


RULES = (
    error("OperationMustHaveResponse", some),
    error("OperationShouldHaveSuccessfulResponse", successful),
    error("ResponseMustBeDefaultOrHttpStatusCode", codes),
    error("SchemaDefinitionSetIncorrectly", schema_where_it_is_seen),
    error("OperationHasManyResponsesWithSchema", one_schema),
    error("DefaultResponseHasSchema", default_without_schema),
    error("EmptyResponseSchema", schema_not_empty),
)
