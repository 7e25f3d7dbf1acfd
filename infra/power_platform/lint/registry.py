"""What a rule is: a name, a severity, and a function from a connector to the places where it is broken."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from infra.power_platform.lint.finding import Finding, Severity
from infra.power_platform.lint.view import ConnectorView


class Fault(NamedTuple):
    """Where a rule is broken, and what to do about it, in words for who wrote the connector."""

    place: str
    message: str


Check = Callable[[ConnectorView], Iterable[Fault]]


class Rule(NamedTuple):
    """`name` is Microsoft's own where its validator has the rule."""

    name: str
    severity: Severity
    check: Check

    def findings(self, view: ConnectorView) -> list[Finding]:
        # a shared definition is looked at from every operation that uses it, and is told once
        faults = dict.fromkeys(self.check(view))
        return [Finding(self.severity, self.name, fault.place, fault.message) for fault in faults]


def error(name: str, check: Check) -> Rule:
    return Rule(name, Severity.ERROR, check)


def warning(name: str, check: Check) -> Rule:
    return Rule(name, Severity.WARNING, check)
