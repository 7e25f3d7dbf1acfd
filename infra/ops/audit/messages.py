"""Messages as the auditor holds them: a few marks for each, made from all of its rows, which are neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from itertools import groupby
from typing import Any

from infra.ops.audit.appointments import Appointments, Figures
from infra.ops.audit.findings import Findings
from infra.ops.audit.reading import Entity, columns_of, key_of, written_at
from infra.ops.audit.scope import Scope
from infra.ops.audit.states import FINISHED, TAKEN, TO_BE_SENT, at_of, state_of

ROWS = ("", "", "rows")
_FACTS = 28  # characters of the key of the facts: m_ and the digest
_ENDS = {"scheduled": "waiting", "sending": "waiting"} | {n: n for n in ("failed", "unknown", "cancelled", "dropped")}


class Mark(IntFlag):
    FACTS = 1
    TO_BE_SENT = 2
    FINISHED = 4  # never in line again
    SETTLED = 8  # nothing was written of it lately
    RESUMED = 16  # a person sent it once more, knowing that it may arrive twice


type Agrees = Callable[[tuple[str, str], Figures], bool]


@dataclass(slots=True)
class Ledger:
    """What was found in the table of messages."""

    marks: dict[str, Mark] = field(default_factory=dict)
    days: dict[tuple[str, str], Figures] = field(default_factory=dict)  # by clinic and yyyymmdd, those in doubt
    reminders: dict[int, str] = field(default_factory=dict)  # identity, hashed -> message
    promised: dict[str, str] = field(default_factory=dict)  # message that a decision names and its day lacks -> where

    def has(self, message: str) -> bool:
        """Whether the facts of a message were there."""
        return Mark.FACTS in self.marks.get(message, Mark(0))


def take(rows: Iterable[Entity], ledger: Ledger, scope: Scope, findings: Findings, agrees: Agrees) -> None:
    """Raises what reading raises; then the ledger holds what was read, without the appointments of the last day.

    Of a day of whose figures `agrees` says yes, they are not held: there is one for each clinic and day.
    """
    for (clinic, day), of_day in groupby(rows, key=_day):
        figures, appointments = ledger.days.setdefault((clinic, day), Counter()), Appointments()
        promised: dict[str, str] = {}
        for (partition, stem), group in groupby(of_day, key=_message_or_row):
            if stem.startswith("m_"):
                counts = (figures, appointments)
                _message(f"{partition}_{stem[2:]}", list(group), counts, ledger, scope, findings)
            else:
                for row in group:
                    _decision(stem, columns_of(row), figures, appointments)
                    if (message := columns_of(row).get("message")) and scope.long_ago(written_at(row)):
                        promised[str(message)] = f"{partition} {stem}"
        ledger.promised |= {message: where for message, where in promised.items() if not ledger.has(message)}
        appointments.counted(figures)
        if agrees((clinic, day), figures):
            del ledger.days[clinic, day]


def _day(row: Entity) -> tuple[str, str]:
    """The shards of a clinic's day are neighbours."""
    clinic, _, day = key_of(row)[0].rpartition("_")
    return clinic, day[:8]


def _message_or_row(row: Entity) -> tuple[str, str]:
    partition, key = key_of(row)
    return partition, key[:_FACTS] if key.startswith("m_") else key


def _decision(key: str, columns: Mapping[str, Any], figures: Figures, appointments: Appointments) -> None:
    figures[ROWS] += 1
    appointments.decided(key, columns)
    if columns.get("reason"):
        figures["", "", "skipped"] += 1


def _message(
    message: str,
    rows: list[Entity],
    counts: tuple[Figures, Appointments],
    ledger: Ledger,
    scope: Scope,
    findings: Findings,
) -> None:
    facts, events = split(rows)
    try:
        newest = max(at_of(one) for one in events) if events else at_of(facts or {}, "created_at")
        state = state_of(events)
        if facts is not None:
            counts[1].message(message.rpartition("_")[2], facts, events, state)
    except (KeyError, ValueError, TypeError):
        findings.add("strange_row", f"messages {message}")
        return
    resumed = any(event["event"] == "resumed" for event in events)
    mark = Mark.RESUMED if resumed else Mark(0)
    mark |= Mark.SETTLED if scope.settled(newest) else Mark(0)
    if facts is not None:
        mark |= Mark.FACTS
        mark |= Mark.TO_BE_SENT if state in TO_BE_SENT else Mark(0)
        mark |= Mark.FINISHED if state in FINISHED else Mark(0)
        _count(facts, events, state, counts[0])
        _reminder(message, facts, ledger, findings)
    elif scope.settled(newest):
        findings.add("events_without_facts", message)
    ledger.marks[message] = mark
    accepted = sum(event["event"] == "accepted" for event in events)
    if accepted > 1 and not resumed:
        findings.add("accepted_twice", message)
    if state == "sending" and (until := _lease(events)) and scope.long_ago(until):
        findings.add("claim_expired", message)


def split(rows: Iterable[Entity]) -> tuple[Mapping[str, Any] | None, list[Mapping[str, Any]]]:
    """Facts and events of one message's rows."""
    facts: Mapping[str, Any] | None = None
    events: list[Mapping[str, Any]] = []
    for row in rows:
        if len(key_of(row)[1]) == _FACTS:
            facts = columns_of(row)
        else:
            events.append(columns_of(row))
    return facts, events


def _lease(events: Iterable[Mapping[str, Any]]) -> datetime | None:
    leases = [at_of(event, "lease_until") for event in events if event.get("lease_until")]
    return max(leases, default=None)


def _count(facts: Mapping[str, Any], events: list[Mapping[str, Any]], state: str, figures: Figures) -> None:
    figures[ROWS] += 1 + len(events)
    cell = (str(facts.get("channel", "")), str(facts.get("language", "")))
    for name in _figures(facts, {event["event"] for event in events}, state):
        figures[*cell, name] += 1


def _figures(facts: Mapping[str, Any], happened: set[str], state: str) -> Iterator[str]:
    yield "messages"
    if facts.get("instead_of"):
        yield "stand_ins"
    if state in _ENDS:
        yield _ENDS[state]
    if happened & TAKEN:
        yield "handed_over"
        if state in ("delivered", "read"):
            yield "delivered"
        if state == "read":
            yield "read"
    if "opted_out" in happened:
        yield "opted_out"


def _reminder(message: str, facts: Mapping[str, Any], ledger: Ledger, findings: Findings) -> None:
    """One that stands in for another on a second channel is no second one."""
    if facts.get("kind") != "reminder" or not facts.get("appointment_key") or facts.get("instead_of"):
        return
    clinic = message.partition("_")[0]
    start = at_of(facts, "starts_at").timestamp() if facts.get("starts_at") else 0.0
    identity = hash((clinic, facts["appointment_key"], facts.get("step", ""), start))
    first = ledger.reminders.setdefault(identity, message)
    if first != message:
        findings.add("same_reminder_twice", f"{first} and {message}")
