"""A formula as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Dot:
    """`base.member`"""

    base: Node
    member: str


@dataclass(frozen=True, slots=True)
class Call:
    """`function(…)`, or `base.function(…)` of a connector or component."""

    base: Node | None
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Record:
    fields: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """`[a, b]`"""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    sign: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Chain:
    """`a; b; c`: one after another, the last one's value counts."""

    steps: tuple[Node, ...]


type Node = Number | Text | Truth | Name | Dot | Call | Record | Rows | Unary | Binary | Chain


def inside(node: Node) -> Iterator[Node]:
    """What stands directly in a node."""
    match node:
        case Dot(base, _):
            yield base
        case Call(base, _, arguments):
            yield from (() if base is None else (base,))
            yield from arguments
        case Record(fields):
            yield from (value for _, value in fields)
        case Rows(items) | Chain(items):
            yield from items
        case Unary(_, operand):
            yield operand
        case Binary(_, left, right):
            yield left
            yield right


def walk(node: Node) -> Iterator[Node]:
    yield node
    for inner in inside(node):
        yield from walk(inner)


def holds(node: Node, wanted: Node) -> bool:
    """Whether this very node stands inside; another that reads the same is another."""
    return any(inner is wanted for inner in walk(node))
