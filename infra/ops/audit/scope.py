"""What is looked at: everything, or one clinic, or what belongs to the days from one on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

IN_MOTION = timedelta(minutes=15)
"""What was written so lately may be half of something: a process is at it, or was killed a moment ago."""
LONG = timedelta(hours=1)
"""After so long nobody is at it any more: leases last minutes, sweeps come every few seconds."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`now`: when the audit began."""

    now: datetime
    clinic: str = ""
    since: date | None = None

    def holds(self, clinic: str, day: str = "") -> bool:
        """`day`: yyyymmdd, empty where it has none."""
        if self.clinic and clinic != self.clinic:
            return False
        return self.since is None or not day or day >= f"{self.since:%Y%m%d}"

    def settled(self, at: datetime) -> bool:
        return at < self.now - IN_MOTION

    def long_ago(self, at: datetime) -> bool:
        return at < self.now - LONG
