"""Expressions: they can be read, and what they name exists and is known by then."""

from collections.abc import Iterator

from infra.power_platform.solutions.expressions import Access, Call, Literal, Node, arguments_of, walk
from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.view import View
from infra.power_platform.solutions.workflow import Flow, Said, finished_before

LONGEST = 8192
_OF_ACTIONS = ("body", "outputs", "actions", "result", "actionBody", "actionOutputs")
_DYNAMIC = (*_OF_ACTIONS, "triggerBody", "triggerOutputs", "item", "items", "workflow", "first", "last", "trigger")


def _nodes(view: View) -> Iterator[tuple[Flow, Said, Node]]:
    for flow in view.flows:
        for said in view.said(flow):
            for whole in said.nodes:
                for node in walk(whole):
                    yield flow, said, node


def _calls(view: View) -> Iterator[tuple[Flow, Said, Call]]:
    for flow, said, node in _nodes(view):
        if isinstance(node, Call):
            yield flow, said, node


def readable(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for said in view.said(flow):
            if said.problem:
                yield Fault(said.place, f"{said.problem}: {said.text}")


def lengths(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for said in view.said(flow):
            if said.nodes and len(said.text) > LONGEST:
                yield Fault(said.place, f"An expression may have {LONGEST} characters.")


def known_functions(view: View) -> Iterator[Fault]:
    for _, said, call in _calls(view):
        if arguments_of(call.name) is None:
            yield Fault(said.place, f"There is no function {call.name}().")


def argument_counts(view: View) -> Iterator[Fault]:
    for _, said, call in _calls(view):
        fewest, most = arguments_of(call.name) or (0, None)
        if not fewest <= len(call.arguments) <= (len(call.arguments) if most is None else most):
            yield Fault(said.place, f"{call.name}() does not take {len(call.arguments)} arguments.")


def known_actions(view: View) -> Iterator[Fault]:
    for flow, said, call in _calls(view):
        if call.is_of(*_OF_ACTIONS) and call.first_text is not None and flow.action(call.first_text) is None:
            yield Fault(said.place, f"{call.name}() names {call.first_text!r}, and there is no such action.")


def finished_actions(view: View) -> Iterator[Fault]:
    for flow, said, call in _calls(view):
        named = flow.action(call.first_text or "") if call.is_of(*_OF_ACTIONS) else None
        in_run = named is not None and said.step not in flow.triggers
        if named is not None and in_run and not finished_before(flow, named, said.step):
            yield Fault(said.place, f"{named.name} is not over when {said.step.name} begins.")


def loops(view: View) -> Iterator[Fault]:
    for _, said, call in _calls(view):
        around = {step.name for step in said.step.within if step.type in ("Foreach", "Until")}
        if call.is_of("items", "iterationIndexes") and call.first_text not in around:
            yield Fault(said.place, f"{call.name}() names {call.first_text!r}, and does not stand in it.")


def known_variables(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        made = {
            one.get("name"): step
            for step in flow.actions
            if step.type == "InitializeVariable"
            for one in step.inputs.get("variables", ())
        }
        asked = [(said, call.first_text) for said in view.said(flow) for call in _variable_calls(said)]
        asked += [
            (said, said.text) for said in view.said(flow) if said.step.type == "SetVariable" and said.key == "name"
        ]
        for said, name in asked:
            if said.step in flow.triggers:
                continue  # told by another rule
            if name not in made or not finished_before(flow, made[name], said.step):
                yield Fault(said.place, f"No step before it makes the variable {name!r}.")


def _variable_calls(said: Said) -> Iterator[Call]:
    for whole in said.nodes:
        yield from (node for node in walk(whole) if isinstance(node, Call) and node.is_of("variables"))


def variables_at_the_top(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.actions:
            if step.type == "InitializeVariable" and step.within:
                yield Fault(step.place, "A variable is made outside of all scopes and loops.")


def known_parameters(view: View) -> Iterator[Fault]:
    for flow, said, call in _calls(view):
        if call.is_of("parameters") and call.first_text not in flow.parameters:
            yield Fault(said.place, f"The flow has no parameter {call.first_text!r}.")


def fields(view: View) -> Iterator[Fault]:
    """Dynamic content: every field that is asked for is one that the operation answers."""
    for flow in view.flows:
        for said in view.said(flow):
            shapes = view.shapes(flow)
            for node in said.nodes:
                shapes.of(node, said.step)
            for _, message in shapes.faults:
                yield Fault(said.place, message)


def safe_fields(view: View) -> Iterator[Fault]:
    for _, said, node in _nodes(view):
        if isinstance(node, Access) and not node.safe and isinstance(node.key, Literal) and _is_dynamic(node.base):
            yield Fault(said.place, f"Write ?[{node.key.value!r}]: what is missing is then null and no failure.")


def _is_dynamic(node: Node) -> bool:
    return isinstance(node, Access) or (isinstance(node, Call) and node.is_of(*_DYNAMIC))


def trigger_conditions(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for said in view.said(flow):
            if said.step in flow.triggers and any(
                isinstance(node, Call) and node.is_of(*_OF_ACTIONS, "variables", "item", "items")
                for whole in said.nodes
                for node in walk(whole)
            ):
                yield Fault(said.place, "Before a run there are only parameters and what the trigger tells.")


RULES = (
    Rule("ExpressionUnreadable", readable),
    Rule("ExpressionTooLong", lengths),
    Rule("FunctionUnknown", known_functions),
    Rule("FunctionArguments", argument_counts),
    Rule("ActionUnknown", known_actions),
    Rule("ActionNotOver", finished_actions),
    Rule("LoopNotAround", loops),
    Rule("VariableUnknown", known_variables),
    Rule("VariableNotAtTheTop", variables_at_the_top),
    Rule("FlowParameterUnknown", known_parameters),
    Rule("FieldUnknown", fields),
    Rule("FieldWithoutQuestionMark", safe_fields),
    Rule("TriggerConditionReachesIntoTheRun", trigger_conditions),
)
