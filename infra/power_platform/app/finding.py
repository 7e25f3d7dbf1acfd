"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"  # the app would not load, not work, or shut somebody out
    WARNING = "warning"  # nothing breaks, and nobody needs it


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`rule` names what is broken, `place` says where: `Sent.pa.yaml`, `Sent/lblSentEmpty.Text`."""

    place: str
    rule: str
    text: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.severity}: {self.place}: {self.text} [{self.rule}]"
