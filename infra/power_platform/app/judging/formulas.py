"""Every formula of the app with where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.fx.grammar import parse, parse_definitions
from infra.power_platform.app.fx.tokens import FormulaError
from infra.power_platform.app.fx.tree import Node
from infra.power_platform.app.source import App, Control, Owner


@dataclass(frozen=True, slots=True)
class Formula:
    """`control` None: a property of the screen or component itself; `owner` None: of the app."""

    owner: Owner | None
    control: Control | None
    parents: tuple[Control, ...]  # from the outermost container to the nearest
    name: str  # of the property
    tree: Node

    @property
    def place(self) -> str:
        if self.control:
            return self.control.at(self.name)
        return f"{self.owner.name if self.owner else 'App'}.{self.name}"


@dataclass(frozen=True, slots=True)
class Formulas:
    """What could be read, and what could not."""

    definitions: Mapping[str, Node]
    formulas: tuple[Formula, ...]
    unreadable: tuple[Finding, ...]

    def of(self, control: Control, property_: str) -> Node | None:
        """Names of controls are unique in an app, so a name is enough."""
        found = (f for f in self.formulas if f.control and f.control.name == control.name and f.name == property_)
        return next((formula.tree for formula in found), None)


@dataclass(frozen=True, slots=True)
class _Written:
    owner: Owner | None
    control: Control | None
    parents: tuple[Control, ...]
    name: str
    text: str


def read_formulas(app: App) -> Formulas:
    formulas: list[Formula] = []
    unreadable: list[Finding] = []
    definitions: Mapping[str, Node] = {}
    for one in _written(app):
        place = Formula(one.owner, one.control, one.parents, one.name, _NOTHING).place
        try:
            if one.owner is None and one.name == "Formulas":
                listed = parse_definitions(one.text.removeprefix("="))
                definitions = dict(listed)
                unreadable += _defined_twice([name for name, _ in listed])
            elif one.text.removeprefix("=").strip():
                tree = parse(one.text.removeprefix("="))
                formulas.append(Formula(one.owner, one.control, one.parents, one.name, tree))
        except FormulaError as error:
            unreadable.append(Finding(place, "formula", str(error)))
    return Formulas(definitions, tuple(formulas), tuple(unreadable))


def _defined_twice(names: list[str]) -> list[Finding]:
    twice = sorted({name for name in names if names.count(name) > 1})
    return [Finding(f"App.Formulas.{name}", "formula", f"{name} is defined twice") for name in twice]


def _written(app: App) -> Iterator[_Written]:
    for name, text in app.properties.items():
        yield _Written(None, None, (), name, text)
    for owner in app.owners():
        for name, text in owner.properties.items():
            yield _Written(owner, None, (), name, text)
        for name, custom in owner.custom.items():
            yield _Written(owner, None, (), name, custom.default)
        for child in owner.children:
            yield from _of_control(owner, child, ())


def _of_control(owner: Owner, control: Control, parents: tuple[Control, ...]) -> Iterator[_Written]:
    for name, text in control.properties.items():
        yield _Written(owner, control, parents, name, text)
    for child in control.children:
        yield from _of_control(owner, child, (*parents, control))


_NOTHING = parse("0")
