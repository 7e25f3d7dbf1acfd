"""When something fails: repeats that do no harm, and somebody who hears of it."""

import re
from collections.abc import Iterator

from infra.power_platform.solutions.expressions import Access, Call, Literal, walk
from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.view import View
from infra.power_platform.solutions.workflow import Flow, Step, said_of

_KEY = "idempotencyKey"
_MOST_REPEATS = 90
_INTERVAL = re.compile(r"P(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?")
_CAUGHT = {"Failed", "TimedOut"}
_MAIL = "SendEmailV2"
_OPERATOR = "ptm_OperatorMail"


def retries(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for step in flow.actions:
            if step.calls_connector and not _is_policy(step.inputs.get("retryPolicy")):
                yield Fault(step.place, "Say how it is repeated: retryPolicy none, fixed or exponential.")


def _is_policy(policy: object) -> bool:
    if not isinstance(policy, dict):
        return False
    if policy.get("type") == "none":
        return True
    count, interval = policy.get("count"), policy.get("interval", "")
    counted = isinstance(count, int) and 0 < count <= _MOST_REPEATS
    return policy.get("type") in ("fixed", "exponential") and counted and bool(_INTERVAL.fullmatch(str(interval)))


def keys(view: View) -> Iterator[Fault]:
    """A repeated send goes once: its key comes from the run, or from the event that began it."""
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.actions:
            contract = shapes.contract(step) if step.calls_connector else None
            if contract is None or not any(name.endswith(_KEY) for name in contract.parameters):
                continue
            said = [one for one in said_of(step) if one.key.endswith(_KEY)]
            if not said or not all(any(_is_of_the_run(node) for node in one.nodes) for one in said):
                yield Fault(step.place, f"{contract.id} needs a key made of workflow()?['run'] or of the event's id.")


def _is_of_the_run(node: object) -> bool:
    for one in walk(node):  # type: ignore[arg-type]
        if isinstance(one, Call) and one.is_of("workflow"):
            return True
        if isinstance(one, Access) and one.key == Literal("id") and one.base == Call("triggerBody", ()):
            return True
    return False


def accepted(view: View) -> Iterator[Fault]:
    """The platform takes 202 for the beginning of a long-running operation, and would ask for its end."""
    for flow in view.flows:
        shapes = view.shapes(flow)
        for step in flow.actions:
            contract = shapes.contract(step) if step.calls_connector else None
            waits = step.raw.get("operationOptions") != "DisableAsyncPattern"
            if contract is not None and contract.answers_202 and waits:
                yield Fault(step.place, f"{contract.id} may answer 202: set operationOptions to DisableAsyncPattern.")


def somebody_hears(view: View) -> Iterator[Fault]:
    """What fails at the top is followed by a scope that mails the operator."""
    for flow in view.flows:
        hearing = _hearing(flow)
        for step in (one for one in flow.actions if not one.within and one not in hearing):
            heard = any(set(one.run_after.get(step.name, ())) >= _CAUGHT for one in hearing)
            if step.type != "InitializeVariable" and not heard:
                yield Fault(step.place, "When it fails or times out, nobody is told.")


def _hearing(flow: Flow) -> list[Step]:
    """Scopes at the top that run only after a failure, and mail the operator."""
    return [
        step
        for step in flow.actions
        if not step.within
        and step.run_after
        and all(set(wanted) <= _CAUGHT for wanted in step.run_after.values())
        and _mails_operator(flow, step)
    ]


def _mails_operator(flow: Flow, scope: Step) -> bool:
    mails = [step for step in flow.actions if scope in step.within and step.operation == _MAIL]
    return any(f"({_OPERATOR})" in str(step.parameters.get("emailMessage/To", "")) for step in mails)


def counts_as_failed(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        for scope in _hearing(flow):
            ends = [one for one in flow.actions if scope in one.within and one.type == "Terminate"]
            if not any(one.inputs.get("runStatus") == "Failed" for one in ends):
                yield Fault(scope.place, "A run that failed must end as failed, or nobody sees it in the history.")


RULES = (
    Rule("RetryPolicyMissing", retries),
    Rule("IdempotencyKeyMissing", keys),
    Rule("AcceptedTakenForAPromise", accepted),
    Rule("FailureUnheard", somebody_hears),
    Rule("FailureLooksLikeSuccess", counts_as_failed),
)
