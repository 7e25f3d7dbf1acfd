"""How the app may call: never by itself, never twice, never without saying what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.fx.tree import Call, Dot, Name, Node, Record, Truth, holds, walk
from infra.power_platform.app.judging.world import ConnectorCall
from infra.power_platform.app.reading import Reading

ONLY_LOOKS = frozenset({"LookUpPatient", "PreviewMessage"})
"""What is a POST only so that patient data stays out of URLs; every other call that is not a GET changes something."""

CONFIRMED = "SendPrescriptionReference"
KEY = "idempotencyKey"
_BUTTON = "Classic/Button"


def sending(reading: Reading) -> Iterator[Finding]:
    for call in reading.judgement.calls:
        yield from _by_a_person(call, reading)
        yield from _not_pressed_for_them(call, reading)
        yield from _errors_are_told(call)
        yield from _not_while_running(call, reading)
        yield from _one_key(call, reading)
        yield from _words_are_kept(call, reading)
        if call.operation == CONFIRMED:
            yield from _confirmed(call)


def _not_pressed_for_them(call: ConnectorCall, reading: Reading) -> Iterator[Finding]:
    """`Select` presses a button; nothing may press one that changes something."""
    if call.formula.control is None or not _changes(call, reading):
        return
    for formula in reading.formulas.formulas:
        for node in walk(formula.tree):
            if node == Call(None, "Select", (Name(call.formula.control.name),)):
                yield Finding(formula.place, "never-by-itself", f"it presses the button that runs {call.operation}")


def _changes(call: ConnectorCall, reading: Reading) -> bool:
    operation = reading.connectors[call.connector].operations.get(call.operation)
    return operation is not None and operation.verb != "get" and call.operation not in ONLY_LOOKS


def _by_a_person(call: ConnectorCall, reading: Reading) -> Iterator[Finding]:
    formula = call.formula
    pressed = formula.name == "OnSelect" and formula.control is not None and formula.control.type == _BUTTON
    if _changes(call, reading) and not pressed:
        yield Finding(formula.place, "never-by-itself", f"{call.operation} runs where nobody pressed a button")


def _errors_are_told(call: ConnectorCall) -> Iterator[Finding]:
    """Inside IfError, whose answer to an error is a Notify and a text that stays on the screen."""
    guards = [
        node
        for node in walk(call.formula.tree)
        if isinstance(node, Call) and node.function == "IfError" and holds(node.arguments[0], call.call)
    ]
    answers = [list(walk(node.arguments[1])) for node in guards if len(node.arguments) > 1]
    if not any(_calls(answer, "Notify") for answer in answers):
        yield Finding(call.formula.place, "errors-told", f"{call.operation} may fail, and no IfError notifies of it")
    elif not any(_calls(answer, "UpdateContext") for answer in answers):
        yield Finding(call.formula.place, "errors-told", f"a failed {call.operation} leaves no words on the screen")


def _not_while_running(call: ConnectorCall, reading: Reading) -> Iterator[Finding]:
    """A button that calls is disabled while the call runs, by a variable that its own formula turns on and off."""
    control = call.formula.control
    if control is None or control.type != _BUTTON:
        return
    turned = _turned(call.formula.tree)
    mode = reading.of(control).get("DisplayMode")
    read = {node.name for node in walk(mode) if isinstance(node, Name)} if mode else set()
    if not {name for name, values in turned.items() if values == {True, False}} & read:
        yield Finding(control.at("DisplayMode"), "busy", f"{call.operation} can be started again while it runs")


def _turned(tree: Node) -> dict[str, set[bool]]:
    found: dict[str, set[bool]] = {}
    for node in walk(tree):
        if isinstance(node, Call) and node.function == "UpdateContext" and isinstance(node.arguments[0], Record):
            for name, value in node.arguments[0].fields:
                if isinstance(value, Truth):
                    found.setdefault(name, set()).add(value.value)
    return found


def _confirmed(call: ConnectorCall) -> Iterator[Finding]:
    """The prescription goes with the preview's token and the digits that were typed again."""
    fields = _given(call)
    for name in ("previewToken", "lastDigits", KEY, "sender"):
        if name not in fields:
            yield Finding(call.formula.place, "confirmed", f"{CONFIRMED} goes without {name}")
    if not isinstance(fields.get("previewToken", Dot(Name(""), "")), Dot):
        yield Finding(call.formula.place, "confirmed", "previewToken is not the preview's own")


def _one_key(call: ConnectorCall, reading: Reading) -> Iterator[Finding]:
    """What could be done twice goes with a key that its form keeps until it succeeded."""
    operation = reading.connectors[call.connector].operations.get(call.operation)
    if operation is None or KEY not in {*operation.optional, *dict(operation.required)}:
        return
    if not isinstance(_given(call).get(KEY), Name):
        yield Finding(call.formula.place, "one-key", f"{KEY} is a variable that the form keeps until it succeeds")
    if not _after_success(call, _all(call, "GUID")):
        yield Finding(call.formula.place, "one-key", f"a new key is made before {call.operation} succeeded")


def _words_are_kept(call: ConnectorCall, reading: Reading) -> Iterator[Finding]:
    """What somebody wrote is emptied by nothing but a success."""
    if _changes(call, reading) and not _after_success(call, _all(call, "Reset")):
        yield Finding(call.formula.place, "words-kept", f"a field is emptied although {call.operation} may have failed")


def _given(call: ConnectorCall) -> Mapping[str, Node]:
    """What is optional, by name."""
    last = call.call.arguments[-1] if call.call.arguments else None
    return dict(last.fields) if isinstance(last, Record) else {}


def _all(call: ConnectorCall, function: str) -> list[Call]:
    return [node for node in walk(call.formula.tree) if isinstance(node, Call) and node.function == function]


def _after_success(call: ConnectorCall, done: list[Call]) -> bool:
    """Whether all of it stands in the last argument of the IfError around the call: what is done on success."""
    if not done:
        return True
    for node in walk(call.formula.tree):
        if isinstance(node, Call) and node.function == "IfError" and holds(node.arguments[0], call.call):
            return len(node.arguments) % 2 == 1 and all(holds(node.arguments[-1], one) for one in done)
    return False


def _calls(nodes: list[Node], function: str) -> bool:
    return any(isinstance(node, Call) and node.function == function for node in nodes)
