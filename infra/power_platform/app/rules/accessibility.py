"""What keeps the app usable without a mouse, without sight, and with a trembling hand.

Microsoft's guidance: accessible-apps.md, accessible-apps-limitations.md, properties-accessibility.md and the
accessibility part of each control's page; sizes: WCAG 2.2, 2.5.5 (44 by 44).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.fx.tree import Call, Dot, Name, Node, walk
from infra.power_platform.app.reading import Reading, says_something
from infra.power_platform.app.rules.words import SHOWN
from infra.power_platform.app.source import Control, Owner

SMALLEST_TARGET = 44
THINNEST_FOCUS = 2

_INPUTS = ("Classic/TextInput", "Classic/DropDown", "Classic/DatePicker")
_LABELLED = (*_INPUTS, "Gallery")
_SPEAKS_BY_TEXT = ("Classic/Button", "Classic/CheckBox")
_TARGETS = (*_INPUTS, *_SPEAKS_BY_TEXT)
_HEADING = Dot(Name("TextRole"), "Heading1")
_ANNOUNCED = (Dot(Name("Live"), "Polite"), Dot(Name("Live"), "Assertive"))
_REQUIRED = Dot(Name(SHOWN), "required")
"""The words that say a field must be filled, whatever colour the mark beside it has."""


def accessibility(reading: Reading) -> Iterator[Finding]:
    for control in reading.app.controls():
        properties = reading.of(control)
        yield from _has_a_name(control, properties)
        yield from _tab_index(control, properties, reading)
        yield from _target(control, reading)
        yield from _focus(control, properties, reading)
        yield from _no_hint(control, properties)
    for owner in reading.app.owners():
        yield from _visible_labels(owner, reading)
        yield from _no_overlay(owner)
    for screen in reading.app.screens.values():
        yield from _one_heading(screen, reading)
        yield from _results_are_announced(screen, reading)
    yield from _required_in_words(reading)


def _acts(control: Control) -> bool:
    return control.type in _TARGETS or "OnSelect" in control.properties


def _has_a_name(control: Control, properties: Mapping[str, Node]) -> Iterator[Finding]:
    if control.type in _LABELLED and not says_something(properties.get("AccessibleLabel")):
        yield Finding(control.at("AccessibleLabel"), "accessible-label", "a screen reader has no name for it")
    if control.type in _SPEAKS_BY_TEXT and not says_something(properties.get("Text")):
        yield Finding(control.at("Text"), "accessible-label", "a screen reader has no words for it")
    if control.type == "Classic/Icon" and not says_something(properties.get("AccessibleLabel")):
        yield Finding(control.at("AccessibleLabel"), "accessible-label", "the icon says nothing to a screen reader")


def _tab_index(control: Control, properties: Mapping[str, Node], reading: Reading) -> Iterator[Finding]:
    found = reading.numbers(control, "TabIndex")
    if "TabIndex" in properties and (not found or not set(found) <= {0.0, -1.0}):
        yield Finding(control.at("TabIndex"), "tab-index", "0 or -1: other numbers jump about the screen")
    if _acts(control) and 0.0 not in found:
        yield Finding(control.at("TabIndex"), "tab-index", "what can be pressed is reached by the keyboard: TabIndex 0")
    if not _acts(control) and 0.0 in found and control.type != "Gallery":
        yield Finding(control.at("TabIndex"), "tab-index", "what does nothing would be read as a button: leave it out")


def _target(control: Control, reading: Reading) -> Iterator[Finding]:
    if not _acts(control) or control.type == "Gallery":
        return
    for side in ("Height", "Width"):
        found = reading.numbers(control, side)
        if side == "Height" and not found:
            yield Finding(control.at(side), "target-size", f"its height is not stated; {SMALLEST_TARGET} at least")
        if found and min(found) < SMALLEST_TARGET:
            yield Finding(control.at(side), "target-size", f"{min(found):g} is too small; {SMALLEST_TARGET} at least")


def _focus(control: Control, properties: Mapping[str, Node], reading: Reading) -> Iterator[Finding]:
    if not _acts(control) or control.type == "Gallery":
        return
    thickness = reading.numbers(control, "FocusedBorderThickness")
    if "FocusedBorderColor" not in properties or not thickness or min(thickness) < THINNEST_FOCUS:
        yield Finding(
            control.at("FocusedBorderThickness"), "focus-visible", f"state its colour and {THINNEST_FOCUS} or more"
        )


def _no_hint(control: Control, properties: Mapping[str, Node]) -> Iterator[Finding]:
    for name in ("HintText", "InputTextPlaceholder"):
        if says_something(properties.get(name)):
            yield Finding(
                control.at(name), "hint-text", "hints are light grey and vanish: put the words above the field"
            )


def _visible_labels(owner: Owner, reading: Reading) -> Iterator[Finding]:
    """What a screen reader says of an input stands above it for everybody, in the same container."""
    for container in owner.walk():
        shown = [reading.of(one).get("Text") for one in container.children if one.type == "Label"]
        for control in container.children:
            if control.type in _INPUTS and reading.of(control).get("AccessibleLabel") not in shown:
                yield Finding(control.at(), "visible-label", "no label beside it says what its AccessibleLabel says")


def _no_overlay(owner: Owner) -> Iterator[Finding]:
    """Dialogs over a screen are not read out (accessible-apps-limitations.md): one container, nothing over it."""
    if len(owner.children) > 1:
        yield Finding(owner.name, "overlay", "one container holds the whole screen; several may lie over one another")
    for control in owner.walk():
        in_layout = control.type == "GroupContainer" and control.variant == "AutoLayout"
        if control.children and not in_layout and control.type != "Gallery":
            yield Finding(control.at(), "overlay", "only AutoLayout containers hold controls")
        if control.type == "Gallery" and len(control.children) > 1:
            yield Finding(control.at(), "overlay", "a row is one container; several controls may lie over one another")


def _one_heading(screen: Owner, reading: Reading) -> Iterator[Finding]:
    inside = [
        inner
        for control in screen.walk()
        for inner in (control, *_component(control, reading))
        if reading.of(inner).get("Role") == _HEADING
    ]
    if len(inside) != 1:
        yield Finding(screen.name, "one-heading", f"{len(inside)} labels are Heading1; exactly one is")


def _component(control: Control, reading: Reading) -> Iterator[Control]:
    owner = reading.app.components.get(control.component)
    if owner:
        yield from owner.walk()


def _results_are_announced(screen: Owner, reading: Reading) -> Iterator[Finding]:
    """A screen that calls for something says what came of it aloud."""
    calls = any(call.formula.owner == screen for call in reading.judgement.calls)
    live = any(
        reading.of(inner).get("Live") in _ANNOUNCED
        for control in screen.walk()
        for inner in (control, *_component(control, reading))
    )
    if calls and not live:
        yield Finding(screen.name, "live-region", "no label is Live: nobody hears what came of a call")


def _required_in_words(reading: Reading) -> Iterator[Finding]:
    """A field whose emptiness is complained about says beforehand that it must be filled."""
    asked = {
        node.base.name
        for formula in reading.formulas.formulas
        for call in walk(formula.tree)
        if isinstance(call, Call) and call.function == "IsBlank" and formula.name == "OnSelect"
        for node in walk(call)
        if isinstance(node, Dot) and isinstance(node.base, Name)
    }
    for control in reading.app.controls():
        if control.name in asked and control.type in _INPUTS:
            label = reading.of(control).get("AccessibleLabel")
            if label is None or _REQUIRED not in list(walk(label)):
                yield Finding(control.at("AccessibleLabel"), "required", "it must be filled, and no word says so")
