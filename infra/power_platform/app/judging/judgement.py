"""What judging comes to, and what its parts may ask of one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.fx.tree import Node
from infra.power_platform.app.judging.formulas import Formula
from infra.power_platform.app.judging.scope import Scope
from infra.power_platform.app.judging.world import ConnectorCall, Known, World
from infra.power_platform.app.kinds import Kind


@dataclass(slots=True)
class Judgement:
    """What was found, and what the rules after it want to know."""

    findings: list[Finding] = field(default_factory=list)
    used: set[str] = field(default_factory=set)  # names that were read
    calls: list[ConnectorCall] = field(default_factory=list)
    known: Known = field(default_factory=Known)


class Judging(Protocol):
    """One round through all formulas, as its parts see it."""

    world: World
    known: Known
    judgement: Judgement

    def kind(self, node: Node, scope: Scope) -> Kind:
        """Of any part of a formula."""
        ...

    def definition(self, name: str) -> Kind: ...

    def scope(self, formula: Formula) -> Scope: ...

    def say(self, scope: Scope, rule: str, text: str) -> None: ...
