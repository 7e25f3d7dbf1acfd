"""What a rule is: a name, and a function from the source to the places where it is broken."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from infra.power_platform.solutions.finding import Finding
from infra.power_platform.solutions.view import View


class Fault(NamedTuple):
    """Where a rule is broken, and what to do about it."""

    place: str
    message: str


class Rule(NamedTuple):
    name: str
    check: Callable[[View], Iterable[Fault]]

    def findings(self, view: View) -> list[Finding]:
        return [Finding(self.name, *fault) for fault in dict.fromkeys(self.check(view))]
