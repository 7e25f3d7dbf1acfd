"""What a clinic's day comes to in figures: a fold of the day's decisions and messages, never a count beside them.

A day is the local day of the appointment; of creation, for what has none. Figures stand by channel and language:

    of a message       under its own
    of a decision      under the channel that it chose, in the language of its message; a skipped step has neither
    of an appointment  under those of the message that the patient answered, else of the last reminder handed over

The same rows give the same figures in whatever order they come, so a tally that is made again is the same tally.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from operator import add

from shared.domain.decision import NO_WAY, SkipReason
from shared.domain.message import Event, EventName, Kind, RequestStatus, State, fold

IN_TIME = timedelta(hours=48)
"""So long before the appointment at least a slot is given back that somebody else can still take."""


class Figure(StrEnum):
    """What is counted. Some are also counted by a code of theirs: `figure:code`."""

    # appointments of the day
    APPOINTMENTS = "appointments"  # as the last run left them: neither moved to another start nor gone from the list
    UNREACHABLE = "unreachable"  # no step planned, and no way to write to the patient
    ASKED = "asked"  # at least one reminder was handed over (or answered)
    REACHED = "reached"  # at least one reminder arrived
    CONFIRMED = "confirmed"  # by the patient's latest answer, as the next two
    CANCELLATION_ASKED = "cancellation_asked"
    RESCHEDULE_ASKED = "reschedule_asked"
    NO_ANSWER = "no_answer"  # asked, and nothing came (yet)
    SLOTS_FREED = "slots_freed"  # cancelled or to be moved, said IN_TIME
    # decisions on their steps
    PLANNED = "planned"
    SKIPPED = "skipped"  # by SkipReason
    # messages
    MESSAGES = "messages"
    WAITING = "waiting"  # still to be sent
    HANDED_OVER = "handed_over"  # a provider took it; by kind
    DELIVERED = "delivered"  # read ones too
    READ = "read"
    FAILED = "failed"  # by the provider's code
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"  # by a person
    DROPPED = "dropped"  # by us, by the reason
    STAND_INS = "stand_ins"  # went by another channel, where the first one failed
    OPTED_OUT = "opted_out"  # the last message before the patient wanted no more; by template
    TEMPLATE = "template"  # handed over, by template; only by its code


type Figures = Counter[str]
"""By `Figure`, or by `figure:code`. What is zero is missing."""

type Cell = tuple[str, str]
"""Channel and language; empty where there is none."""


PLAIN = tuple(Figure)


@dataclass(frozen=True, slots=True)
class CellFigures:
    """The figures under one channel and language. `plain`: in the order of PLAIN; `coded`: by `figure:code`.

    Three months of a clinic are thousands of figures, added up while somebody waits: columns of numbers add up at once.
    """

    plain: tuple[int, ...]
    coded: Mapping[str, int]

    @classmethod
    def of(cls, figures: Mapping[str, int]) -> "CellFigures":
        coded = {name: count for name, count in figures.items() if ":" in name}
        return cls(tuple(figures.get(figure, 0) for figure in PLAIN), coded)


class Sums:
    """Figures added up."""

    def __init__(self) -> None:
        self._plain: Iterable[int] = (0,) * len(PLAIN)
        self._coded: dict[str, int] = {}

    def add_plain(self, figures: CellFigures) -> None:
        self._plain = tuple(map(add, self._plain, figures.plain))

    def add(self, figures: CellFigures) -> None:
        self.add_plain(figures)
        for name, count in figures.coded.items():
            self._coded[name] = self._coded.get(name, 0) + count

    def cell(self) -> CellFigures:
        return CellFigures(tuple(self._plain), self._coded)

    def figures(self) -> Figures:
        plain = {figure.value: count for figure, count in zip(PLAIN, self._plain, strict=True) if count}
        return Counter(plain | self._coded)


@dataclass(frozen=True, slots=True)
class DayTally:
    """A day's figures. `as_of`: what was written before it is in them; `rows`: how many rows they were made of."""

    as_of: datetime
    rows: int
    cells: Mapping[Cell, CellFigures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TalliedDecision:
    """Of one step of one appointment, what the figures need. `message`: digest of a planned step's message."""

    appointment_key: str
    channel: str = ""
    reason: SkipReason | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class TalliedMessage:
    """Of one message, what the figures need. Its events need no `provider_id`, which is sealed."""

    digest: str
    kind: Kind
    channel: str
    language: str
    template: str
    scheduled_for: datetime
    appointment_key: str
    starts_at: datetime | None
    stands_in: bool
    events: tuple[Event, ...]


_WAITING = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})
_FINAL = frozenset({State.ACCEPTED, State.SENT, State.DELIVERED, State.READ, State.FAILED})
"""Whatever happens to it, it is never in line again; what was stopped or is unknown may be."""
_ARRIVED = frozenset({State.DELIVERED, State.READ})
_TAKEN = frozenset({EventName.ACCEPTED, EventName.SENT, EventName.DELIVERED, EventName.READ})
_ENDS = {
    State.FAILED: Figure.FAILED,
    State.UNKNOWN: Figure.UNKNOWN,
    State.CANCELLED: Figure.CANCELLED,
    State.DROPPED: Figure.DROPPED,
    **dict.fromkeys(_WAITING, Figure.WAITING),
}
_BY_CODE = frozenset({Figure.FAILED, Figure.DROPPED})
_ANSWERS = {
    RequestStatus.CONFIRMED_ATTENDANCE: Figure.CONFIRMED,
    RequestStatus.PENDING_CANCELLATION: Figure.CANCELLATION_ASKED,
    RequestStatus.PENDING_RESCHEDULE: Figure.RESCHEDULE_ASKED,
}
_ELSEWHERE = frozenset({SkipReason.MOVED, SkipReason.NOT_IN_LIST})


