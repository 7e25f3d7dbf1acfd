"""Patient data: hidden in the run history, never in a variable, never in a mail, an approval or a list.

Followed by shape: what an expression gives is looked up in what the operations answer (workflow/shapes.py), and
`patient_fields.json` says which fields hold patient data.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.power_platform.solutions.contracts import Shape
from infra.power_platform.solutions.expressions import Access, Call, Literal, Node
from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.view import View
from infra.power_platform.solutions.workflow import Flow, Said, Shapes, Step, said_of

_TELLS_NOTHING = (
    "length", "empty", "equals", "not", "and", "or", "greater", "greaterOrEquals", "less", "lessOrEquals", "contains",
    "startsWith", "endsWith", "parameters", "workflow",
)  # fmt: skip
_KNOWN = ("body", "outputs", "triggerBody", "triggerOutputs", "item", "items", "result")
_HANDLES = ("Compose", "Query", "Select", "ParseJson", "Table")
_VARIABLES = ("InitializeVariable", "SetVariable")


@cache
def patient_fields() -> frozenset[str]:
    written = json.loads(Path(__file__).with_name("patient_fields.json").read_text(encoding="utf-8"))
    return frozenset((*written["ours"], *written["people"]))


def holds(shape: Shape) -> bool:
    """Whether a value of this shape holds patient data."""
    return bool(patient_fields() & set(shape.field_names()))


def gives_away(node: Node, step: Step, shapes: Shapes) -> bool:
    """Whether what an expression gives holds patient data. A count or a comparison does not."""
    match node:
        case Literal():
            return False
        case Access(base, key, _):
            shape = shapes.of(node, step)
            named = isinstance(key, Literal) and str(key.value).rpartition("/")[2] in patient_fields()
            return holds(shape) or named or (shape.kind == "any" and gives_away(_made(base), step, shapes))
        case Call():
            if node.is_of(*_TELLS_NOTHING):
                return False
            return holds(shapes.of(node, step)) or any(
                gives_away(argument, step, shapes) for argument in node.arguments
            )


def _made(base: Node) -> Node:
    """What a part of unknown shape is a part of, where a function made that: as secret as the whole. What operations
    answer is known field by field."""
    while isinstance(base, Access):
        base = base.base
    return Literal(None) if isinstance(base, Call) and base.is_of(*_KNOWN) else base


def _secret(step: Step, shapes: Shapes) -> list[Said]:
    return [said for said in said_of(step) if any(gives_away(node, step, shapes) for node in said.nodes)]


def of_operations(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.steps:
            contract = shapes.contract(step) if step.calls_connector else None
            if contract is None:
                continue
            if holds(contract.answer) and "outputs" not in step.secured:
                yield Fault(step.place, f"{contract.id} answers patient data: secure its outputs.")
            given = {name.rpartition("/")[2] for name in step.parameters}
            if _is_ours(view, flow, step) and given & patient_fields() and "inputs" not in step.secured:
                yield Fault(step.place, f"{contract.id} is given patient data: secure its inputs.")


def of_other_steps(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.actions:
            if step.type not in _HANDLES or not _secret(step, shapes):
                continue
            if "inputs" not in step.secured:
                yield Fault(step.place, "It is given patient data: secure its inputs.")
            if _keeps(step, shapes) and "outputs" not in step.secured:
                yield Fault(step.place, "It gives patient data: secure its outputs.")


def _keeps(step: Step, shapes: Shapes) -> bool:
    given = Call("outputs" if step.type == "Compose" else "body", (Literal(step.name),))
    return holds(shapes.of(given, step)) or step.type == "Compose"


def in_variables(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.actions:
            if step.type in _VARIABLES:
                for said in _secret(step, shapes):
                    yield Fault(said.place, "Variables are shown in the run history: keep patient data out of them.")


def sent_elsewhere(view: View) -> Iterator[Fault]:
    """To a mail, an approval or a list: they are kept, forwarded and searched by others."""
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.actions:
            if step.calls_connector and not _is_ours(view, flow, step):
                for said in _secret(step, shapes):
                    yield Fault(said.place, f"{step.operation} would be given patient data.")


def in_terminations(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.actions:
            if step.type == "Terminate" and _secret(step, shapes):
                yield Fault(step.place, "How a run ends is shown to everybody: keep patient data out of it.")


def _is_ours(view: View, flow: Flow, step: Step) -> bool:
    connector = view.connectors.get(flow.api_of(step))
    return connector is not None and connector.ours


RULES = (
    Rule("PatientDataUnsecured", of_operations),
    Rule("PatientDataHandledUnsecured", of_other_steps),
    Rule("PatientDataInVariable", in_variables),
    Rule("PatientDataSentElsewhere", sent_elsewhere),
    Rule("PatientDataInTermination", in_terminations),
)
