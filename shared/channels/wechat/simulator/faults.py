"""Faults on command: for the next so many calls, all of them or only those for one path or one patient."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    ERRCODE = "errcode"  # `value`: the errcode; nothing is taken
    STATUS_BEFORE = "status_before"  # `value`: an HTTP status; nothing is taken
    STATUS_AFTER = "status_after"  # `value`: an HTTP status, although the message was taken
    REFUSE = "refuse"  # no connection (over HTTP: a reset at once)
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    TIMEOUT_AFTER = "timeout_after"  # taken, and never answered
    SLOW = "slow"  # `value`: milliseconds before the call is looked at


@dataclass(slots=True)
class Fault:
    """`path`: the end of a call's path; `to`: an openid; empty: any. `times`: how many calls it hits."""

    kind: FaultKind
    value: int = 0
    times: int = 1
    path: str = ""
    to: str = ""


class Faults:
    """Those still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, path: str, to: str) -> Fault | None:
        """The first fault that this call meets; it counts as used."""
        for fault in self._waiting:
            if path.endswith(fault.path) and fault.to in ("", to):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
