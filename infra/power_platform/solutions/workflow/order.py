"""Which step is over when another begins."""

from infra.power_platform.solutions.workflow.flow import Flow, Step


def starts_after(flow: Flow, step: Step) -> frozenset[str]:
    """Every step of the same branch that is over when `step` begins. Itself, where `runAfter` goes in a circle."""
    among = {one.name: one for one in flow.actions if one.branch == step.branch}
    found: set[str] = set()
    waiting = list(step.run_after)
    while waiting:
        name = waiting.pop()
        if name in among and name not in found:
            found.add(name)
            waiting += among[name].run_after
    return frozenset(found)


def finished_before(flow: Flow, earlier: Step, later: Step) -> bool:
    """Whether `earlier` has ended, or was left out for good, when `later` begins.

    What stands in a loop is known only in that loop: outside it, nobody can say which turn is meant.
    """
    line, others = (*earlier.within, earlier), {one.branch: one for one in (*later.within, later)}
    for depth, one in enumerate(line):
        other = others.get(one.branch)
        if other is not None and other.name != one.name:
            in_loop = any(holder.type == "Foreach" for holder in line[depth:-1])
            return one.name in starts_after(flow, other) and not in_loop
    return False
