"""Names, and what stands after a dot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.power_platform.app.fx.tree import Name
from infra.power_platform.app.judging.formulas import Formula
from infra.power_platform.app.judging.scope import FIRST_ERROR, Scope
from infra.power_platform.app.kinds import ANYTHING, BY_NAME, CHOICE, Kind, Sort, table
from infra.power_platform.app.source import Control, CustomProperty, Owner
from infra.power_platform.app.tables import controls, enumerations, properties_of

if TYPE_CHECKING:
    from infra.power_platform.app.judging.judgement import Judging

_APP = "App"
_ENUMERATION = "enumeration "
_COMPONENT = "component "
_COLOUR = "Color"


class Members:
    """Part of one round of the judge."""

    def __init__(self, judge: Judging) -> None:
        self._judge = judge
        self._asked: list[str] = []

    def name(self, name: str, scope: Scope) -> Kind:
        """Innermost first, as Power Fx looks names up."""
        for fields in reversed(scope.rows):
            if name in fields:
                return fields[name]
        found = self._around(name, scope) or self._in_the_app(name, scope)
        if found is None:
            if not scope.unsure:
                self._judge.say(scope, "unknown-name", f"there is no {name} here")
            return ANYTHING
        self._judge.judgement.used.add(name)
        return found

    def member(self, base: Kind, member: str, scope: Scope) -> Kind:
        if base.sort is Sort.CONTROL:
            found = self._of_control(base.name, member)
        elif base.sort is Sort.SCREEN:
            found = BY_NAME.get(properties_of("screen").get(member, ""))
        elif base.name.startswith(_ENUMERATION):
            known = member in enumerations()[base.name.removeprefix(_ENUMERATION)]
            found = (BY_NAME["colour"] if base.name.endswith(_COLOUR) else CHOICE) if known else None
        elif base.sort in (Sort.RECORD, Sort.TABLE):
            column = base.fields.get(member)
            found = table({member: column}) if column and base.sort is Sort.TABLE else column
        else:
            found = ANYTHING if base.open else None
        if found is None:
            self._judge.say(scope, "unknown-member", f"{base.name or base.sort} has no {member}")
            return ANYTHING
        return found

    def items(self, control: Control) -> Kind:
        """The rows that a gallery or drop-down shows."""
        tree = self._judge.world.formulas.of(control, "Items")
        if tree is None or control.name in self._asked:
            return ANYTHING
        self._asked.append(control.name)
        formula = next(f for f in self._judge.world.formulas.formulas if f.control is control and f.name == "Items")
        found = self._judge.kind(tree, self._judge.scope(formula))
        self._asked.pop()
        return found

    def shown_column(self, formula: Formula) -> None:
        """`Items.Value` names a column of the rows that a drop-down shows."""
        fields = self.items(formula.control).fields if formula.control else {}
        if not isinstance(formula.tree, Name) or formula.tree.name not in fields:
            self._judge.say(Scope(formula), "unknown-member", "it names no column of its Items")

    def property_kind(self, formula: Formula) -> str:
        """Which kind the property of a formula wants, by its name in `kinds.BY_NAME`; empty: unknown."""
        if formula.owner is None:
            return properties_of("app").get(formula.name, "")
        if formula.control is None:
            custom = formula.owner.custom.get(formula.name)
            if custom:
                return custom.data_type
            return properties_of("component" if formula.owner.is_component else "screen").get(formula.name, "")
        if formula.control.component:
            custom = self._custom(formula.control.component).get(formula.name)
            return custom.data_type if custom else ""
        known = controls().get(formula.control.type)
        return known.properties.get(formula.name, "") if known else ""

    def _around(self, name: str, scope: Scope) -> Kind | None:
        """What depends on where the formula stands."""
        formula = scope.formula
        if name == "Self":
            return _control(formula.control) if formula.control else _owner(formula.owner)
        if name == "Parent":
            return _control(formula.parents[-1]) if formula.parents else _owner(formula.owner)
        if name == "ThisItem":
            return scope.item
        if name == "ThisRecord" and scope.rows:
            return Kind(Sort.RECORD, scope.rows[-1])
        if name == "FirstError" and scope.failed:
            return FIRST_ERROR
        return self._judge.known.contexts.get((scope.screen, name))

    def _in_the_app(self, name: str, scope: Scope) -> Kind | None:  # noqa: PLR0911 - one way out a sort of name
        world, known = self._judge.world, self._judge.known
        if name == _APP:
            return Kind(Sort.CONTROL, name=_APP)
        if name in enumerations():
            return Kind(Sort.CHOICE, name=_ENUMERATION + name)
        control = world.controls.get(name)
        if control and world.components.get(name, scope.component) == scope.component:
            return _control(control)
        if scope.component == name:
            return Kind(Sort.CONTROL, name=_COMPONENT + name)
        if scope.formula.owner and not scope.formula.owner.sees_app:
            return None
        if name in world.formulas.definitions:
            return self._judge.definition(name)
        return known.globals.get(name) or known.collections.get(name) or _screen(name, world.app.screens)

    def _of_control(self, name: str, member: str) -> Kind | None:
        if name == _APP:
            return BY_NAME.get(properties_of("app_gives").get(member, ""))
        if name.startswith(_COMPONENT):
            return self._of_component(name.removeprefix(_COMPONENT), member)
        control = self._judge.world.controls[name]
        if control.component:
            return self._of_component(control.component, member)
        known = controls().get(control.type)
        given = known.gives.get(member) if known else "anything"
        if given in ("row", "rows"):
            rows = self.items(control)
            return rows.row if given == "row" else rows
        return BY_NAME.get(given or (known.properties.get(member, "") if known else ""))

    def _of_component(self, component: str, member: str) -> Kind | None:
        custom = self._custom(component).get(member)
        self._judge.judgement.used.add(f"{component}.{member}")
        return BY_NAME.get(custom.data_type if custom else properties_of("component").get(member, ""))

    def _custom(self, component: str) -> Mapping[str, CustomProperty]:
        owner = self._judge.world.app.components.get(component)
        return owner.custom if owner else {}


def _control(control: Control) -> Kind:
    return Kind(Sort.CONTROL, name=control.name)


def _owner(owner: Owner | None) -> Kind:
    if owner is None:
        return ANYTHING
    if owner.is_component:
        return Kind(Sort.CONTROL, name=_COMPONENT + owner.name)
    return Kind(Sort.SCREEN, name=owner.name)


def _screen(name: str, screens: Mapping[str, Owner]) -> Kind | None:
    return Kind(Sort.SCREEN, name=name) if name in screens else None
