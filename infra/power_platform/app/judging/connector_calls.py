"""A call of a connector held against its swagger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.power_platform.app.connector import Connector, Operation
from infra.power_platform.app.fx.tree import Call
from infra.power_platform.app.judging.scope import Scope
from infra.power_platform.app.kinds import ANYTHING, Kind, Sort

if TYPE_CHECKING:
    from infra.power_platform.app.judging.judgement import Judging


def judge_connector_call(judge: Judging, connector: Connector, node: Call, scope: Scope) -> Kind:
    """What the call answers; findings on everything that the connector would not take."""
    operation = connector.operations.get(node.function)
    kinds = [judge.kind(one, scope) for one in node.arguments]
    name = f"{connector.name}.{node.function}"
    if operation is None:
        judge.say(scope, "operation", f"the connector {connector.name} has no operation {node.function}")
        return ANYTHING
    if not operation.visible:
        judge.say(scope, "operation", f"{name} is internal: Power Apps does not offer it")
    fewest = len(operation.required)
    if not fewest <= len(kinds) <= fewest + bool(operation.optional):
        wanted = ", ".join([name for name, _ in operation.required] + ["{…}"] * bool(operation.optional))
        judge.say(scope, "operation-arguments", f"{name} takes ({wanted}), not {len(kinds)} arguments")
        return operation.answer
    _positional(judge, operation, kinds, scope)
    if len(kinds) > fewest:
        _record(judge, operation, kinds[-1], scope)
    return operation.answer


def _positional(judge: Judging, operation: Operation, kinds: list[Kind], scope: Scope) -> None:
    for (name, wanted), given in zip(operation.required, kinds, strict=False):
        if not given.fits(wanted):
            judge.say(scope, "operation-kind", f"{operation.id}: {name} is {wanted.sort}, not {given.sort}")


def _record(judge: Judging, operation: Operation, given: Kind, scope: Scope) -> None:
    if given.sort is not Sort.RECORD:
        judge.say(scope, "operation-kind", f"{operation.id}: what is optional comes as a record, not as {given.sort}")
        return
    for name, kind in given.fields.items():
        wanted = operation.optional.get(name)
        if wanted is None:
            judge.say(scope, "operation-field", f"{operation.id} has no field {name}")
        elif not kind.fits(wanted):
            judge.say(scope, "operation-kind", f"{operation.id}: {name} is {wanted.sort}, not {kind.sort}")
