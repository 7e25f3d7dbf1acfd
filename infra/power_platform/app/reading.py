"""All that the rules look at, read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.power_platform.app.connector import Connector
from infra.power_platform.app.constants import Colour, colours, numbers, values
from infra.power_platform.app.fx.tree import Node, Text, walk
from infra.power_platform.app.judging.formulas import Formula, Formulas, read_formulas
from infra.power_platform.app.judging.judge import judge
from infra.power_platform.app.judging.judgement import Judgement
from infra.power_platform.app.judging.world import World
from infra.power_platform.app.source import App, Control, read_app


@dataclass(frozen=True, slots=True)
class Reading:
    app: App
    formulas: Formulas
    connectors: Mapping[str, Connector]
    judgement: Judgement
    properties: Mapping[str, Mapping[str, Node]]  # of each control, by its name

    def of(self, control: Control) -> Mapping[str, Node]:
        """A control's properties as trees."""
        return self.properties.get(control.name, {})

    def numbers(self, control: Control, property_: str) -> list[float]:
        own = self.of(control)
        return numbers(values(own.get(property_), self.formulas.definitions, own))

    def colours(self, control: Control, property_: str) -> list[Colour]:
        own = self.of(control)
        return colours(values(own.get(property_), self.formulas.definitions, own))

    def all_formulas(self) -> Iterator[Formula]:
        yield from self.formulas.formulas
        for name, tree in self.formulas.definitions.items():
            yield Formula(None, None, (), f"Formulas.{name}", tree)


def read(files: Mapping[str, str], connectors: Mapping[str, Connector]) -> Reading:
    """Raises SourceError where a file is not even YAML."""
    app = read_app(files)
    formulas = read_formulas(app)
    properties: dict[str, dict[str, Node]] = {}
    for formula in formulas.formulas:
        if formula.control:
            properties.setdefault(formula.control.name, {})[formula.name] = formula.tree
    return Reading(app, formulas, connectors, judge(World.of(app, formulas, connectors)), properties)


def says_something(tree: Node | None) -> bool:
    """False where there is no formula, or only an empty text."""
    return tree is not None and tree != Text("")


def texts(tree: Node) -> Iterator[str]:
    yield from (node.value for node in walk(tree) if isinstance(node, Text))
