"""An expression as a tree.

value     = text | number | true | false | null | name ( [value {, value}] )
whole     = value { [?] [ whole ] | [?] . name }
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.power_platform.solutions.expressions.tokens import ExpressionInvalid, Kind, Token, tokens

__all__ = ["Access", "Call", "ExpressionInvalid", "Literal", "Node", "parse", "walk"]

_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Call:
    """A function's call; `name` as it is written."""

    name: str
    arguments: tuple["Node", ...]

    def is_of(self, *names: str) -> bool:
        """Names of functions do not depend on case."""
        return self.name.lower() in {name.lower() for name in names}

    @property
    def first_text(self) -> str | None:
        """The first argument, where it is a text that is written out."""
        first = self.arguments[0] if self.arguments else None
        return first.value if isinstance(first, Literal) and isinstance(first.value, str) else None


@dataclass(frozen=True, slots=True)
class Access:
    """`base[key]`, `base?[key]`, `base.name`; `safe`: with a question mark, so that what is missing is null."""

    base: "Node"
    key: "Node"
    safe: bool


type Node = Literal | Call | Access


def parse(text: str) -> Node:
    """An expression without its leading @. Raises ExpressionInvalid."""
    reader = _Reader(list(tokens(text)))
    node = reader.whole()
    reader.expect_end()
    return node


def walk(node: Node) -> Iterator[Node]:
    """The node and all within it."""
    yield node
    inner: Sequence[Node] = ()
    if isinstance(node, Call):
        inner = node.arguments
    elif isinstance(node, Access):
        inner = (node.base, node.key)
    for one in inner:
        yield from walk(one)


class _Reader:
    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._next = 0

    def whole(self) -> Node:
        node = self._value()
        while True:
            safe = self._takes("?")
            if self._takes("["):
                key = self.whole()
                self._expect("]")
                node = Access(node, key, safe)
            elif self._takes("."):
                node = Access(node, Literal(self._name()), safe)
            elif safe:
                raise ExpressionInvalid("a question mark stands before a bracket or a dot only")
            else:
                return node

    def expect_end(self) -> None:
        token = self._tokens[self._next]
        if token.kind is not Kind.END:
            raise ExpressionInvalid(f"{token.value!r} at character {token.at + 1} comes after the end")

    def _value(self) -> Node:
        token = self._take()
        if token.kind is Kind.TEXT:
            return Literal(token.value)
        if token.kind is Kind.NUMBER:
            return Literal(float(token.value) if set(token.value) & set(".eE") else int(token.value))
        if token.kind is Kind.NAME:
            return self._call(token)
        raise ExpressionInvalid(f"a value is missing at character {token.at + 1}")

    def _call(self, name: Token) -> Node:
        if not self._takes("("):
            if name.value in _WORDS:
                return Literal(_WORDS[name.value])
            raise ExpressionInvalid(f"{name.value!r} is neither a value nor the call of a function")
        arguments: list[Node] = []
        if not self._takes(")"):
            arguments.append(self.whole())
            while self._takes(","):
                arguments.append(self.whole())
            self._expect(")")
        return Call(name.value, tuple(arguments))

    def _name(self) -> str:
        token = self._take()
        if token.kind is not Kind.NAME:
            raise ExpressionInvalid(f"a name is missing at character {token.at + 1}")
        return token.value

    def _take(self) -> Token:
        token = self._tokens[self._next]
        if token.kind is not Kind.END:
            self._next += 1
        return token

    def _takes(self, sign: str) -> bool:
        token = self._tokens[self._next]
        found = token.kind is Kind.SIGN and token.value == sign
        self._next += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise ExpressionInvalid(f"{sign!r} is missing at character {self._tokens[self._next].at + 1}")
