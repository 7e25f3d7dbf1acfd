"""Calls of Power Fx's own functions: how many arguments, what they put into variables, what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.power_platform.app.fx.tree import Call, Name, Node, Record, Text
from infra.power_platform.app.judging.scope import Scope
from infra.power_platform.app.kinds import ANYTHING, BLANK, BY_NAME, NUMBER, TEXT, TRUTH, Kind, Sort, record, table
from infra.power_platform.app.tables import functions, row_scope

if TYPE_CHECKING:
    from infra.power_platform.app.judging.judgement import Judging

_USER = record({"Email": TEXT, "FullName": TEXT, "Image": ANYTHING})
_COLUMNS_FIRST = 1  # SortByColumns(table, column, order, …)


class Calls:
    """Part of one round of the judge."""

    def __init__(self, judge: Judging) -> None:
        self._judge = judge

    def call(self, node: Call, scope: Scope) -> Kind:
        known = functions().get(node.function)
        if known is None:
            self._judge.say(scope, "unknown-function", f"there is no function {node.function}")
            self._kinds(node.arguments, scope)
            return ANYTHING
        if not known.takes(len(node.arguments)):
            most = "or more" if known.most is None else f"to {known.most}"
            self._judge.say(
                scope, "arguments", f"{node.function} takes {known.fewest} {most} arguments, not {len(node.arguments)}"
            )
            self._kinds(node.arguments, scope)
            return BY_NAME.get(known.gives, ANYTHING)
        return self._special(node, scope) or self._plain(node, known.gives, scope)

    def _special(self, node: Call, scope: Scope) -> Kind | None:  # noqa: C901, PLR0911 - one branch a function
        """Functions that put something into a name, or read an argument in another scope."""
        arguments = node.arguments
        match node.function:
            case "Set":
                return self._set(arguments, scope)
            case "UpdateContext":
                return self._update_context(arguments[0], scope)
            case "Navigate":
                return self._navigate(arguments, scope)
            case "Collect" | "ClearCollect":
                return self._collect(arguments, scope)
            case "With":
                return self._judge.kind(arguments[1], scope.inside(self._judge.kind(arguments[0], scope)))
            case "IfError":
                return self._if_error(arguments, scope)
            case "AddColumns":
                return self._add_columns(arguments, scope)
            case "SortByColumns":
                return self._sort_by_columns(arguments, scope)
        return self._by_row(node, scope) if node.function in row_scope() else None

    def _plain(self, node: Call, gives: str, scope: Scope) -> Kind:  # noqa: PLR0911 - one branch a sort of result
        kinds = self._kinds(node.arguments, scope)
        match gives:
            case "branches":
                return _joined(_branches(node.function, kinds))
            case "first":
                return kinds[0]
            case "row":
                return kinds[0].row
            case "table":
                return _table(kinds)
            case "values":
                return table({"Value": TEXT})
            case "numbers":
                return table({"Value": NUMBER})
            case "user":
                return _USER
        return BY_NAME.get(gives, ANYTHING)

    def _by_row(self, node: Call, scope: Scope) -> Kind:
        """Filter, LookUp, ForAll and their like: the first argument is a table, the others are read in each row."""
        rows = self._judge.kind(node.arguments[0], scope)
        inner = scope.inside(rows)
        others = self._kinds(node.arguments[1:], inner)
        match functions()[node.function].gives:
            case "first":
                return rows
            case "lookup":
                return others[1] if len(others) > 1 else rows.row
            case "forall":
                return table(others[0].fields or {"Value": others[0]})
            case "distinct":
                return table({"Value": others[0]})
        return BY_NAME.get(functions()[node.function].gives, ANYTHING)

    def _set(self, arguments: tuple[Node, ...], scope: Scope) -> Kind:
        kind = self._judge.kind(arguments[1], scope)
        if isinstance(arguments[0], Name):
            self._judge.known.learn(self._judge.known.globals, arguments[0].name, kind)
        else:
            self._judge.say(scope, "arguments", "Set wants the name of a variable first")
        return TRUTH

    def _update_context(self, given: Node, scope: Scope) -> Kind:
        if not isinstance(given, Record):
            self._judge.say(scope, "arguments", "UpdateContext wants a record")
        elif not scope.screen:
            self._judge.say(scope, "context", "there are no context variables outside a screen: Set one")
        else:
            for name, value in given.fields:
                self._judge.known.learn_context(scope.screen, name, self._judge.kind(value, scope))
        return TRUTH

    def _navigate(self, arguments: tuple[Node, ...], scope: Scope) -> Kind:
        target = self._judge.kind(arguments[0], scope) if arguments else ANYTHING
        if target.sort not in (Sort.SCREEN, Sort.ANYTHING):
            self._judge.say(scope, "arguments", "Navigate wants a screen")
        if len(arguments) > 2 and isinstance(arguments[2], Record):  # context variables of the screen it goes to
            for name, value in arguments[2].fields:
                self._judge.known.learn_context(target.name, name, self._judge.kind(value, scope))
        self._kinds(arguments[1:2], scope)
        return TRUTH

    def _collect(self, arguments: tuple[Node, ...], scope: Scope) -> Kind:
        kinds = self._kinds(arguments[1:], scope)
        kind = ANYTHING if ANYTHING in kinds else _table(kinds)
        if isinstance(arguments[0], Name):
            self._judge.known.learn(self._judge.known.collections, arguments[0].name, kind)
        return kind

    def _if_error(self, arguments: tuple[Node, ...], scope: Scope) -> Kind:
        kinds = [self._judge.kind(one, scope.after_an_error() if at % 2 else scope) for at, one in enumerate(arguments)]
        for one in kinds[1:]:
            if not (one.fits(kinds[0]) or kinds[0].fits(one)):  # function-iferror.md, "Type compatibility"
                self._judge.say(scope, "wrong-kind", f"IfError gives {one.sort} where it else gives {kinds[0].sort}")
        return _joined([*kinds[1::2], kinds[-1] if len(kinds) % 2 else kinds[-2]])

    def _add_columns(self, arguments: tuple[Node, ...], scope: Scope) -> Kind:
        rows = self._judge.kind(arguments[0], scope)
        fields = dict(rows.fields)
        for name, value in zip(arguments[1::2], arguments[2::2], strict=False):
            column = name.name if isinstance(name, Name) else name.value if isinstance(name, Text) else ""
            fields[column] = self._judge.kind(value, scope.inside(rows))
        return table(fields)

    def _sort_by_columns(self, arguments: tuple[Node, ...], scope: Scope) -> Kind:
        rows = self._judge.kind(arguments[0], scope)
        for at, one in enumerate(arguments[1:], start=_COLUMNS_FIRST):
            column = one.name if isinstance(one, Name) else one.value if isinstance(one, Text) else ""
            if at % 2 and rows.fields and column not in rows.fields:
                self._judge.say(scope, "unknown-member", f"the table has no column {column}")
            elif not at % 2:
                self._judge.kind(one, scope)
        return rows

    def _kinds(self, nodes: tuple[Node, ...], scope: Scope) -> list[Kind]:
        return [self._judge.kind(one, scope) for one in nodes]


def _branches(function: str, kinds: list[Kind]) -> list[Kind]:
    """Which arguments may be the result."""
    if function == "Coalesce":
        return kinds
    start = 2 if function == "Switch" else 1
    other = [kinds[-1]] if (len(kinds) - start) % 2 == 0 and len(kinds) > start else []
    return kinds[start::2] + other


def _joined(kinds: list[Kind]) -> Kind:
    found = BLANK
    for kind in kinds:
        found = found.joined(kind)
    return found


def _table(kinds: list[Kind]) -> Kind:
    found = _joined([table(one.fields or ({} if one.sort is Sort.BLANK else {"Value": one})) for one in kinds])
    return found if found.sort is Sort.TABLE else table({})
