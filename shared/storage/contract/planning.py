"""What planning leaves and finds: decisions, contacts, runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from shared.domain.appointment import BadRow
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import EventName, Message
from shared.storage.contract.page import Page
from shared.storage.contract.people import ContactRow


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """The one decision on one step of one appointment; a later run replaces it. Sealed: the last five fields."""

    clinic_id: str
    day: date  # local day of the appointment (of the run, where it has no start)
    appointment_key: str
    step: str
    decided_at: datetime
    run_id: str
    fingerprint: str  # keyed hash of all that was decided and would be said; equal: nothing to write
    message_id: MessageId | None = None  # of a planned step
    scheduled_for: datetime | None = None
    channel: str = ""
    reason: SkipReason | None = None  # of a skipped step
    detail: str = ""  # of a skipped step: a field or channel; of a planned one: its notes
    starts_at: datetime | None = None
    appointment_id: str = ""
    patient_key: str = ""
    patient_name: str = ""
    appointment_type: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What planning writes for one step of one appointment. `message` only for a planned step."""

    decision: DecisionRecord
    message: Message | None = None
    attempt: int = 1  # the one that the message's due row asks for; higher where it was stopped before


@dataclass(frozen=True, slots=True)
class KnownDecision:
    """What an earlier run left, as far as planning needs it."""

    day: date
    appointment_key: str
    step: str
    fingerprint: str
    planned: bool
    message_digest: str = ""
    scheduled_for: datetime | None = None  # of a planned step


@dataclass(frozen=True, slots=True)
class Turn:
    """The last turn that a message took: claimed, cancelled, dropped with a reason, or restored after a drop."""

    event: EventName
    attempt: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KnownPlans:
    """What earlier runs left for some days. Compact: 20,000 decisions in < 15 MB."""

    decisions: Mapping[tuple[str, str, date], KnownDecision] = field(default_factory=dict)
    """by (appointment_key, step, day)"""
    turns: Mapping[str, Turn] = field(default_factory=dict)
    """by digest of the message; also of messages that no decision names any more"""


class Plans(Protocol):
    async def known(self, clinic_id: str, first: date, last: date) -> KnownPlans: ...

    async def write(
        self,
        clinic_id: str,
        entries: Sequence[PlanEntry],
        contacts: Sequence[ContactRow] = (),
        not_before: datetime | None = None,
    ) -> None:
        """Upserts: contacts, history, the index of what waits, due rows, and last decision and message rows (one batch
        where they share a partition). So a decision that is known has everything that belongs to it, however a write
        was interrupted; a due row without its message is passed over and goes away at its time. `contacts`: those that
        have changed. `not_before`: no due row is earlier, so that no sweep finds one whose message is being written."""
        ...

    async def of_appointment(self, clinic_id: str, day: date, appointment_key: str) -> Sequence[DecisionRecord]:
        """The decisions on an appointment of this day, one per step; in one request."""
        ...

    async def decided(
        self, clinic_id: str, appointment_key: str, days: Sequence[date], steps: Sequence[str]
    ) -> Sequence[DecisionRecord]:
        """The decisions on these steps of an appointment on these few days. One read of a key for each: nothing is
        searched, however much is stored."""
        ...

    async def appointments(
        self, clinic_id: str, first: date, last: date, top: int, cursor: str
    ) -> Page[DecisionRecord]:
        """Decisions by day of the appointment, earliest first. Raises InvalidCursor."""
        ...


class RunState(StrEnum):
    RUNNING = "running"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"  # the list could not be read as a whole: repeated
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One planning of one clinic's window.

    `counts`: read (appointments); planned, `skipped.<reason>` (steps, as they stand after the run); unchanged,
    withdrawn (steps); repeated (appointments that came twice); bad_rows. What is zero is missing.
    """

    id: str
    clinic_id: str
    day: date  # the clinic's local day
    trigger: str  # daily | manual | moved: a message was dropped because something had changed
    state: RunState
    owner: str
    started_at: datetime
    lease_until: datetime
    attempt: int = 1
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    bad_rows: tuple[BadRow, ...] = ()  # the first 100
    problem: str = ""  # code of the error that ended it
    etag: str = ""


class Runs(Protocol):
    async def begin(self, run: Run, now: datetime) -> Run | None:
        """Takes the run if nobody has it: inserts it, or takes over one whose lease ran out or that ended INCOMPLETE or
        FAILED (attempt + 1). None: it is complete, or another owner's lease is alive. Our own retried insert counts as
        taken."""
        ...

    async def save(self, run: Run) -> Run:
        """Progress, a longer lease, or the end. Raises RowChanged when another owner took it over."""
        ...

    async def read(self, clinic_id: str, run_id: str) -> Run | None: ...

    async def last_complete(self, clinic_id: str) -> datetime | None:
        """When the clinic's last complete run began: what its list said then is planned."""
        ...

    async def want(self, clinic_id: str, at: datetime) -> None:
        """A run that begins after `at` is wanted. Of several wishes the latest holds."""
        ...

    async def wanted(self, clinic_id: str) -> datetime | None:
        """The wish that still holds: no run that began after it is complete."""
        ...

    async def recent(self, clinic_id: str, top: int, cursor: str) -> Page[Run]:
        """Newest first."""
        ...
