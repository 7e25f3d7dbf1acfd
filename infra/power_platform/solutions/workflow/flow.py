"""A flow: one trigger, and actions that may hold others."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.power_platform.solutions.finding import SolutionUnreadable

_HOLDERS = ("actions", "else", "cases", "default")
"""Where an action keeps those within it; they are steps of their own."""


@dataclass(frozen=True, slots=True)
class Step:
    """A trigger or an action. `within`: the actions that hold it, outermost first. `branch`: the place of the actions
    among which it stands; only those may be named in its `runAfter`."""

    name: str
    raw: Mapping[str, Any]
    place: str
    branch: str = ""
    within: tuple["Step", ...] = ()

    @property
    def type(self) -> str:
        return str(self.raw.get("type", ""))

    @property
    def inputs(self) -> Mapping[str, Any]:
        return _mapping(self.raw.get("inputs"))

    @property
    def host(self) -> Mapping[str, Any]:
        return _mapping(self.inputs.get("host"))

    @property
    def parameters(self) -> Mapping[str, Any]:
        return _mapping(self.inputs.get("parameters"))

    @property
    def operation(self) -> str:
        return str(self.host.get("operationId", ""))

    @property
    def run_after(self) -> Mapping[str, list[str]]:
        return _mapping(self.raw.get("runAfter"))

    @property
    def calls_connector(self) -> bool:
        return "operationId" in self.host

    @property
    def secured(self) -> frozenset[str]:
        """Which of inputs and outputs the run history hides."""
        settings = self.raw.get("runtimeConfiguration", {}).get("secureData", {})
        return frozenset(settings.get("properties", ()))

    def own(self) -> Mapping[str, Any]:
        """Without the steps that it holds."""
        return {key: value for key, value in self.raw.items() if key not in _HOLDERS}


@dataclass(frozen=True, slots=True)
class Flow:
    """`file`: its path in the solution. `repeated`: keys that an object of the file has twice."""

    file: str
    raw: Mapping[str, Any]
    triggers: tuple[Step, ...]
    actions: tuple[Step, ...]
    repeated: tuple[str, ...] = ()

    @property
    def properties(self) -> Mapping[str, Any]:
        return _mapping(self.raw.get("properties"))

    @property
    def definition(self) -> Mapping[str, Any]:
        return _mapping(self.properties.get("definition"))

    @property
    def references(self) -> Mapping[str, Mapping[str, Any]]:
        """By the name that `connectionName` gives."""
        return _mapping(self.properties.get("connectionReferences"))

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        return _mapping(self.definition.get("parameters"))

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self.triggers, *self.actions)

    def action(self, name: str) -> Step | None:
        return next((step for step in self.actions if step.name == name), None)

    def api_of(self, step: Step) -> str:
        """The connector that a step calls, by the reference that it names."""
        reference = self.references.get(step.host.get("connectionName", ""), {})
        return str(reference.get("api", {}).get("name", ""))


def _mapping(value: Any) -> Mapping[str, Any]:
    """What is no object counts as an empty one."""
    return value if isinstance(value, Mapping) else {}


def read_flow(file: str, written: bytes) -> Flow:
    """Raises SolutionUnreadable."""
    repeated: list[str] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(pairs)

    try:
        raw = json.loads(written, object_pairs_hook=keep)
        definition = raw["properties"]["definition"]
        base = f"{file}#/properties/definition"
        triggers = tuple(Step(name, one, f"{base}/triggers/{name}") for name, one in definition["triggers"].items())
        actions = tuple(_steps(definition["actions"], f"{base}/actions", ()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SolutionUnreadable(f"{file} is not a flow: {type(error).__name__} {error}") from error
    return Flow(file, raw, triggers, actions, tuple(repeated))


def _steps(actions: Mapping[str, Any], branch: str, within: tuple[Step, ...]) -> Iterator[Step]:
    for name, raw in actions.items():
        step = Step(name, raw, f"{branch}/{name}", branch, within)
        yield step
        for inner, place in _held(raw, step.place):
            yield from _steps(inner, place, (*within, step))


def _held(raw: Mapping[str, Any], place: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    if "actions" in raw:
        yield raw["actions"], f"{place}/actions"
    for key in ("else", "default"):
        if "actions" in raw.get(key, {}):
            yield raw[key]["actions"], f"{place}/{key}/actions"
    for name, case in raw.get("cases", {}).items():
        yield case["actions"], f"{place}/cases/{name}/actions"
