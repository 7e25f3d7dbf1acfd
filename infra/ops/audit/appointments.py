"""A day's figures of appointments, made of its decisions and messages in whatever order they come.

What an appointment comes to can only be said when all of its day was read: of its steps, whether one is planned; of its
reminders, which was the last that left and whether one arrived; of the patient's answers, the latest. A clinic's day is
one after the other in the table of messages, so that one day is held at a time.

    stands        no step was decided, or one of them otherwise than `moved` or `not_in_list`
    unreachable   it stands, no step is planned, and one is not because there is no way to the patient
    under         channel and language of the answered message, else of the last reminder that left, else neither
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from infra.ops.audit.states import TAKEN, at_of

ELSEWHERE = frozenset({"moved", "not_in_list"})
NO_WAY = frozenset(
    {"no_address", "number_unreadable", "number_ambiguous", "number_third_party", "number_landline", "number_outdated",
     "number_shared", "no_telephone", "no_opt_in", "opted_out", "unreachable", "age_unknown", "via_proxy",
     "sign_language", "interpreter", "no_template", "template_does_not_fit"}
)  # fmt: skip
IN_TIME = timedelta(hours=48)
"""So long before, a slot that is given back can still be taken by somebody else."""
ANSWERS: Mapping[str, str] = {
    "confirmed_attendance": "confirmed",
    "pending_cancellation": "cancellation_asked",
    "pending_reschedule": "reschedule_asked",
}
_PLANNED = ""  # instead of a reason
_KEY = slice(2, 28)  # of a decision's key, d_<appointment>_<step>: the appointment

type Figures = Counter[tuple[str, str, str]]
"""Channel, language and name of the figure."""
type Cell = tuple[str, str]
"""Channel and language."""


class _Answer(NamedTuple):
    """By which the latest is found: of two at one instant the greater by owner, words and cell."""

    at: datetime
    owner: str
    said: str
    cell: Cell


@dataclass(slots=True)
class _Appointment:
    reasons: set[str] = field(default_factory=set)
    left: tuple[datetime, str, Cell] | None = None  # the last reminder that was handed over
    answer: _Answer | None = None
    answered_start: datetime | None = None  # of the appointment, as the answered reminder had it
    arrived: bool = False

    @property
    def cell(self) -> Cell:
        if self.answer is not None:
            return self.answer.cell
        return self.left[2] if self.left is not None else ("", "")

    def figures(self) -> Iterator[str]:
        if not self.reasons or self.reasons - ELSEWHERE:
            yield "appointments"
            if _PLANNED not in self.reasons and self.reasons & NO_WAY:
                yield "unreachable"
        if self.arrived:
            yield "reached"
        if self.answer is None and self.left is None:
            return
        yield "asked"
        if self.answer is None:
            yield "no_answer"
            return
        answer, start = ANSWERS[self.answer.said], self.answered_start
        yield answer
        if answer != "confirmed" and start is not None and start - self.answer.at >= IN_TIME:
            yield "slots_freed"


@dataclass(slots=True)
class Appointments:
    """Of one clinic's day."""

    _found: dict[str, _Appointment] = field(default_factory=dict)
    _planned: list[tuple[str, str]] = field(default_factory=list)  # channel and message of planned steps
    _languages: dict[str, str] = field(default_factory=dict)  # of the day's messages

    def decided(self, key: str, columns: Mapping[str, Any]) -> None:
        reason = str(columns.get("reason", ""))
        self._of(key[_KEY]).reasons.add(reason)
        if reason == _PLANNED:
            self._planned.append((str(columns.get("channel", "")), str(columns.get("message", "")).rpartition("_")[2]))

    def message(self, digest: str, facts: Mapping[str, Any], events: Sequence[Mapping[str, Any]], state: str) -> None:
        """Raises KeyError, ValueError for one that does not read as a message; then nothing of it is taken."""
        cell = (str(facts.get("channel", "")), str(facts.get("language", "")))
        key = str(facts.get("appointment_key", ""))
        if facts.get("kind") == "reminder" and key:
            answers = [_answer(event, cell) for event in events if event["event"] == "answered"]
            start = at_of(facts, "starts_at") if facts.get("starts_at") else None
            sent_at = at_of(facts, "scheduled_for")
            one = self._of(key)
            one.arrived = one.arrived or state in ("delivered", "read")
            if any(event["event"] in TAKEN for event in events):
                one.left = max(one.left or (sent_at, digest, cell), (sent_at, digest, cell))
            for answer in answers:
                if one.answer is None or answer > one.answer:
                    one.answer, one.answered_start = answer, start
        self._languages[digest] = cell[1]

    def counted(self, figures: Figures) -> None:
        """Added up, once, when all of the day was taken."""
        for channel, digest in self._planned:
            figures[channel, self._languages.get(digest, ""), "planned"] += 1
        for one in self._found.values():
            for name in one.figures():
                figures[*one.cell, name] += 1

    def _of(self, key: str) -> _Appointment:
        return self._found.setdefault(key, _Appointment())


def _answer(event: Mapping[str, Any], cell: Cell) -> _Answer:
    said = str(event.get("detail", ""))
    if said not in ANSWERS:
        raise ValueError("an answer that is none")
    return _Answer(at_of(event), str(event.get("owner", "")), said, cell)
