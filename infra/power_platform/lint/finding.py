"""What is wrong with a connector, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a connector from being certified, or from working; a warning costs its makers time."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One broken rule at one place.

    `place` is the file and a JSON pointer in it (`apiDefinition.swagger.json#/paths/~1v1~1messages/post/summary`).
    """

    severity: Severity
    rule: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity:<7} {self.rule}\n        {self.place}\n        {self.message}"
