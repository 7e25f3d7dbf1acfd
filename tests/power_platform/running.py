"""Runs a flow as the platform would, one step after another, with somebody else's answers and a clock of its own.

Only what our flows are made of. Repeats of a call are left out: a connector answers once, well or badly.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.power_platform.solutions.workflow import Flow, Step
from tests.power_platform.evaluating import Wrong, evaluate
from tests.power_platform.machine import Refused

type Connectors = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""(operation, parameters) -> the body of the answer. Raises Refused, TimedOut."""

_UNITS = {"Second": 1, "Minute": 60, "Hour": 3600}
_OVER = frozenset({"Failed", "TimedOut"})


class TimedOut(Exception):
    """Nobody answered in time."""


class _Ended(Exception):
    """A Terminate action."""


@dataclass
class Run:
    """One run, and what it left: the status of each step, variables, the clock."""

    flow: Flow
    told: Any
    connectors: Connectors
    parameters: Mapping[str, str]
    name: str = "run"
    now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    status: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    ended: str = ""

    def wanted(self) -> bool:
        """Whether the trigger's conditions let it begin."""
        conditions = self.flow.triggers[0].raw.get("conditions", ())
        return all(evaluate(one["expression"], self._scope()) is True for one in conditions)

    async def __call__(self) -> "Run":
        try:
            failed = await self._branch(f"{self.flow.file}#/properties/definition/actions")
            self.ended = "Failed" if failed else "Succeeded"
        except _Ended as ended:
            self.ended = str(ended)
        return self

    async def _branch(self, place: str) -> bool:
        """Every step of a branch in its order; whether the branch failed."""
        waiting = [step for step in self.flow.actions if step.branch == place]
        names = [step.name for step in waiting]
        for name in names:
            self.status.pop(name, None)
        while waiting:
            step = next(one for one in waiting if all(name in self.status for name in one.run_after))
            waiting.remove(step)
            wanted = all(self.status[name] in statuses for name, statuses in step.run_after.items())
            self.status[step.name] = await self._step(step) if wanted else "Skipped"
        followed = {name for one in self.flow.actions if one.branch == place for name in one.run_after}
        return any(self._failed(name) for name in names if name not in followed)

    def _failed(self, name: str) -> bool:
        """A step that was left out because of a failure counts as one."""
        if self.status[name] != "Skipped":
            return self.status[name] in _OVER
        step = self.flow.action(name)
        return step is not None and any(self._failed(before) for before in step.run_after)

    async def _step(self, step: Step) -> str:
        try:
            return await self._done(step)
        except Refused as problem:
            self.outputs[step.name] = {"body": {"error": problem.error}, "statusCode": problem.status}
            return "Failed"
        except Wrong as problem:
            self.outputs[step.name] = {"error": {"code": str(problem)}}
            return "Failed"
        except TimedOut:
            return "TimedOut"

    async def _done(self, step: Step) -> str:
        return str(await getattr(self, f"_do_{step.type.lower()}")(step))

    async def _do_openapiconnection(self, step: Step) -> str:
        given = evaluate(step.parameters, self._scope())
        self.outputs[step.name] = {"body": await self.connectors(step.operation, given)}
        return "Succeeded"

    _do_openapiconnectionwebhook = _do_openapiconnection

    async def _do_compose(self, step: Step) -> str:
        self.outputs[step.name] = evaluate(step.raw["inputs"], self._scope())
        return "Succeeded"

    async def _do_initializevariable(self, step: Step) -> str:
        for one in step.inputs["variables"]:
            self.variables[one["name"]] = evaluate(one.get("value"), self._scope())
        return "Succeeded"

    async def _do_setvariable(self, step: Step) -> str:
        self.variables[step.inputs["name"]] = evaluate(step.inputs["value"], self._scope())
        return "Succeeded"

    async def _do_query(self, step: Step) -> str:
        kept = [item for item in self._from(step) if evaluate(step.inputs["where"], self._scope(item)) is True]
        self.outputs[step.name] = {"body": kept}
        return "Succeeded"

    async def _do_select(self, step: Step) -> str:
        made = [evaluate(step.inputs["select"], self._scope(item)) for item in self._from(step)]
        self.outputs[step.name] = {"body": made}
        return "Succeeded"

    async def _do_table(self, step: Step) -> str:
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row.values())}</tr>" for row in self._from(step))
        self.outputs[step.name] = {"body": f"<table>{rows}</table>"}
        return "Succeeded"

    async def _do_wait(self, step: Step) -> str:
        interval = step.inputs["interval"]
        self.now += timedelta(seconds=interval["count"] * _UNITS[interval["unit"]])
        return "Succeeded"

    async def _do_scope(self, step: Step) -> str:
        return "Failed" if await self._branch(f"{step.place}/actions") else "Succeeded"

    async def _do_if(self, step: Step) -> str:
        branch = "actions" if self._holds(step.raw["expression"]) else "else/actions"
        return "Failed" if await self._branch(f"{step.place}/{branch}") else "Succeeded"

    def _holds(self, condition: Mapping[str, Any]) -> bool:
        """Of and, or, and the comparison that our flows use."""
        [(name, inner)] = condition.items()
        if name in ("and", "or"):
            return (all if name == "and" else any)(map(self._holds, inner))
        assert name == "equals", name
        left, right = evaluate(inner, self._scope())
        return type(left) is type(right) and bool(left == right)

    async def _do_until(self, step: Step) -> str:
        for _ in range(step.raw["limit"]["count"]):
            if await self._branch(f"{step.place}/actions"):
                return "Failed"
            if evaluate(step.raw["expression"], self._scope()) is True:
                break
        return "Succeeded"

    async def _do_terminate(self, step: Step) -> str:
        raise _Ended(evaluate(step.inputs["runStatus"], self._scope()))

    def _from(self, step: Step) -> list[Any]:
        found = evaluate(step.inputs["from"], self._scope())
        if not isinstance(found, list):
            raise Wrong(f"{step.name} needs a list")
        return found

    def _scope(self, item: Any = None) -> Mapping[str, Callable[..., Any]]:
        return {
            "parameters": lambda name: self.parameters.get(name, f"<{name}>"),
            "triggerbody": lambda: self.told,
            "variables": lambda name: self.variables[name],
            "outputs": self.outputs.get,
            "body": lambda name: (self.outputs.get(name) or {}).get("body"),
            "item": lambda: item,
            "utcnow": lambda: self.now.replace(tzinfo=None).isoformat(),
            "result": self._result,
            "workflow": lambda: {"name": "flow", "tags": {"environmentName": "env"}, "run": {"name": self.name}},
        }

    def _result(self, name: str) -> list[Mapping[str, Any]]:
        held = self.flow.action(name)
        assert held is not None
        return [
            {"name": one.name, "status": self.status[one.name], "outputs": self.outputs.get(one.name)}
            for one in self.flow.actions
            if one.branch == f"{held.place}/actions"
        ]
