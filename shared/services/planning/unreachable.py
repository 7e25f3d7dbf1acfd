"""Appointments whose patient cannot be written to: a run puts them on the worklist, and takes off what holds no more.

    this run finds                                      the item of that appointment and start
    all steps skipped, the patient cannot be reached    is opened, where a step's decision is new
    a step is planned                                   reached
    cancelled, or not booked any more                   cancelled
    another start                                       moved
    a rule of the clinic: no reminder                   not needed
    not in a list that can be believed                  gone
    the start has passed                                past

An item is opened before the decisions are written, and closed after all is written: a run that breaks off in between
meets the same again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from shared.domain.appointment import Appointment, Window
from shared.domain.contact import numbers_written
from shared.domain.decision import NO_WAY, SkipReason
from shared.services.planning.entries import Planning
from shared.services.work_items import Resolution, work_id
from shared.storage.contract import DecisionRecord, KnownDecision, WorkItem, WorkKind

_STAYS_OPEN = NO_WAY | {SkipReason.TOO_LATE_FOR_STEP}  # reachable by now, but no reminder comes any more
_CANCELLED = frozenset({SkipReason.CANCELLED, SkipReason.NOT_BOOKED})

type Known = Mapping[tuple[str, str, date], KnownDecision]


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What a run needs to know of an item that is open."""

    id: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class _Found:
    """How this run found an appointment that has an open item. `ends`: what that makes of it; None: it stays."""

    starts_at: datetime | None
    ends: Resolution | None


@dataclass
class Unreachable:
    """What one run finds. `open_items`: by appointment key, as they stood when the run began."""

    planning: Planning
    known: Known
    open_items: Mapping[str, Sequence[OpenItem]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._found: dict[str, _Found] = {}
        self._new: list[WorkItem] = []

    def met(self, appointment: Appointment, stands: Sequence[DecisionRecord], *, is_new: bool) -> None:
        """An appointment with the decisions that stand on its steps; later ones replace earlier ones. `is_new`: one of
        them is about to be written."""
        key, starts_at = stands[0].appointment_key, stands[0].starts_at
        if key in self.open_items:
            self._found[key] = _Found(starts_at, _ending(stands))
        reason = _no_way(stands) if is_new else None
        if reason is None or starts_at is None or self._is_open(key, starts_at):
            return
        self._new.append(self._item(appointment, stands, reason, starts_at))

    def new_items(self) -> Sequence[WorkItem]:
        """Those found since the last time that this was asked."""
        found, self._new = self._new, []
        return found

    def endings(self, window: Window, *, believed: bool) -> Iterator[tuple[str, Resolution]]:
        """Item ids and what became of them, after a whole list. `believed`: what it did not hold is gone."""
        for key, items in self.open_items.items():
            for item in items:
                ends = self._ends(self._found.get(key), item, window, believed)
                if ends is not None:
                    yield item.id, ends

    def _ends(self, found: _Found | None, item: OpenItem, window: Window, believed: bool) -> Resolution | None:
        if item.starts_at <= self.planning.as_of:
            return Resolution.PAST
        if found is None:
            return Resolution.GONE if believed and item.starts_at in window else None
        return found.ends if found.starts_at == item.starts_at else Resolution.MOVED

    def _is_open(self, key: str, starts_at: datetime) -> bool:
        return any(item.starts_at == starts_at for item in self.open_items.get(key, ()))

    def _item(
        self, appointment: Appointment, stands: Sequence[DecisionRecord], reason: SkipReason, starts_at: datetime
    ) -> WorkItem:
        p, decision = self.planning, stands[0]
        return WorkItem(
            id=self._id(stands, starts_at),
            clinic_id=p.clinic.id,
            kind=WorkKind.NO_WAY,
            opened_at=p.as_of,
            act_by=starts_at,
            reason=reason,
            appointment_key=decision.appointment_key,
            patient_key=decision.patient_key,
            starts_at=starts_at,
            patient_name=decision.patient_name,
            appointment_id=decision.appointment_id,
            contact=numbers_written(appointment.patient) if appointment.patient else "",
        )

    def _id(self, stands: Sequence[DecisionRecord], starts_at: datetime) -> str:
        """Where a reminder was planned before, its item may have been resolved as `reached`: this is a new one."""
        befores = (self.known.get((one.appointment_key, one.step, one.day)) for one in stands)
        again = any(before is not None and before.planned for before in befores)
        p = self.planning
        told_on = p.clinic.local_day(p.as_of).isoformat() if again else ""
        about = (stands[0].appointment_key, str(int(starts_at.timestamp())), told_on)
        return work_id(p.pseudonyms, p.clinic.id, WorkKind.NO_WAY, *about)


def by_appointment(items: Sequence[WorkItem]) -> Mapping[str, Sequence[OpenItem]]:
    """The open items of a clinic, as a run needs them."""
    found: dict[str, list[OpenItem]] = {}
    for item in items:
        if item.starts_at is not None:
            found.setdefault(item.appointment_key, []).append(OpenItem(item.id, item.starts_at))
    return found


def _no_way(stands: Sequence[DecisionRecord]) -> SkipReason | None:
    """Why the patient cannot be reached; None where a step has a message all the same."""
    if any(one.reason is None for one in stands):
        return None
    return next((one.reason for one in stands if one.reason in NO_WAY), None)


def _ending(stands: Sequence[DecisionRecord]) -> Resolution | None:
    reasons = [one.reason for one in stands]
    if None in reasons:
        return Resolution.REACHED
    if any(reason in _STAYS_OPEN for reason in reasons):
        return None
    return Resolution.CANCELLED if any(reason in _CANCELLED for reason in reasons) else Resolution.NOT_NEEDED
