"""What a formula can come to where the source alone tells: numbers and colours, each branch of an If."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.power_platform.app.fx.tree import Binary, Call, Dot, Name, Node, Number, Record, Rows, Text, Unary

_NAMED = {"White": (255, 255, 255, 1.0), "Black": (0, 0, 0, 1.0), "Transparent": (0, 0, 0, 0.0)}
_ARITHMETIC = ("+", "-", "*", "/")


@dataclass(frozen=True, slots=True)
class Colour:
    red: int
    green: int
    blue: int
    alpha: float = 1.0

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


type Values = tuple[float | Colour | str, ...]


def values(node: Node | None, definitions: Mapping[str, Node], own: Mapping[str, Node]) -> Values:
    """All that it can come to; empty where the source does not tell. `own`: Self's other properties."""
    return _Reader(definitions, own).read(node, 0) if node is not None else ()


def numbers(found: Values) -> list[float]:
    return [one for one in found if isinstance(one, float)]


def colours(found: Values) -> list[Colour]:
    return [one for one in found if isinstance(one, Colour)]


_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class _Reader:
    definitions: Mapping[str, Node]
    own: Mapping[str, Node]

    def read(self, node: Node, depth: int) -> Values:  # noqa: C901, PLR0911 - one branch a kind of node
        if depth > _DEEPEST:
            return ()
        match node:
            case Number(value):
                return (value,)
            case Text(value):
                return (value,)
            case Name(name) if name in self.definitions:
                return self.read(self.definitions[name], depth + 1)
            case Dot(Name("Self"), member) if member in self.own:
                return self.read(self.own[member], depth + 1)
            case Dot(Name("Color"), member) if member in _NAMED:
                return (Colour(*_NAMED[member]),)
            case Unary("-", operand):
                return tuple(-value for value in numbers(self.read(operand, depth + 1)))
            case Binary(sign, left, right) if sign in _ARITHMETIC:
                return self._arithmetic(sign, self.read(left, depth + 1), self.read(right, depth + 1))
            case Call(None, function, arguments):
                return self._call(function, arguments, depth + 1)
        return ()

    def _call(self, function: str, arguments: tuple[Node, ...], depth: int) -> Values:
        match function:
            case "RGBA":
                parts = [numbers(self.read(one, depth)) for one in arguments]
                if all(len(part) == 1 for part in parts) and len(parts) == 4:
                    red, green, blue, alpha = (part[0] for part in parts)
                    return (Colour(int(red), int(green), int(blue), alpha),)
            case "If":
                branches = [*arguments[1::2], *(arguments[-1:] if len(arguments) % 2 else ())]
                return self._all(branches, depth)
            case "Max" | "Min" | "Coalesce":
                return self._all(arguments, depth)
            case "LookUp" if len(arguments) == 3 and isinstance(arguments[2], Name):
                return self._all(self._column(arguments[0], arguments[2].name), depth)
        return ()

    def _all(self, nodes: list[Node] | tuple[Node, ...], depth: int) -> Values:
        found = [self.read(one, depth) for one in nodes]
        return tuple(value for one in found for value in one) if all(found) else ()

    def _column(self, rows: Node, column: str) -> list[Node]:
        """A column of a table that is written out."""
        if isinstance(rows, Name):
            rows = self.definitions.get(rows.name, rows)
        listed = rows.items if isinstance(rows, Rows) else rows.arguments if isinstance(rows, Call) else ()
        return [value for row in listed if isinstance(row, Record) for name, value in row.fields if name == column]

    def _arithmetic(self, sign: str, left: Values, right: Values) -> Values:
        found: list[float] = []
        for one in numbers(left):
            for other in numbers(right):
                if sign == "/" and not other:
                    continue
                found.append({"+": one + other, "-": one - other, "*": one * other, "/": one / (other or 1)}[sign])
        return tuple(found)
