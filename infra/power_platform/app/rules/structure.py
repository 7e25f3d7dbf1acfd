"""Controls as Studio knows them: types with versions, properties, names that are unique, what may stand in what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.source import App, Control, Owner
from infra.power_platform.app.tables import controls, properties_of

_FORMULA = "="


def structure(app: App) -> Iterator[Finding]:
    yield from _unique_names(app)
    yield from _properties("App", app.properties, set(properties_of("app")))
    for owner in app.owners():
        yield from _owner(owner)
        for control in owner.walk():
            yield from _control(control, app)


def _unique_names(app: App) -> Iterator[Finding]:
    names = Counter([one.name for one in app.controls()] + [owner.name for owner in app.owners()])
    for name, times in names.items():
        if times > 1:
            yield Finding(name, "unique-name", f"{times} controls or screens are called {name}")


def _owner(owner: Owner) -> Iterator[Finding]:
    known = set(properties_of("component" if owner.is_component else "screen")) | set(owner.custom)
    yield from _properties(owner.name, owner.properties, known)


def _control(control: Control, app: App) -> Iterator[Finding]:  # noqa: C901 - a list of questions
    known = controls().get(control.type)
    if known is None:
        yield Finding(control.at(), "unknown-control", f"no control {control.type} is known here")
        return
    if control.version != known.version:
        yield Finding(
            control.at(), "control-version", f"{control.type}@{control.version} was never seen: @{known.version}"
        )
    if known.variants and control.variant not in known.variants:
        yield Finding(control.at(), "variant", f"{control.type} is one of {', '.join(known.variants)}")
    names = set(known.properties)
    if control.type == "CanvasComponent":
        if control.component not in app.components:
            yield Finding(control.at(), "unknown-component", f"there is no component {control.component}")
            return
        names |= set(app.components[control.component].custom)
    yield from _properties(control.at(), control.properties, names)
    if control.type == "Gallery":
        for inner in control.walk():
            if inner.type == "CanvasComponent":  # create-component.md, "Known limitations"
                yield Finding(inner.at(), "component-in-gallery", "Studio takes no component inside a gallery")


def _properties(place: str, properties: Mapping[str, str], known: set[str]) -> Iterator[Finding]:
    for name, formula in properties.items():
        if name not in known:
            yield Finding(f"{place}.{name}", "unknown-property", f"it has no property {name}")
        if formula and not formula.startswith(_FORMULA):
            yield Finding(f"{place}.{name}", "no-formula", "a formula begins with =")
