"""What every flow must have, and how large it may be (power-automate-docs: articles/limits-and-config.md)."""

from collections import Counter
from collections.abc import Iterator

from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.view import View

LONGEST_NAME = 80
LONGEST_DESCRIPTION = 256
MOST_ACTIONS = 500
DEEPEST = 8
_SCHEMA = "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"
_PLATFORM_PARAMETERS = {"$connections": "Object", "$authentication": "SecureObject"}
_SIDES = 2
_COMPARISONS = frozenset(
    {
        "equals", "greater", "greaterOrEquals", "less", "lessOrEquals", "contains", "startsWith", "endsWith",
    }
)  # fmt: skip
_NOT_IN_NAMES = frozenset("<>%&\\?/#'\"")
TYPES = frozenset(
    {
        "Compose", "Foreach", "If", "InitializeVariable", "OpenApiConnection", "OpenApiConnectionWebhook", "ParseJson",
        "Query", "Scope", "Select", "SetVariable", "Switch", "Table", "Terminate", "Until", "Wait",
    }
)  # fmt: skip
"""Actions that need nothing beside the solution: no `Http`, which would carry an address and a secret."""
TRIGGER_TYPES = frozenset({"OpenApiConnectionWebhook", "Recurrence", "Request"})


def frame(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        definition, parameters = flow.definition, flow.parameters
        if (
            definition.get("$schema") != _SCHEMA
            or "contentVersion" not in definition
            or "schemaVersion" not in flow.raw
        ):
            yield Fault(flow.file, "$schema, contentVersion and schemaVersion must be those of exported flows.")
        for name, kind in _PLATFORM_PARAMETERS.items():
            if parameters.get(name, {}).get("type") != kind:
                yield Fault(flow.file, f"The parameter {name} of type {kind} is missing.")


def repeated_keys(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for name in flow.repeated:
            yield Fault(flow.file, f"An object has {name!r} twice: all but the last one are lost.")


def one_trigger(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        if len(flow.triggers) != 1:
            yield Fault(flow.file, f"A flow has one trigger; this one has {len(flow.triggers)}.")


def unique_names(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for name, count in Counter(step.name for step in flow.steps).items():
            if count > 1:
                yield Fault(flow.file, f"{count} steps are called {name}; a name stands once in the whole flow.")


def names(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.steps:
            if len(step.name) > LONGEST_NAME or set(step.name) & _NOT_IN_NAMES or " " in step.name:
                yield Fault(step.place, f"{LONGEST_NAME} characters at most, _ for spaces, no signs of addresses.")


def descriptions(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.steps:
            if len(step.raw.get("description", "")) > LONGEST_DESCRIPTION:
                yield Fault(step.place, f"A description may have {LONGEST_DESCRIPTION} characters.")
    for record in view.records:
        if not 0 < len(record.root.get("Description", "")) <= LONGEST_DESCRIPTION:
            yield Fault(record.file, f"Describe the flow in 1 to {LONGEST_DESCRIPTION} characters.")


def size(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        if len(flow.actions) > MOST_ACTIONS:
            yield Fault(flow.file, f"{len(flow.actions)} actions; {MOST_ACTIONS} are allowed.")
        for step in flow.actions:
            if len(step.within) >= DEEPEST:
                yield Fault(step.place, f"Actions may hold others {DEEPEST} deep.")


def types(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        wrong = [step for step in flow.actions if step.type not in TYPES]
        wrong += [step for step in flow.triggers if step.type not in TRIGGER_TYPES]
        for step in wrong:
            yield Fault(step.place, f"{step.type or 'No type'} is not among the types that our flows are made of.")


def conditions(view: View) -> Iterator[Fault]:
    """As the designer writes and shows them; one expression in a text runs, but cannot be edited there."""
    for flow in view.flows:
        for step in flow.actions:
            if step.type == "If" and not _is_condition(step.raw.get("expression")):
                yield Fault(step.place, "A condition is and/or of comparisons with two sides each.")


def _is_condition(written: object) -> bool:
    if not isinstance(written, dict) or len(written) != 1:
        return False
    [(name, inner)] = written.items()
    if name in ("and", "or"):
        return isinstance(inner, list) and bool(inner) and all(map(_is_condition, inner))
    if name == "not":
        return _is_condition(inner)
    return name in _COMPARISONS and isinstance(inner, list) and len(inner) == _SIDES


RULES = (
    Rule("FlowFrame", frame),
    Rule("KeyRepeated", repeated_keys),
    Rule("TriggerCount", one_trigger),
    Rule("StepNameRepeated", unique_names),
    Rule("StepName", names),
    Rule("DescriptionLength", descriptions),
    Rule("FlowTooLarge", size),
    Rule("StepTypeUnknown", types),
    Rule("ConditionForm", conditions),
)
