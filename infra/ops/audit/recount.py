"""Figures of days as they are kept, beside what the rows of the day come to."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.ops.audit.appointments import Figures
from infra.ops.audit.findings import Findings
from infra.ops.audit.messages import ROWS
from infra.ops.audit.reading import AccountReader, Entity, columns_of, key_of
from infra.ops.audit.scope import Scope
from infra.ops.audit.states import at_of

COUNTED = frozenset(
    {"appointments", "unreachable", "asked", "reached", "confirmed", "cancellation_asked", "reschedule_asked",
     "no_answer", "slots_freed", "planned", "skipped", "messages", "waiting", "handed_over", "delivered", "read",
     "failed", "unknown", "cancelled", "dropped", "stand_ins", "opted_out"}
)  # fmt: skip
"""All but those by a code (failed: by the provider's; opted out: by template): they are parts of these."""

type Day = tuple[str, str]


@dataclass(slots=True)
class Kept:
    """What was there before the messages were read: small, as it is stored, and no more once a day has agreed."""

    tallies: dict[Day, tuple[int, bytes]] = field(default_factory=dict)  # rows, and figures deflated
    versions: dict[Day, str] = field(default_factory=dict)
    marks: dict[Day, datetime] = field(default_factory=dict)
    agreed: int = 0  # days

    def tally(self, row: Entity, findings: Findings) -> None:
        day = key_of(row)
        try:
            columns = columns_of(row)
            figures_of(columns)  # or it is a strange one
            self.tallies[day] = int(columns["rows"]), columns["figures"]
        except (ValueError, KeyError, TypeError, zlib.error):
            findings.add("strange_row", f"tallies {' '.join(day)}")
        self.versions[day] = str(columns_of(row).get("as_of", ""))

    def figures(self, day: Day) -> Figures | None:
        if day not in self.tallies:
            return None
        rows, figures = self.tallies[day]
        return figures_of({"rows": rows, "figures": figures})

    def agrees(self, day: Day, found: Figures) -> bool:
        """Whether a day's rows come to what is kept: then nothing more need be remembered of it."""
        held = self.figures(day)
        if held is None or +held != +found:
            return False
        del self.tallies[day]
        self.agreed += 1
        return True

    def mark(self, row: Entity, scope: Scope, findings: Findings) -> None:
        day = key_of(row)
        try:
            self.marks[day] = at_of(columns_of(row))
        except (ValueError, KeyError):
            findings.add("strange_row", f"marks {' '.join(day)}")
            return
        if scope.long_ago(self.marks[day]):
            findings.add("day_not_counted", " ".join(day))


def figures_of(columns: Mapping[str, Any]) -> Figures:
    """Of a row of `tallies`: JSON, deflated, with the names of its columns of numbers."""
    told = json.loads(zlib.decompress(columns["figures"]))
    found: Figures = Counter({ROWS: int(columns["rows"])})
    for channel, language, plain, _ in told["cells"]:
        for name, count in zip(told["names"], plain, strict=True):
            if name in COUNTED:
                found[channel, language, name] += count
    return found


def compare(
    counted: Mapping[Day, Figures], kept: Kept, reader: AccountReader, scope: Scope
) -> Iterator[tuple[Day, str, str]]:
    """Days that differ, what of, and in which figures. Raises NotReadError.

    A day that is marked, or was counted meanwhile, is changing: nothing can be said of it.
    """
    for day in sorted({*counted, *(day for day in kept.tallies if scope.holds(*day))}):
        found, held = +counted.get(day, Counter()), kept.figures(day)
        if day in kept.marks or (held is not None and +held == found) or (not found and held is None):
            continue
        if _changed_meanwhile(day, kept, reader):
            continue
        if held is None:
            yield day, "day_never_counted", ""
        else:
            yield day, "tally_differs", f": {_differences(held, found)}"


def _changed_meanwhile(day: Day, kept: Kept, reader: AccountReader) -> bool:
    if reader.row("marks", *day) is not None:
        return True
    there = reader.row("tallies", *day)
    return (str(columns_of(there).get("as_of", "")) if there else "") != kept.versions.get(day, "")


def _differences(kept: Figures, found: Figures) -> str:
    names = sorted(cell for cell in {*kept, *found} if kept[cell] != found[cell])
    told = [f"{'/'.join(filter(None, cell))} kept {kept[cell]}, found {found[cell]}" for cell in names]
    return "; ".join(told[:4]) + (f"; and {len(told) - 4} more" if len(told) > 4 else "")
