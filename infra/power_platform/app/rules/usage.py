"""What is defined and never used: a word that was mistyped somewhere, or dead weight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.power_platform.app.finding import Finding, Severity
from infra.power_platform.app.fx.tree import Call, Name, walk
from infra.power_platform.app.reading import Reading


def usage(reading: Reading) -> Iterator[Finding]:
    used = reading.judgement.used
    known = reading.judgement.known
    yield from _unused("App.Formulas", "named formula", reading.formulas.definitions, used)
    yield from _unused("App", "variable", known.globals, used)
    yield from _unused("App", "collection", known.collections, used)
    for screen, name in known.contexts:
        yield from _unused(screen, "variable", [name], used)
    yield from _components(reading)
    yield from _screens(reading)


def _unused(place: str, what: str, names: Iterable[str], used: set[str]) -> Iterator[Finding]:
    for name in names:
        if name not in used:
            yield Finding(place, "unused", f"the {what} {name} is never read", Severity.WARNING)


def _components(reading: Reading) -> Iterator[Finding]:
    placed = {control.component for control in reading.app.controls()}
    for name, owner in reading.app.components.items():
        if name not in placed:
            yield Finding(name, "unused", "the component stands on no screen", Severity.WARNING)
        for property_ in owner.custom:
            if f"{name}.{property_}" not in reading.judgement.used:
                yield Finding(name, "unused", f"its property {property_} is never read", Severity.WARNING)


def _screens(reading: Reading) -> Iterator[Finding]:
    shown = {
        node.arguments[0].name
        for formula in reading.all_formulas()
        for node in walk(formula.tree)
        if isinstance(node, Call) and node.function == "Navigate" and node.arguments
        if isinstance(node.arguments[0], Name)
    }
    start = next((f.tree for f in reading.formulas.formulas if f.owner is None and f.name == "StartScreen"), None)
    for name in reading.app.screens:
        if name not in shown and start != Name(name):
            yield Finding(name, "unreachable", "no button leads to this screen", Severity.WARNING)
