"""A canvas app that is used: buttons pressed, fields filled, its formulas run against the running app.

It does what Power Apps does with actions (`Set`, `Collect`, `IfError`, `Navigate` …); values are computed by the
project's own evaluator. Timing and looks are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.power_platform.app.drawing.evaluate import Values
from infra.power_platform.app.fx.tree import Call, Chain, Name, Node, Record
from infra.power_platform.app.reading import Reading
from infra.power_platform.app.source import Control, Owner
from tests.power_platform.machine import Connection, Refused


class Failed(Exception):
    """What IfError sees: FirstError."""

    def __init__(self, message: str, status: int, body: str) -> None:
        super().__init__(message)
        self.first = {"Message": message, "Details": {"HttpStatusCode": float(status), "HttpResponse": body}}


@dataclass
class Screen:
    """What is open, and what the person sees of it: variables, notifications."""

    reading: Reading
    connections: Mapping[str, Connection]
    names: dict[str, Any] = field(default_factory=dict)
    notified: list[str] = field(default_factory=list)
    open: str = ""
    _controls: dict[str, Control] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._controls = {control.name: control for control in self.reading.app.controls()}
        self.names["App"] = {"Width": 900.0}
        for control in self._controls.values():
            self._reset(control)

    async def start(self) -> None:
        for formula in self.reading.formulas.formulas:
            if formula.owner is None and formula.name == "OnStart":
                await self._run(formula.tree, self.names)
        await self._visit("Home")

    async def press(self, button: str, **row: Any) -> None:
        """`row`: ThisItem, where the button stands in a row of a gallery. Raises where nobody could press it."""
        properties = self.reading.of(self._controls[button])
        mode, visible = self._value(properties.get("DisplayMode")), properties.get("Visible")
        if mode == "Disabled" or (visible is not None and not self._value(visible)):
            raise AssertionError(f"nobody could press {button}")
        await self._run(properties["OnSelect"], {**self.names, **row})

    def type(self, box: str, words: str) -> None:
        self.names[box] = {"Text": words}

    def choose(self, drop_down: str, **value: Any) -> None:
        """The item whose column has this value."""
        [(column, wanted)] = value.items()
        rows = self._value(self.reading.of(self._controls[drop_down])["Items"])
        self.names[drop_down] = {"Selected": next(row for row in rows if row[column] == wanted)}

    def read(self, control: str) -> str:
        """What a label or button says now; empty where it is not shown."""
        properties = self.reading.of(self._controls[control])
        visible = properties.get("Visible")
        if visible is not None and not self._value(visible):
            return ""
        return str(self._value(properties["Text"]))

    def _value(self, node: Node | None, names: Mapping[str, Any] | None = None) -> Any:
        return Values(self.reading.formulas.definitions, names or self.names).of(node)

    async def _visit(self, screen: str) -> None:
        self.open = screen
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
        optional = {name: _sent(value) for name, value in optional.items() if value is not None}
        try:
            return _received(await self.connections[node.base.name].formula(node.function, *given, **optional))
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
                self.names[control.name] = {"Value": False}
            case "Classic/DatePicker":
                self.names[control.name] = {"SelectedDate": None}
            case "Classic/DropDown":
                rows = self._value(self.reading.of(control)["Items"]) or [{}]
                self.names[control.name] = {"Selected": rows[0]}


def _received(value: Any) -> Any:
    """Lists of plain values are tables of one column, Value."""
    if isinstance(value, list):
        return [_received(one) if isinstance(one, dict) else {"Value": one} for one in value]
    return {name: _received(one) for name, one in value.items()} if isinstance(value, dict) else value


def _sent(value: Any) -> Any:
    if isinstance(value, float):
        return int(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
