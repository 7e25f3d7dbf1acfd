"""One formula after another, from the leaves up: what is its value, and does all that it names exist?"""

from __future__ import annotations

from infra.power_platform.app.finding import Finding
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
from infra.power_platform.app.judging.calls import Calls
from infra.power_platform.app.judging.connector_calls import judge_connector_call
from infra.power_platform.app.judging.formulas import Formula
from infra.power_platform.app.judging.judgement import Judgement
from infra.power_platform.app.judging.members import Members
from infra.power_platform.app.judging.scope import Scope
from infra.power_platform.app.judging.world import ConnectorCall, Known, World
from infra.power_platform.app.kinds import (
    ANYTHING,
    BLANK,
    BY_NAME,
    NUMBER,
    TEXT,
    TIME,
    TRUTH,
    Kind,
    Sort,
    record,
    table,
)

_ROUNDS = 6
_OF_EACH_ROW = ("ItemAccessibleLabel", "TemplateFill")
_COLUMN = "Items.Value"
_COMPARING = frozenset({"=", "<>", "<", "<=", ">", ">=", "in", "exactin", "&&", "||", "And", "Or"})


def judge(world: World) -> Judgement:
    known = Known()
    for _ in range(_ROUNDS):
        before = known.copy()
        judgement = _Judge(world, known).run()
        if (known.globals, known.contexts, known.collections) == (
            before.globals,
            before.contexts,
            before.collections,
        ):
            break
    return judgement


class _Judge:
    """One round through all formulas."""

    def __init__(self, world: World, known: Known) -> None:
        self.world = world
        self.known = known
        self.judgement = Judgement(known=known)
        self._members = Members(self)
        self._calls = Calls(self)
        self._defining: list[str] = []
        self._definitions: dict[str, Kind] = {}

    def run(self) -> Judgement:
        for name in self.world.formulas.definitions:
            self.definition(name)
        for formula in self.world.formulas.formulas:
            if formula.name == _COLUMN:
                self._members.shown_column(formula)
            else:
                self._expect(formula, self.kind(formula.tree, self.scope(formula)))
        return self.judgement

    def scope(self, formula: Formula) -> Scope:
        around = [*formula.parents]
        if formula.control and formula.name in _OF_EACH_ROW:
            around.append(formula.control)
        gallery = next((one for one in reversed(around) if one.type == "Gallery"), None)
        return Scope(formula, self._members.items(gallery).row if gallery else None)

    def say(self, scope: Scope, rule: str, text: str) -> None:
        finding = Finding(scope.formula.place, rule, text)
        if finding not in self.judgement.findings:
            self.judgement.findings.append(finding)

    def definition(self, name: str) -> Kind:
        """What a named formula is; the same for everybody, so it is judged once."""
        if name in self._definitions:
            return self._definitions[name]
        tree = self.world.formulas.definitions[name]
        scope = Scope(Formula(None, None, (), f"Formulas.{name}", tree))
        if name in self._defining:
            self.say(scope, "circle", f"{name} needs itself")
            return ANYTHING
        self._defining.append(name)
        self._definitions[name] = self.kind(tree, scope)
        self._defining.pop()
        return self._definitions[name]

    def kind(self, node: Node, scope: Scope) -> Kind:  # noqa: C901, PLR0911 - one branch a kind of node
        match node:
            case Number():
                return NUMBER
            case Text():
                return TEXT
            case Truth():
                return TRUTH
            case Name(name):
                return self._members.name(name, scope)
            case Dot(base, member):
                return self._members.member(self.kind(base, scope), member, scope)
            case Record(fields):
                return record({name: self.kind(value, scope) for name, value in fields})
            case Rows(items):
                return self._rows(items, scope)
            case Chain(steps):
                return [self.kind(step, scope) for step in steps][-1]
            case Unary(sign, operand):
                self.kind(operand, scope)
                return TRUTH if sign in ("!", "Not") else NUMBER
            case Binary(sign, left, right):
                return self._binary(sign, self.kind(left, scope), self.kind(right, scope), scope)
            case Call():
                return self._call(node, scope)

    def _call(self, node: Call, scope: Scope) -> Kind:
        if node.base is None:
            return self._calls.call(node, scope)
        if isinstance(node.base, Name) and node.base.name in self.world.connectors:
            connector = self.world.connectors[node.base.name]
            self.judgement.used.add(node.base.name)
            self.judgement.calls.append(ConnectorCall(scope.formula, connector.name, node.function, node))
            return judge_connector_call(self, connector, node, scope)
        self.kind(node.base, scope)
        self.say(scope, "unknown-function", f"{node.function} is no operation of a connector that this app has")
        return ANYTHING

    def _rows(self, items: tuple[Node, ...], scope: Scope) -> Kind:
        kind = BLANK
        for item in items:
            kind = kind.joined(self.kind(item, scope))
        return table(kind.fields or {"Value": kind})

    def _binary(self, sign: str, left: Kind, right: Kind, scope: Scope) -> Kind:
        if sign == "&":
            for side in (left, right):
                if side.sort in (Sort.RECORD, Sort.TABLE, Sort.CONTROL, Sort.SCREEN, Sort.COLOUR):
                    self.say(scope, "wrong-kind", f"& joins texts, not {side.sort}")
            return TEXT
        if sign in ("=", "<>") and not (left.open or right.open or left.sort is right.sort):
            self.say(scope, "wrong-kind", f"{left.sort} is compared with {right.sort}")
        if sign in _COMPARING:
            return TRUTH
        return TIME if TIME in (left, right) and sign in ("+", "-") else NUMBER

    def _expect(self, formula: Formula, found: Kind) -> None:
        wanted = BY_NAME.get(self._members.property_kind(formula), ANYTHING)
        if wanted.sort is not Sort.ANYTHING and not found.fits(wanted):
            self.say(Scope(formula), "wrong-kind", f"this is {found.sort}, and {formula.name} is {wanted.sort}")
