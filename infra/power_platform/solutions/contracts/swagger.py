"""The contracts of one of our connectors, read from its swagger file."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from infra.power_platform.solutions.contracts.contract import Connector, Contract, Kind
from infra.power_platform.solutions.contracts.shape import ANY, Follow, Shape, shape_of
from infra.power_platform.swagger import Described, described, followed, parameters

_ACCEPTED = "202"


def connector_of(swagger: Mapping[str, Any], api: str) -> Connector:
    """Raises KeyError where the file lacks what every swagger file has."""
    contracts = [_contract(one, swagger) for one in described(swagger)]
    return Connector(api, {contract.id: contract for contract in contracts}, ours=True)


def _contract(one_of: Described, swagger: Mapping[str, Any]) -> Contract:
    item, operation, follow = one_of.item, one_of.operation, partial(followed, swagger=swagger)
    trigger = "x-ms-trigger" in operation
    written = parameters(one_of, swagger)
    found = dict(_parameter for one in written for _parameter in _parameters(one, follow))
    by_use: dict[str, set[str]] = {"required": set(), "optional": set(), "filled": set()}
    for name, use in found.items():
        by_use[use].add(name)
    return Contract(
        id=operation["operationId"],
        kind=Kind.WAITING if trigger else Kind.ACTION,
        trigger=trigger,
        required=frozenset(by_use["required"]),
        optional=frozenset(by_use["optional"]),
        filled=frozenset(by_use["filled"]),
        open=tuple(f"{one['name']}/" for one in written if one.get("in") == "body" and _is_any_object(one, follow)),
        answer=_answer(item, operation, follow, trigger=trigger),
        answers_202=_ACCEPTED in operation.get("responses", {}),
    )


def _parameters(written: Mapping[str, Any], follow: Follow) -> Iterator[tuple[str, str]]:
    """(name, how it is used) of a parameter, or of all fields of a body."""
    if written.get("in") != "body":
        yield written["name"], _use(written, required=bool(written.get("required")))
        return
    schema = follow(written.get("schema", {}))
    if not schema.get("properties"):
        yield written["name"], _use(written, required=bool(written.get("required")))
        return
    yield from _fields(schema, written["name"], follow, required=bool(written.get("required")))


def _fields(schema: Mapping[str, Any], name: str, follow: Follow, *, required: bool) -> Iterator[tuple[str, str]]:
    needed = set(schema.get("required", ()))
    for key, raw in schema["properties"].items():
        inner, here = follow(raw), f"{name}/{key}"
        if inner.get("properties"):
            yield from _fields(inner, here, follow, required=required and key in needed)
        else:
            yield here, _use({**inner, **raw}, required=required and key in needed)


def _use(node: Mapping[str, Any], *, required: bool) -> str:
    if node.get("x-ms-notification-url") or node.get("x-ms-visibility") == "internal":
        return "filled"
    return "required" if required else "optional"


def _is_any_object(parameter: Mapping[str, Any], follow: Follow) -> bool:
    schema = follow(parameter.get("schema", {}))
    return schema.get("type") == "object" and not schema.get("properties")


def _answer(item: Mapping[str, Any], operation: Mapping[str, Any], follow: Follow, *, trigger: bool) -> Shape:
    """What dynamic content may name: of a trigger what it is told, else the body where all went well."""
    if trigger and "x-ms-notification-content" in item:
        return shape_of(item["x-ms-notification-content"].get("schema"), follow)
    good = [
        follow(one)["schema"]
        for code, one in sorted(operation.get("responses", {}).items())
        if str(code).startswith("2") and "schema" in follow(one)
    ]
    return shape_of(good[0], follow) if good else ANY
