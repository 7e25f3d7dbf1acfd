"""A patient's yes or no is recorded as it was told: asked once more, and exactly what stood in the question."""

from __future__ import annotations

from collections.abc import Iterator

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.fx.tree import Call, Name, Node, Record, walk
from infra.power_platform.app.judging.world import ConnectorCall
from infra.power_platform.app.reading import Reading

ASKED_FIRST = frozenset({"OptInPatient", "OptOutPatient"})
_INPUTS = ("Classic/TextInput", "Classic/DropDown", "Classic/DatePicker", "Classic/CheckBox")


def wishes(reading: Reading) -> Iterator[Finding]:
    inputs = {control.name for control in reading.app.controls() if control.type in _INPUTS}
    for call in reading.judgement.calls:
        if call.operation in ASKED_FIRST:
            yield from _asked_first(call, reading)
            yield from _as_asked(call, inputs)


def _asked_first(call: ConnectorCall, reading: Reading) -> Iterator[Finding]:
    """The button is in sight only once another button has shown what would be recorded."""
    control = call.formula.control
    around = [*call.formula.parents, *((control,) if control else ())]
    shown_by = {name for one in around for name in _names(reading.of(one).get("Visible"))}
    if not shown_by & _turned_on_elsewhere(call, reading):
        yield Finding(call.formula.place, "asked-first", f"{call.operation} runs at one press: ask once more before")


def _as_asked(call: ConnectorCall, inputs: set[str]) -> Iterator[Finding]:
    for name in sorted({name for one in call.call.arguments for name in _names(one)} & inputs):
        yield Finding(call.formula.place, "asked-first", f"{name} may have changed since it was asked: keep its value")


def _turned_on_elsewhere(call: ConnectorCall, reading: Reading) -> set[str]:
    """Variables that another button of the screen puts a value into, one that itself calls for nothing."""
    calling = [one.formula for one in reading.judgement.calls]
    return {
        name
        for formula in reading.formulas.formulas
        if formula.owner == call.formula.owner and formula.name == "OnSelect"
        if formula not in calling
        for node in walk(formula.tree)
        if isinstance(node, Call) and node.function == "UpdateContext" and isinstance(node.arguments[0], Record)
        for name, _ in node.arguments[0].fields
    }


def _names(tree: Node | None) -> set[str]:
    return {node.name for node in walk(tree) if isinstance(node, Name)} if tree else set()
