"""What an expression gives, and whether the fields that it names exist."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.power_platform.solutions.contracts import (
    ANY,
    SECRET,
    Connector,
    Contract,
    Shape,
    list_of,
    record,
    scalar,
    shape_of,
)
from infra.power_platform.solutions.expressions import Access, Call, ExpressionInvalid, Literal, Node, parts_of
from infra.power_platform.solutions.workflow.flow import Flow, Step

_RESULT = record(
    name=scalar(), status=scalar(), code=scalar(), startTime=scalar(), endTime=scalar(), trackingId=scalar(),
    clientTrackingId=scalar(), inputs=SECRET, outputs=SECRET, error=record(code=scalar(), message=scalar()),
)  # fmt: skip
_WORKFLOW = record(
    id=scalar(), name=scalar(), type=scalar(), location=scalar(),
    tags=record(environmentName=scalar(), logicAppName=scalar(), flowDisplayName=scalar()),
    run=record(id=scalar(), name=scalar(), type=scalar()),
)  # fmt: skip
_KNOWN = {"result": list_of(_RESULT), "workflow": _WORKFLOW}
_SAME = ("coalesce", "take", "skip", "union", "intersection", "sort", "reverse")
_TELLS_NOTHING = frozenset(
    {
        "length", "empty", "equals", "not", "and", "or", "greater", "greaterorequals", "less", "lessorequals",
        "contains", "startswith", "endswith",
    }
)  # fmt: skip
"""Counts and comparisons: what they give names nobody."""


class Shapes:
    """Of one flow. `faults` grows: (step, what is wrong)."""

    def __init__(self, flow: Flow, connectors: Mapping[str, Connector]) -> None:
        self._flow, self._connectors = flow, connectors
        self._busy: list[str] = []
        self.faults: list[tuple[Step, str]] = []

    def contract(self, step: Step) -> Contract | None:
        connector = self._connectors.get(self._flow.api_of(step))
        return connector.contracts.get(step.operation) if connector else None

    def of(self, node: Node, step: Step) -> Shape:
        """What the expression `node` of `step` gives."""
        match node:
            case Literal(value):
                return scalar("string" if isinstance(value, str) else "any")
            case Access(base, key, _):
                self.of(key, step)
                return self._field(self.of(base, step), key, step)
            case Call():
                arguments = [self.of(argument, step) for argument in node.arguments]
                return self._call(node, arguments, step)

    def _field(self, base: Shape, key: Node, step: Step) -> Shape:
        if base.kind == "any" or not isinstance(key, Literal):
            return _element(base)
        if base.kind == "array":
            if isinstance(key.value, int):
                return base.items or ANY
            return self._fault(step, f"{key.value!r} is asked of a list; take one of its elements first")
        if base.kind != "object" or not isinstance(key.value, str):
            return self._fault(step, f"{key.value!r} is asked of a {base.kind}")
        return self._of_path(base, key.value, step)

    def _of_path(self, base: Shape, path: str, step: Step) -> Shape:
        """`a` or `a/b`: in the outputs of an action both ways are written."""
        fields = base.fields or {}
        head, _, rest = path.partition("/")
        if path in fields or not rest or head not in fields:
            if path not in fields and not base.more:
                return self._fault(step, f"there is no field {path!r}; there are: {', '.join(fields) or 'none'}")
            return fields.get(path, ANY)
        return self._field(fields[head], Literal(rest), step)

    def _fault(self, step: Step, message: str) -> Shape:
        self.faults.append((step, message))
        return ANY

    def _call(self, call: Call, arguments: list[Shape], step: Step) -> Shape:
        name = call.name.lower()
        if name in _KNOWN:
            return _KNOWN[name]
        if name in _TELLS_NOTHING:
            return ANY
        if name in ("first", "last"):
            return _element(arguments[0])
        if name in _SAME:
            return _likest(arguments)
        return self._of_the_run(name, call.first_text or "", step) or _made_of(arguments)

    def _of_the_run(self, function: str, name: str, step: Step) -> Shape | None:
        """What only a run knows: what it was told, and what its actions gave. None of another function."""
        found = None
        match function:
            case "body" | "actionbody":
                found = self._body(name)
            case "outputs" | "actionoutputs":
                found = self._outputs(name)
            case "triggerbody":
                found = self._told()
            case "triggeroutputs":
                found = record(body=self._told(), headers=ANY)
            case "item":
                found = self._item(step)
            case "items":
                found = self._turn(self._flow.action(name))
        return found

    def _told(self) -> Shape:
        """What the trigger tells."""
        trigger = self._flow.triggers[0] if self._flow.triggers else None
        if trigger is None:
            return ANY
        if trigger.calls_connector:
            contract = self.contract(trigger)
            return contract.answer if contract else ANY
        return shape_of(trigger.inputs["schema"]) if "schema" in trigger.inputs else record()

    def _item(self, step: Step) -> Shape:
        if step.type in ("Query", "Select", "Table"):
            return _element(self._of_text(step.inputs.get("from"), step))
        return self._turn(next((holder for holder in reversed(step.within) if holder.type == "Foreach"), None))

    def _turn(self, loop: Step | None) -> Shape:
        """What a loop takes in its turn."""
        return _element(self._of_text(loop.raw.get("foreach"), loop)) if loop else ANY

    def _body(self, name: str) -> Shape:
        return self._once(name, self._body_of)

    def _outputs(self, name: str) -> Shape:
        step = self._flow.action(name)
        if step is not None and step.type == "Compose":
            return self._once(name, lambda one: self._of_value(one.raw.get("inputs"), one))
        return record(body=self._body(name), headers=ANY, statusCode=scalar("integer"))

    def _once(self, name: str, shape: Callable[[Step], Shape]) -> Shape:
        """An action that is made of itself has no shape."""
        step = self._flow.action(name)
        if step is None or name in self._busy:
            return ANY
        self._busy.append(name)
        try:
            return shape(step)
        finally:
            self._busy.pop()

    def _body_of(self, step: Step) -> Shape:
        if step.calls_connector:
            contract = self.contract(step)
            return contract.answer if contract else ANY
        match step.type:
            case "Query":
                return self._of_text(step.inputs.get("from"), step)
            case "Select":
                return list_of(self._selected(step))
            case "ParseJson":
                return shape_of(step.inputs.get("schema"))
            case "Table":
                return scalar()
        return ANY

    def _selected(self, step: Step) -> Shape:
        return self._of_value(step.inputs.get("select"), step)

    def _of_value(self, value: Any, step: Step) -> Shape:
        """Of a JSON value whose texts may be expressions."""
        if isinstance(value, Mapping):
            return Shape("object", {key: self._of_value(inner, step) for key, inner in value.items()})
        if isinstance(value, list):
            return list_of(self._of_value(value[0], step) if value else ANY)
        return self._of_text(value, step)

    def _of_text(self, value: Any, step: Step) -> Shape:
        """Of a value that is one expression. Its faults are told where it stands, not here."""
        if not isinstance(value, str):
            return ANY
        known = len(self.faults)
        try:
            parts = parts_of(value)
        except ExpressionInvalid:
            return ANY
        shapes = [self.of(part.node, step) for part in parts if part.node is not None]
        del self.faults[known:]
        whole = len(parts) == 1 and shapes and not value.startswith("@{")
        return shapes[0] if whole else Shape("string", secret=_made_of(shapes).secret)


def _element(shape: Shape) -> Shape:
    """Of what nobody knows the shape, a part is as secret as the whole."""
    return (shape.items or ANY) if shape.kind == "array" else SECRET if shape.holds_secret else ANY


def _made_of(shapes: Sequence[Shape]) -> Shape:
    """What a function makes of patient data is patient data."""
    return SECRET if any(one.holds_secret for one in shapes) else ANY


def _likest(shapes: Sequence[Shape]) -> Shape:
    """Of several, the one that tells most: what holds patient data first, then what is known."""
    secret = [one for one in shapes if one.holds_secret]
    known = [one for one in shapes if one.kind in ("array", "object")]
    return next(iter((*secret, *known)), shapes[0] if shapes else ANY)
