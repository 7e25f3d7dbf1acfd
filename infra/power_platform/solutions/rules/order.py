"""The order of steps: what runs after what."""

from collections.abc import Iterator

from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.view import View
from infra.power_platform.solutions.workflow import starts_after

STATUSES = frozenset({"Succeeded", "Failed", "Skipped", "TimedOut"})
MOST_TURNS = 5000


def targets(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.actions:
            beside = {one.name for one in flow.actions if one.branch == step.branch}
            for name in step.run_after:
                if name not in beside:
                    yield Fault(step.place, f"runAfter names {name!r}, which does not stand beside it.")


def circles(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.actions:
            if step.name in starts_after(flow, step):
                yield Fault(step.place, "runAfter goes in a circle: it would never begin.")


def statuses(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.actions:
            for name, wanted in step.run_after.items():
                if not wanted or set(wanted) - STATUSES:
                    yield Fault(step.place, f"After {name}: one or more of {', '.join(sorted(STATUSES))}.")


def side_by_side(view: View) -> Iterator[Fault]:
    """Steps of a branch that begin together make runs hard to follow; our flows go one step after another."""
    for flow in view.flows:
        first: dict[str, str] = {}
        for step in flow.actions:
            if not step.run_after and first.setdefault(step.branch, step.name) != step.name:
                yield Fault(step.place, f"It begins together with {first[step.branch]}: say after which step it runs.")


def limits(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.actions:
            limit = step.raw.get("limit", {})
            count, timeout = limit.get("count"), limit.get("timeout", "")
            counted = isinstance(count, int) and 0 < count <= MOST_TURNS
            if step.type == "Until" and not (counted and str(timeout).startswith("P")):
                yield Fault(step.place, "A loop needs limit.count and limit.timeout.")


def rests(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.actions:
            inner = [one for one in flow.actions if step in one.within]
            if step.type == "Until" and not any(one.type == "Wait" for one in inner):
                yield Fault(step.place, "A loop that asks again waits in between.")


RULES = (
    Rule("RunAfterUnknown", targets),
    Rule("RunAfterCircle", circles),
    Rule("RunAfterStatus", statuses),
    Rule("StepsSideBySide", side_by_side),
    Rule("LoopWithoutLimit", limits),
    Rule("LoopWithoutRest", rests),
)
