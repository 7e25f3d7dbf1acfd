"""What every item of the worklist has in common: id, reason, resolution, who signs for the system, whom to phone."""

import re
from dataclasses import replace
from enum import StrEnum

from shared.domain.identity import CLINIC_ID, MessageId, Pseudonyms
from shared.domain.message import Message
from shared.storage.contract import ContactRow, Patients, WorkItem, WorkKind

_PUBLIC_ID = re.compile(rf"({CLINIC_ID.pattern})_([a-z2-7]{{26}})")

SYSTEM = "system"
"""Who resolves what holds no more."""


class WorkReason(StrEnum):
    """Reasons of items that are no other kind of code. Words in `shared/wording/reasons.json`."""

    NOT_DELIVERED = "not_delivered"  # `shared.services.aftercare.silence`
    TIMEOUT = "timeout"  # of a call, whatever the channel
    WORKER_LOST = "worker_lost"  # a claim whose worker was not heard of again
    PAGE_LOCKED = "page_locked"  # wrong answers on a prescription's page: `shared.services.prescribing.birthday`
    PAGE_CLOSED = "page_closed"


class ListState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """How an item was resolved. The words that staff read stand in `shared/wording/reasons.json`."""

    DONE = "done"
    SEND_AGAIN = "send_again"  # of an unknown outcome: it goes once more
    LEAVE = "leave"  # of an unknown outcome: it does not
    VERIFIED = "verified"  # of an address that is held: a person made sure, and messages may go there again
    # by the system
    REACHED = "reached"
    CANCELLED = "cancelled"
    GONE = "gone"
    MOVED = "moved"
    PAST = "past"
    NOT_NEEDED = "not_needed"
    SENDS_AGAIN = "sends_again"  # of what had stopped: `shared.services.sending.stoppages`


def work_id(pseudonyms: Pseudonyms, clinic_id: str, kind: WorkKind, *about: str) -> str:
    """The id of an item, determined by what it is about."""
    return pseudonyms.digest("work", clinic_id, kind, *about)


def public_id(item: WorkItem) -> str:
    """The id that callers see; it carries the clinic."""
    return f"{item.clinic_id}_{item.id}"


def unknown_outcome_id(pseudonyms: Pseudonyms, message_id: MessageId) -> str:
    """Public id of the item that asks what to do about a message of unknown outcome."""
    item_id = work_id(pseudonyms, message_id.clinic_id, WorkKind.UNKNOWN_OUTCOME, str(message_id))
    return f"{message_id.clinic_id}_{item_id}"


def read_public_id(text: str) -> tuple[str, str] | None:
    """(clinic, id); None for what no item can have."""
    match = _PUBLIC_ID.fullmatch(text)
    return (match[1], match[2]) if match else None


def about_message(item: WorkItem, message: Message) -> WorkItem:
    """With the message and its appointment."""
    return replace(
        item,
        message_id=message.id,
        appointment_key=message.appointment_key,
        appointment_id=message.appointment_id,
        starts_at=message.starts_at,
    )


def of_patient(item: WorkItem, message: Message) -> WorkItem:
    """With the patient of the message."""
    return replace(item, patient_key=message.patient_key, patient_name=message.patient_name)


async def contact_of(patients: Patients, clinic_id: str, patient_key: str) -> ContactRow | None:
    """None for nobody, and for a patient of whom no source has told us yet."""
    return await patients.contact(clinic_id, patient_key) if patient_key else None


async def phone_of(patients: Patients, clinic_id: str, patient_key: str) -> str:
    """A number to phone; empty where we know none."""
    contact = await contact_of(patients, clinic_id, patient_key)
    return contact.to_phone if contact else ""
