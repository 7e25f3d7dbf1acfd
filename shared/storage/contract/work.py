"""The worklist: what needs a person, each thing once, soonest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.domain.identity import MessageId
from shared.storage.contract.page import Page
from shared.storage.contract.people import Hold


class WorkKind(StrEnum):
    """What a person is asked to do. The words that staff read stand in `shared/wording/reasons.json`."""

    NO_WAY = "no_way"  # an appointment whose patient cannot be written to: phone them; reason: a SkipReason
    NOT_SENT = "not_sent"  # a message that failed or was dropped and has no other way; reason: code of it
    UNKNOWN_OUTCOME = "unknown_outcome"  # it may have arrived, nobody knows: phone, or send it again
    PENDING_CANCELLATION = "pending_cancellation"  # the patient cannot come: cancel it in the appointment system
    PENDING_RESCHEDULE = "pending_reschedule"  # the patient asks for another time
    NEEDS_A_PERSON = "needs_a_person"  # something a patient wrote that nobody but a person may judge
    OPTED_OUT = "opted_out"  # the patient stopped a channel and has an appointment ahead
    SENDING_STOPPED = "sending_stopped"  # an account or a template sends nothing until somebody acts
    STUCK = "stuck"  # a job that failed so often that it was set aside
    UNSENT_LIST = "unsent_list"  # a day's appointments of which no reminder arrived
    FAILURES_HIGH = "failures_high"  # more messages fail than usual
    EVENTS_NOT_TOLD = "events_not_told"  # another system, such as a flow, was not told what happened


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing to do. `id`: 26 characters that what it is about determines, so that it is on the list once.

    Sealed: patient_name, appointment_id, contact (where the patient may be reached), wrote_from (the address on
    `channel` that said it), said (what they wrote), note.
    """

    id: str
    clinic_id: str
    kind: WorkKind
    opened_at: datetime
    act_by: datetime  # the list's order: in time to phone
    reason: str = ""  # a code, never patient data
    channel: str = ""
    suggestion: str = ""  # what a patient seems to mean, a code
    message_id: MessageId | None = None
    appointment_key: str = ""
    patient_key: str = ""
    starts_at: datetime | None = None
    holds: tuple[Hold, ...] = ()  # what is not written to until a person has looked into this
    patient_name: str = ""
    appointment_id: str = ""
    contact: str = ""
    wrote_from: str = ""
    said: str = ""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    resolution: str = ""  # a code
    note: str = ""


class Worklist(Protocol):
    async def open(self, items: Sequence[WorkItem]) -> None:
        """Puts each on its clinic's list, once for ever: what was there already, open or resolved, stays as it is."""
        ...

    async def read(self, clinic_id: str, item_id: str) -> WorkItem | None: ...

    async def resolve(
        self, clinic_id: str, item_id: str, resolution: str, by: str, at: datetime, note: str = "", *, over: str = ""
    ) -> WorkItem | None:
        """Takes it off the list of what is open. An item that was resolved before stays as it was, and is given, unless
        its resolution is the one that this goes `over`. None: there is no such item."""
        ...

    async def open_items(self, clinic_id: str, kinds: frozenset[WorkKind], top: int, cursor: str) -> Page[WorkItem]:
        """What is open, soonest `act_by` first; `kinds` empty: all. Raises InvalidCursor."""
        ...

    async def resolved_items(self, clinic_id: str, top: int, cursor: str) -> Page[WorkItem]:
        """What was resolved, newest first. Raises InvalidCursor."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that failed, by its digest."""

    lane: str  # `Message.lane`
    message_digest: str


class FailureNotes(Protocol):
    """Enough of every failure to say how many there were in the last hour."""

    async def note(self, lane: str, clinic_id: str, message_digest: str, at: datetime) -> None:
        """One write, repeatable: `at` is the instant of the failure itself."""
        ...

    async def since(self, clinic_id: str, since: datetime, now: datetime) -> Sequence[Failure]:
        """Failures after `since`, newest first of each day."""
        ...
