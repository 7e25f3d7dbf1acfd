"""Formulas read: one expression, or the definitions of `App.Formulas`."""

from __future__ import annotations

from infra.power_platform.app.fx.tokens import FormulaError, Sort, Token, tokens
from infra.power_platform.app.fx.tree import (
    Binary,
    Call,
    Chain,
    Dot,
    Name,
    Node,
    Number,
    Record,
    Rows,
    Text,
    Truth,
    Unary,
)

# From the loosest to the tightest (operators.md, "Precedence").
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||", "Or"}),
    frozenset({"&&", "And"}),
    frozenset({"in", "exactin"}),
    frozenset({"=", "<>", "<", "<=", ">", ">="}),
    frozenset({"&"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
    frozenset({"^"}),
)
_PREFIXES = ("-", "!", "Not")


def parse(formula: str) -> Node:
    """The tree of a formula without its leading `=`. Raises FormulaError."""
    reader = _Reader(tokens(formula))
    tree = reader.chain()
    reader.expect_end()
    return tree


def parse_definitions(formulas: str) -> list[tuple[str, Node]]:
    """`App.Formulas`: `Name = expression;` over and over. Raises FormulaError."""
    reader = _Reader(tokens(formulas))
    found: list[tuple[str, Node]] = []
    while not reader.at_end:
        name = reader.name()
        reader.take("=")
        found.append((name, reader.expression()))
        reader.take(";")
    return found


class _Reader:
    """Reads tokens from left to right; every method leaves the position behind what it read."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    @property
    def at_end(self) -> bool:
        return self._next.sort is Sort.END

    def expect_end(self) -> None:
        if not self.at_end:
            raise FormulaError(
                f"{self._next.text!r} at {self._next.at} is too much: a bracket or an operator is missing"
            )

    def take(self, sign: str) -> None:
        if not self._is(sign):
            where = f"before {self._next.text!r}" if not self.at_end else "at the end"
            raise FormulaError(f"{sign!r} is missing {where}")
        self._at += 1

    def name(self) -> str:
        if self._next.sort is not Sort.NAME:
            raise FormulaError(f"a name is missing before {self._next.text!r}")
        self._at += 1
        return self._tokens[self._at - 1].text

    def chain(self) -> Node:
        steps = [self.expression()]
        while self._is(";"):
            self._at += 1
            if self.at_end or self._is(")"):  # a last `;` is allowed and does nothing
                break
            steps.append(self.expression())
        return steps[0] if len(steps) == 1 else Chain(tuple(steps))

    def expression(self, level: int = 0) -> Node:
        if level == len(_LEVELS):
            return self._prefixed()
        left = self.expression(level + 1)
        while self._next.text in _LEVELS[level] and self._next.sort in (Sort.SIGN, Sort.NAME):
            sign = self._next.text
            self._at += 1
            left = Binary(sign, left, self.expression(level + 1))
        return left

    def _prefixed(self) -> Node:
        if self._next.text in _PREFIXES and self._next.sort in (Sort.SIGN, Sort.NAME) and not self._calls():
            sign = self._next.text
            self._at += 1
            return Unary(sign, self._prefixed())
        return self._suffixed(self._primary())

    def _suffixed(self, node: Node) -> Node:
        while True:
            if self._is("."):
                self._at += 1
                member = self.name()
                node = Call(node, member, self._arguments()) if self._is("(") else Dot(node, member)
            elif self._is("%"):
                self._at += 1
                node = Unary("%", node)
            else:
                return node

    def _primary(self) -> Node:
        token = self._next
        if token.sort is Sort.NUMBER:
            self._at += 1
            return Number(float(token.text))
        if token.sort is Sort.TEXT:
            self._at += 1
            return Text(token.text)
        if token.sort is Sort.NAME:
            return self._named()
        if self._is("("):
            self._at += 1
            node = self.chain()
            self.take(")")
            return node
        if self._is("{"):
            return self._record()
        if self._is("["):
            self._at += 1
            items = self._until("]")
            return Rows(items)
        raise FormulaError(f"something is missing before {token.text!r}" if token.text else "the formula breaks off")

    def _named(self) -> Node:
        name = self.name()
        if name in ("true", "false"):
            return Truth(name == "true")
        return Call(None, name, self._arguments()) if self._is("(") else Name(name)

    def _record(self) -> Node:
        self.take("{")
        fields: list[tuple[str, Node]] = []
        while not self._is("}"):
            name = self.name()
            self.take(":")
            fields.append((name, self.expression()))
            if not self._is("}"):
                self.take(",")
        self.take("}")
        names = [name for name, _ in fields]
        if len(set(names)) < len(names):
            raise FormulaError(
                "a record has a field twice: " + ", ".join(sorted({n for n in names if names.count(n) > 1}))
            )
        return Record(tuple(fields))

    def _arguments(self) -> tuple[Node, ...]:
        self.take("(")
        return self._until(")")

    def _until(self, closing: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._is(closing):
            found.append(self.chain())
            if not self._is(closing):
                self.take(",")
        self.take(closing)
        return tuple(found)

    def _is(self, sign: str) -> bool:
        return self._next.sort is Sort.SIGN and self._next.text == sign

    def _calls(self) -> bool:
        """Not(…): the word is a function here, not an operator."""
        following = self._tokens[self._at + 1]
        return self._next.sort is Sort.NAME and following.sort is Sort.SIGN and following.text == "("
