"""What a formula may name, and what is known of it so far.

Variables and collections have the kinds of what is put into them; so formulas are judged several times, until nothing
new is learned, and only the last time counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.power_platform.app.connector import Connector
from infra.power_platform.app.fx.tree import Call
from infra.power_platform.app.judging.formulas import Formula, Formulas
from infra.power_platform.app.kinds import BLANK, Kind
from infra.power_platform.app.source import App, Control


@dataclass(frozen=True, slots=True)
class ConnectorCall:
    """Where a connector is called, for the rules that follow."""

    formula: Formula
    connector: str
    operation: str
    call: Call


@dataclass(slots=True)
class Known:
    """What the formulas of the app have told of its variables."""

    globals: dict[str, Kind] = field(default_factory=dict)
    contexts: dict[tuple[str, str], Kind] = field(default_factory=dict)  # (screen, variable)
    collections: dict[str, Kind] = field(default_factory=dict)

    def learn(self, where: dict[str, Kind], name: str, kind: Kind) -> None:
        where[name] = where.get(name, BLANK).joined(kind)

    def learn_context(self, screen: str, name: str, kind: Kind) -> None:
        self.contexts[screen, name] = self.contexts.get((screen, name), BLANK).joined(kind)

    def copy(self) -> Known:
        return Known(dict(self.globals), dict(self.contexts), dict(self.collections))


@dataclass(frozen=True, slots=True)
class World:
    """What is there before any formula runs."""

    app: App
    formulas: Formulas
    connectors: Mapping[str, Connector]
    controls: Mapping[str, Control]
    components: Mapping[str, str]  # of a control inside a component: the component

    @staticmethod
    def of(app: App, formulas: Formulas, connectors: Mapping[str, Connector]) -> World:
        controls = {control.name: control for control in app.controls()}
        inside = {one.name: owner.name for owner in app.components.values() for one in owner.walk()}
        return World(app, formulas, connectors, controls, inside)
