"""What would break for the flows and apps that were made on the last release.

Nothing of a release is ever removed, renamed or narrowed; a better operation comes beside the old one, which stays and
is said to be deprecated (operational-versioning.md, deprecate-operation.md). The golden copy of a release is compared
with the definition of today.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.power_platform.lint.connector_files import ConnectorFiles
from infra.power_platform.lint.finding import Finding, Severity
from infra.power_platform.lint.inputs_shown import Input, inputs_of
from infra.power_platform.lint.json_places import DEFINITION, at, listing, mapping, text
from infra.power_platform.lint.rules.revisions import DEPRECATED, is_marked
from infra.power_platform.lint.schema_walk import Node, notification, successful_schema, walk_schema
from infra.power_platform.lint.view import ConnectorView, Operation


def compare_with_release(golden: Mapping[str, Any], now: Mapping[str, Any]) -> list[Finding]:
    """Every change from the released definition to today's that breaks what was made on it. All are errors.

    The place of something removed is where it stood in the release.
    """
    released, today = _view(golden), _view(now)
    found = list(_connection(released, today))
    for operation in released.operations:
        successor = today.by_id.get(operation.id)
        if successor is None:
            found.append(_removed(operation, today))
        else:
            pair = _Pair(released, operation, today, successor)
            found += [*_operation(pair), *_inputs(pair), *_outputs(pair)]
    return sorted(set(found))


@dataclass(frozen=True, slots=True)
class _Pair:
    """An operation as it was released, and as it is today."""

    released: ConnectorView
    before: Operation
    today: ConnectorView
    after: Operation


def _view(definition: Mapping[str, Any]) -> ConnectorView:
    return ConnectorView.of(ConnectorFiles(definition, {}, "", None))


def _breaks(rule: str, place: str, message: str) -> Finding:
    return Finding(Severity.ERROR, rule, place, message)


def _connection(released: ConnectorView, today: ConnectorView) -> Iterator[Finding]:
    """Connections that were made stay usable: an update may not change the kind of authentication."""
    before, after = _security(released), _security(today)
    if not before <= after:
        gone = ", ".join(sorted(before - after))
        yield _breaks("SecurityChanged", at(DEFINITION, "securityDefinitions"), f"Connections used {gone}.")


def _security(view: ConnectorView) -> set[str]:
    schemes = mapping(view.definition.get("securityDefinitions")).values()
    return {text(mapping(scheme).get("type")) for scheme in schemes}


def _removed(operation: Operation, today: ConnectorView) -> Finding:
    successor = next((one for one in today.operations if (one.method, one.path) == _route(operation)), None)
    if successor is None:
        return _breaks("OperationRemoved", operation.place, f"{operation.label} is gone: deprecate it instead.")
    said = f"{operation.label} is now called {successor.label}: flows look for its old id."
    return _breaks("OperationRenamed", at(successor.place, "operationId"), said)


def _route(operation: Operation) -> tuple[str, str]:
    return operation.method, operation.path


def _whole_route(view: ConnectorView, operation: Operation) -> str:
    return f"{operation.method.upper()} {text(view.definition.get('basePath')).rstrip('/')}{operation.path}"


def _operation(pair: _Pair) -> Iterator[Finding]:
    after = pair.after
    was, now = _whole_route(pair.released, pair.before), _whole_route(pair.today, after)
    if was != now:
        yield _breaks(
            "OperationRouteChanged", after.place, f"{after.id} was {was} and is {now}: make it an operation anew."
        )
    if pair.before.raw.get("x-ms-trigger") != after.raw.get("x-ms-trigger"):
        yield _breaks("TriggerChanged", at(after.place, "x-ms-trigger"), f"{after.id} was another kind of operation.")
    if after.raw.get("deprecated") is True and not is_marked(after, "summary"):
        yield _breaks(
            "DeprecatedOperationNotMarked", at(after.place, "summary"), f"Append {DEPRECATED} to the summary."
        )


def _inputs(pair: _Pair) -> Iterator[Finding]:
    before = {_input_key(one): one for one in inputs_of(pair.released, pair.before)}
    after = {_input_key(one): one for one in inputs_of(pair.today, pair.after)}
    for key, one in before.items():
        if key not in after:
            yield _breaks("InputRemoved", one.place, f"{pair.before.id} takes no {one.name} any more.")
        else:
            yield from _input(pair.after, one, after[key])
    for key, one in after.items():
        if key not in before and _is_needed(one, before) and "default" not in one.schema and not _callback(one):
            yield _breaks("NewInputRequired", one.place, f"{one.name} is new in {pair.after.id}, so it is optional.")


def _input_key(one: Input) -> tuple[str, str]:
    return (one.name, "body" if one.in_body else text(one.schema.get("in")))


def _is_needed(one: Input, before: Collection[tuple[str, str]]) -> bool:
    """By every call, or by those that gave the object which holds it."""
    parent = one.name.rpartition("/")[0]
    return one.required or (one.required_in_parent and (parent, "body") in before)


def _callback(one: Input) -> bool:
    return one.schema.get("x-ms-notification-url") is True


def _input(operation: Operation, was: Input, now: Input) -> Iterator[Finding]:
    if _type(was.schema) != _type(now.schema):
        said = f"{was.name} of {operation.id} was {_type(was.schema)} and is {_type(now.schema)}."
        yield _breaks("InputTypeChanged", now.place, said)
    if (now.required and not was.required) or (now.required_in_parent and not was.required_in_parent):
        yield _breaks("InputBecameRequired", now.place, f"{now.name} of {operation.id} was optional.")
    yield from _enum(was.schema, now.schema, now.place)


def _enum(was: Mapping[str, Any], now: Mapping[str, Any], place: str) -> Iterator[Finding]:
    if "enum" not in now:
        return
    allowed = {json.dumps(value) for value in listing(now["enum"])}
    gone = [json.dumps(value) for value in listing(was.get("enum")) if json.dumps(value) not in allowed]
    if gone or "enum" not in was:
        said = f"No longer there: {', '.join(gone)}." if gone else "Any value was allowed, now only these."
        yield _breaks("EnumValueRemoved", at(place, "enum"), said)


def _type(schema: Mapping[str, Any]) -> str:
    """`string/date-time`, `array`; no type is an object."""
    return "/".join(filter(None, (text(schema.get("type")) or "object", text(schema.get("format")))))


def _outputs(pair: _Pair) -> Iterator[Finding]:
    for before, after in (
        (_answer(pair.released, pair.before), _answer(pair.today, pair.after)),
        (_event(pair.released, pair.before), _event(pair.today, pair.after)),
    ):
        for path, was in before.items():
            now = after.get(path)
            if now is None:
                name = "/".join(path) or "answer"
                yield _breaks(
                    "OutputRemoved", was.place, f"{pair.before.id} gives no {name.replace('[]', '')} any more."
                )
            elif _type(was.schema) != _type(now.schema):
                said = f"It was {_type(was.schema)} and is {_type(now.schema)}."
                yield _breaks("OutputTypeChanged", now.place, said)
            else:
                yield from _enum(was.schema, now.schema, now.place) if "enum" in was.schema else ()


def _answer(view: ConnectorView, operation: Operation) -> Mapping[tuple[str, ...], Node]:
    schema = successful_schema(operation)
    place = at(operation.place, "responses", "schema")
    return _by_path(walk_schema(view, schema, place)) if schema is not None else {}


def _event(view: ConnectorView, operation: Operation) -> Mapping[tuple[str, ...], Node]:
    content = notification(view, operation) if operation.is_webhook else None
    return _by_path(walk_schema(view, *content)) if content is not None else {}


def _by_path(nodes: Iterator[Node]) -> Mapping[tuple[str, ...], Node]:
    """By the names on the way, the items of an array apart from the array itself."""
    return {(*node.path, "[]") if node.is_item and node.arrays else node.path: node for node in nodes}
