"""The expressions that stand in a flow's texts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.power_platform.solutions.expressions import ExpressionInvalid, Node, Part, parts_of
from infra.power_platform.solutions.workflow.flow import Flow, Step

_NO_TEXT_OF_THE_RUN = ("runAfter", "metadata", "description", "type", "schema")


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a step: its parts, or why it cannot be read. `key`: that it stands under, such as `body/note`."""

    step: Step
    place: str
    key: str
    text: str
    parts: tuple[Part, ...] = ()
    problem: str = ""

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(part.node for part in self.parts if part.node is not None)


def said_in(flow: Flow) -> Iterator[Said]:
    for step in flow.steps:
        yield from said_of(step)


def said_of(step: Step) -> Iterator[Said]:
    """Every text of a step that the platform reads when the flow runs."""
    for key, place, text in _texts(step.own(), step.place, ""):
        try:
            yield Said(step, place, key, text, tuple(parts_of(text)))
        except ExpressionInvalid as problem:
            yield Said(step, place, key, text, problem=str(problem))


def _texts(value: Any, place: str, key: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, str):
        yield key, place, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _NO_TEXT_OF_THE_RUN:
                yield from _texts(inner, f"{place}/{name}", name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{place}/{number}", key)
