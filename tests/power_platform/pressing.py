"""A canvas app that is used: buttons pressed, fields filled, its formulas run against the running app.

It does what Power Apps does with actions (`Set`, `Collect`, `IfError`, `Navigate` …); values are computed by the
project's own evaluator. Timing and looks are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from infra.power_platform.app.drawing.evaluate import Values
from infra.power_platform.app.fx.tree import Call, Chain, Name, Node, Record
from infra.power_platform.app.reading import Reading
from infra.power_platform.app.source import Control, Owner
from tests.power_platform.machine import Connection, Refused
from tests.power_platform.values import Failed, received, sent


@dataclass
class Screen:
    """What is open, and what the person sees of it: variables, notifications."""

    reading: Reading
    connections: Mapping[str, Connection]
    names: dict[str, Any] = field(default_factory=dict)
    notified: list[str] = field(default_factory=list)
    open: str = ""
    _controls: dict[str, Control] = field(default_factory=dict)
    _been: list[str] = field(default_factory=list)
    _parents: dict[str, tuple[Control, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._controls = {control.name: control for control in self.reading.app.controls()}
        for owner in self.reading.app.owners():
            for control in owner.children:
                self._place(control, ())
        self.names["App"] = {"Width": 900.0}
        for control in self._controls.values():
            self._reset(control)

    def _place(self, control: Control, parents: tuple[Control, ...]) -> None:
        self._parents[control.name] = parents
        for child in control.children:
            self._place(child, (*parents, control))

    async def start(self) -> None:
        for formula in self.reading.formulas.formulas:
            if formula.owner is None and formula.name == "OnStart":
                await self._run(formula.tree, self.names)
        await self._visit("Home")

    async def press(self, button: str, **row: Any) -> None:
        """`row`: ThisItem, where the button stands in a row of a gallery. Raises where nobody could press it."""
        properties = self.reading.of(self._controls[button])
        self._require_usable(button, {**self.names, **row})
        await self._run(properties["OnSelect"], {**self.names, **row})

    def type(self, box: str, words: str) -> None:
        self._require_usable(box)
        self.names[box] = {"Text": words}

    def tick(self, box: str, *, yes: bool = True) -> None:
        self._require_usable(box)
        self.names[box] = {"Value": yes}

    async def pick(self, picker: str, day: date) -> None:
        self._require_usable(picker)
        self.names[picker] = {"SelectedDate": day}
        changed = self.reading.of(self._controls[picker]).get("OnChange")
        if changed is not None:
            await self._run(changed, self.names)

    def choose(self, drop_down: str, **value: Any) -> None:
        """The item whose column has this value."""
        self._require_usable(drop_down)
        [(column, wanted)] = value.items()
        rows = self._value(self.reading.of(self._controls[drop_down])["Items"])
        self.names[drop_down] = {"Selected": next(row for row in rows if row[column] == wanted)}

    def read(self, control: str, **row: Any) -> str:
        """What a label or button says now; empty where it, or what it stands in, is not shown."""
        if not self._shown(control, names := {**self.names, **row}):
            return ""
        return str(self._value(self.reading.of(self._controls[control])["Text"], names))

    def value(self, name: str) -> Any:
        """What a named formula of the app comes to."""
        return self._value(Name(name))

    def rows(self, gallery: str) -> Sequence[Any]:
        """What a gallery shows, in its order."""
        return self._value(self.reading.of(self._controls[gallery])["Items"]) or []

    def _require_usable(self, control: str, names: Mapping[str, Any] | None = None) -> None:
        mode = self._value(self.reading.of(self._controls[control]).get("DisplayMode"), names)
        if mode == "Disabled" or not self._shown(control, names or self.names):
            raise AssertionError(f"nobody could press {control}")

    def _shown(self, control: str, names: Mapping[str, Any]) -> bool:
        around = [*self._parents[control], self._controls[control]]
        visible = [self.reading.of(one).get("Visible") for one in around]
        return all(one is None or bool(self._value(one, names)) for one in visible)

    def _value(self, node: Node | None, names: Mapping[str, Any] | None = None) -> Any:
        return Values(self.reading.formulas.definitions, names or self.names).of(node)

    async def _visit(self, screen: str) -> None:
        self.open = screen
        self._been.append(screen)
        owner: Owner = self.reading.app.screens[screen]
        for formula in self.reading.formulas.formulas:
            if formula.owner == owner and formula.control is None and formula.name == "OnVisible":
                await self._run(formula.tree, self.names)

    async def _run(self, node: Node, names: Mapping[str, Any]) -> Any:
        """`names`: what is in sight, ThisItem and FirstError among it; variables are written to `self.names`."""
        if isinstance(node, Chain):
            found = None
            for step in node.steps:
                found = await self._run(step, self._fresh(names))
            return found
        if isinstance(node, Call) and isinstance(node.base, Name) and node.base.name in self.connections:
            return await self._connector(node, names)
        if isinstance(node, Call) and node.base is None:
            action = getattr(self, f"_do_{node.function.lower()}", None)
            if action is not None:
                return await action(node.arguments, names)
        return self._value(node, names)

    def _fresh(self, names: Mapping[str, Any]) -> Mapping[str, Any]:
        local = {name: value for name, value in names.items() if name in ("ThisItem", "FirstError", "said")}
        return {**self.names, **local}

    async def _connector(self, node: Call, names: Mapping[str, Any]) -> Any:
        assert isinstance(node.base, Name)
        given = [self._value(one, names) for one in node.arguments]
        optional = given.pop() if node.arguments and isinstance(node.arguments[-1], Record) else {}
        optional = {name: sent(value) for name, value in optional.items() if value is not None}
        try:
            return received(await self.connections[node.base.name].formula(node.function, *given, **optional))
        except Refused as refused:
            raise Failed(str(refused), refused.status, json.dumps({"error": dict(refused.error)})) from None
        except TimeoutError:
            raise Failed("No answer came in time.", 504, "") from None

    async def _do_if(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        for condition, then in zip(arguments[::2], arguments[1::2], strict=False):
            if self._value(condition, names):
                return await self._run(then, names)
        return await self._run(arguments[-1], names) if len(arguments) % 2 else None

    async def _do_iferror(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        try:
            found = await self._run(arguments[0], names)
        except Failed as failed:
            return await self._run(arguments[1], {**self._fresh(names), "FirstError": failed.first})
        return await self._run(arguments[2], self._fresh(names)) if len(arguments) > 2 else found

    async def _do_with(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        return await self._run(arguments[1], {**names, **self._value(arguments[0], names)})

    async def _do_set(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        assert isinstance(arguments[0], Name)
        self.names[arguments[0].name] = await self._run(arguments[1], names)
        return True

    async def _do_updatecontext(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        self.names.update(self._value(arguments[0], names))
        return True

    async def _do_clearcollect(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        rows = self._rows(arguments[1:], names)
        assert isinstance(arguments[0], Name)
        self.names[arguments[0].name] = rows
        return rows

    async def _do_collect(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        assert isinstance(arguments[0], Name)
        before = self.names.get(arguments[0].name) or []
        self.names[arguments[0].name] = [*before, *self._rows(arguments[1:], names)]
        return True

    async def _do_clear(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        assert isinstance(arguments[0], Name)
        self.names[arguments[0].name] = []
        return True

    async def _do_removeif(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        assert isinstance(arguments[0], Name)
        rows = self.names.get(arguments[0].name) or []
        kept = [row for row in rows if not self._value(arguments[1], {**names, **row})]
        self.names[arguments[0].name] = kept
        return True

    async def _do_notify(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        self.notified.append(str(self._value(arguments[0], names)))
        return True

    async def _do_back(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        del arguments, names
        self._been.pop()
        await self._visit(self._been.pop())
        return True

    async def _do_navigate(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        del names
        assert isinstance(arguments[0], Name)
        await self._visit(arguments[0].name)
        return True

    async def _do_select(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        del names
        assert isinstance(arguments[0], Name)
        await self._run(self.reading.of(self._controls[arguments[0].name])["OnSelect"], self.names)
        return True

    async def _do_reset(self, arguments: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        del names
        assert isinstance(arguments[0], Name)
        self._reset(self._controls[arguments[0].name])
        return True

    def _rows(self, nodes: tuple[Node, ...], names: Mapping[str, Any]) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            value = self._value(node, names)
            found += value if isinstance(value, list) else [value]
        return found

    def _reset(self, control: Control) -> None:
        match control.type:
            case "Classic/TextInput":
                self.names[control.name] = {"Text": ""}
            case "Classic/CheckBox":
                self.names[control.name] = {"Value": self._value(self.reading.of(control)["Default"])}
            case "Classic/DatePicker":
                self.names[control.name] = {"SelectedDate": self._value(self.reading.of(control)["DefaultDate"])}
            case "Classic/DropDown":
                rows = self._value(self.reading.of(control)["Items"]) or [{}]
                self.names[control.name] = {"Selected": rows[0]}
