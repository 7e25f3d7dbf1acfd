"""Calls of connectors against what their operations take."""

from collections.abc import Iterator

from infra.power_platform.solutions.contracts import Contract
from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.view import APIS, View
from infra.power_platform.solutions.workflow import Flow, Step

_COLUMN = "item/"


def _calls(view: View) -> Iterator[tuple[Flow, Step, Contract]]:
    """Those whose operation exists."""
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.steps:
            contract = shapes.contract(step) if step.calls_connector else None
            if contract is not None:
                yield flow, step, contract


def declared(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.steps:
            if step.calls_connector and step.host.get("connectionName") not in flow.references:
                yield Fault(step.place, f"connectionReferences has no {step.host.get('connectionName')!r}.")


def same_api(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.steps:
            if flow.api_of(step) and step.host.get("apiId") != APIS + flow.api_of(step):
                yield Fault(step.place, f"apiId and the reference differ: {step.host.get('apiId')!r}.")


def used(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        named = {step.host.get("connectionName") for step in flow.steps if step.calls_connector}
        for name in flow.references:
            if name not in named:
                yield Fault(flow.file, f"No step uses the connection {name}.")


def complete(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for name, reference in flow.references.items():
            logical = reference.get("connection", {}).get("connectionReferenceLogicalName")
            if reference.get("runtimeSource") != "embedded" or not logical or not reference.get("api", {}).get("name"):
                yield Fault(f"{flow.file}#/properties/connectionReferences/{name}", "It is embedded and names both.")


def operations(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.steps:
            connector = view.connectors.get(flow.api_of(step))
            if flow.api_of(step) and (connector is None or step.operation not in connector.contracts):
                yield Fault(step.place, f"{flow.api_of(step)} has no operation {step.operation!r}.")


def kinds(view: View) -> Iterator[Fault]:
    for flow, step, contract in _calls(view):
        if step.type != contract.kind or contract.trigger != (step in flow.triggers):
            where = "a trigger" if contract.trigger else "an action"
            yield Fault(step.place, f"{contract.id} is {where} of type {contract.kind}.")


def known_parameters(view: View) -> Iterator[Fault]:
    for _, step, contract in _calls(view):
        for name in step.parameters:
            if not contract.takes(name) and name not in contract.filled:
                yield Fault(step.place, f"{contract.id} has no parameter {name!r}.")


def filled_parameters(view: View) -> Iterator[Fault]:
    for _, step, contract in _calls(view):
        for name in step.parameters:
            if name in contract.filled:
                yield Fault(step.place, f"{name!r} is the platform's to fill.")


def required_parameters(view: View) -> Iterator[Fault]:
    for _, step, contract in _calls(view):
        for name in sorted(contract.required):
            if step.parameters.get(name) in (None, ""):
                yield Fault(step.place, f"{contract.id} needs {name!r}.")


def columns(view: View) -> Iterator[Fault]:
    """Both ways: what is written is a column of the list that is named, and every column is written."""
    for _, step, contract in _calls(view):
        if _COLUMN not in contract.open:
            continue
        known = {f"{_COLUMN}{name}" for name in _columns_of(view, str(step.parameters.get("table", "")))}
        written = {name for name in step.parameters if name.startswith(_COLUMN)}
        for name in sorted(written ^ known):
            yield Fault(step.place, f"{name} stands on one side only: in the flow, or in its list in lists/.")


def _columns_of(view: View, table: str) -> set[str]:
    """Of the list whose environment variable the step names; none: no list of ours."""
    named = (one for one in view.source.lists if f"({one['variable']})" in table)
    return {column["name"] for one in named for column in one["columns"]}


def authentication(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.steps:
            if step.calls_connector and step.inputs.get("authentication") != "@parameters('$authentication')":
                yield Fault(step.place, "inputs.authentication is @parameters('$authentication').")


RULES = (
    Rule("ConnectionUndeclared", declared),
    Rule("ConnectionApiDiffers", same_api),
    Rule("ConnectionUnused", used),
    Rule("ConnectionIncomplete", complete),
    Rule("OperationUnknown", operations),
    Rule("OperationOfAnotherKind", kinds),
    Rule("ParameterUnknown", known_parameters),
    Rule("ParameterFilledByThePlatform", filled_parameters),
    Rule("ParameterMissing", required_parameters),
    Rule("ListColumns", columns),
    Rule("AuthenticationMissing", authentication),
)