def by_code(figure: Figure, code: str) -> str:
    return f"{figure}:{code}"


@dataclass
class _Appointment:
    """What the day's rows say of one appointment, so far."""

    reasons: set[SkipReason | None] = field(default_factory=set)  # None: a step is planned
    asked: tuple[datetime, str, Cell] | None = None  # the last reminder handed over
    answer: tuple[datetime, str, str, Cell, datetime | None] | None = None  # the latest, with the appointment's start
    reached: bool = False

    @property
    def stands(self) -> bool:
        return not self.reasons or bool(self.reasons - _ELSEWHERE)

    @property
    def cell(self) -> Cell:
        if self.answer is not None:
            return self.answer[3]
        return self.asked[2] if self.asked else ("", "")


class DayFold:
    """Takes a day's decisions and messages in any order.

    `rows`: how many rows it has taken. `waiting`: digests of what is still to be sent; `gone`: of what never is again.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.waiting: set[str] = set()
        self.gone: set[str] = set()
        self._cells: dict[Cell, Figures] = {}
        self._appointments: dict[str, _Appointment] = {}
        self._planned: list[tuple[str, str]] = []  # channel and message of planned steps
        self._languages: dict[str, str] = {}  # of messages, by digest

    def take(self, found: TalliedDecision | TalliedMessage) -> None:
        if isinstance(found, TalliedDecision):
            self.rows += 1
            self._decision(found)
        else:
            self.rows += 1 + len(found.events)
            self._message(found)

    def cells(self) -> Mapping[Cell, CellFigures]:
        """Once, when everything was taken."""
        for channel, digest in self._planned:
            self._add((channel, self._languages.get(digest, "")), Figure.PLANNED)
        for appointment in self._appointments.values():
            for figure in _figures_of(appointment):
                self._add(appointment.cell, figure)
        return {cell: CellFigures.of(figures) for cell, figures in self._cells.items()}

    def _decision(self, decision: TalliedDecision) -> None:
        self._appointment(decision.appointment_key).reasons.add(decision.reason)
        if decision.reason is None:
            self._planned.append((decision.channel, decision.message))
        else:
            self._add(("", ""), Figure.SKIPPED, decision.reason)

    def _message(self, message: TalliedMessage) -> None:
        cell = (message.channel, message.language)
        status = fold(message.events, message.scheduled_for)
        handed_over = any(event.name in _TAKEN for event in message.events)
        self._languages[message.digest] = message.language
        if status.state in _WAITING:
            self.waiting.add(message.digest)
        elif status.state in _FINAL:
            self.gone.add(message.digest)
        self._add(cell, Figure.MESSAGES)
        if message.stands_in:
            self._add(cell, Figure.STAND_INS)
        if end := _ENDS.get(status.state):
            self._add(cell, end, status.reason if end in _BY_CODE else "")
        if handed_over:
            self._handed_over(cell, message, status.state)
        if any(event.name is EventName.OPTED_OUT for event in message.events):
            self._add(cell, Figure.OPTED_OUT, message.template or message.kind)
        if message.kind is Kind.REMINDER and message.appointment_key:
            self._reminder(cell, message, status.state, handed_over=handed_over)

    def _handed_over(self, cell: Cell, message: TalliedMessage, state: State) -> None:
        self._add(cell, Figure.HANDED_OVER, message.kind)
        if message.template:
            self._of(cell)[by_code(Figure.TEMPLATE, message.template)] += 1
        if state in _ARRIVED:
            self._add(cell, Figure.DELIVERED)
        if state is State.READ:
            self._add(cell, Figure.READ)

    def _reminder(self, cell: Cell, message: TalliedMessage, state: State, *, handed_over: bool) -> None:
        appointment = self._appointment(message.appointment_key)
        appointment.reached = appointment.reached or state in _ARRIVED
        if handed_over:
            asked = (message.scheduled_for, message.digest, cell)
            appointment.asked = max(appointment.asked or asked, asked)
        for event in message.events:
            if event.name is EventName.ANSWERED:
                answer = (event.at, event.owner, event.detail, cell, message.starts_at)
                held = appointment.answer
                appointment.answer = answer if held is None or held[:4] < answer[:4] else held

    def _appointment(self, key: str) -> _Appointment:
        found = self._appointments.get(key)
        if found is None:
            found = self._appointments[key] = _Appointment()
        return found

    def _of(self, cell: Cell) -> Figures:
        found = self._cells.get(cell)
        if found is None:
            found = self._cells[cell] = Counter()
        return found

    def _add(self, cell: Cell, figure: Figure, code: str = "") -> None:
        figures = self._of(cell)
        figures[figure.value] += 1
        if code:
            figures[by_code(figure, code)] += 1


def _figures_of(appointment: _Appointment) -> Iterable[Figure]:
    if appointment.stands:
        yield Figure.APPOINTMENTS
        if None not in appointment.reasons and appointment.reasons & NO_WAY:
            yield Figure.UNREACHABLE
    if appointment.reached:
        yield Figure.REACHED
    if appointment.answer is not None:
        at, _, said, _, starts_at = appointment.answer
        yield Figure.ASKED
        answer = _ANSWERS[RequestStatus(said)]
        yield answer
        if answer is not Figure.CONFIRMED and starts_at is not None and starts_at - at >= IN_TIME:
            yield Figure.SLOTS_FREED
    elif appointment.asked is not None:
        yield Figure.ASKED
        yield Figure.NO_ANSWER
