"""What is wrong with a solution, and where."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One broken rule at one place: a file of the source and a JSON pointer, or an element, in it."""

    rule: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}\n        {self.place}\n        {self.message}"


class SolutionUnreadable(Exception):
    """A file is missing or is not what its name says; the text names it."""


class SolutionsBroken(Exception):
    """Nothing was built: the source breaks rules."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(f"{len(findings)} rules are broken")
        self.findings = findings
