"""Patient data: hidden in the run history, never in a variable, never in a mail, an approval or a list.

Followed by shape: the operations' answers are marked (contracts/patient_fields.json), and what is made of a marked
value is marked too, whatever it is called (workflow/shapes.py).
"""

from collections.abc import Iterator

from infra.power_platform.solutions.contracts import patient_fields
from infra.power_platform.solutions.expressions import Call, Literal
from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.view import View
from infra.power_platform.solutions.workflow import Flow, Said, Shapes, Step, said_of

_HANDLES = ("Compose", "Query", "Select", "ParseJson", "Table")
_VARIABLES = ("InitializeVariable", "SetVariable")


def _secret(step: Step, shapes: Shapes) -> list[Said]:
    """Texts of a step that would be given patient data."""
    return [said for said in said_of(step) if any(shapes.of(node, step).holds_secret for node in said.nodes)]


def of_operations(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.steps:
            contract = shapes.contract(step) if step.calls_connector else None
            if contract is None:
                continue
            if contract.answer.holds_secret and "outputs" not in step.secured:
                yield Fault(step.place, f"{contract.id} answers patient data: secure its outputs.")
            given = {name.rpartition("/")[2] for name in step.parameters}
            secret = patient_fields(contract.id, ours=True) if _is_ours(view, flow, step) else frozenset()
            if given & secret and "inputs" not in step.secured:
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
    return shapes.of(given, step).holds_secret


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
