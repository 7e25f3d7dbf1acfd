"""Fictional people and their messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.domain.content import TemplateContent
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.message import Event, EventName, Kind, Message
from shared.domain.prescription.life import Prescription
from shared.domain.prescription.reference import PrescriptionKind, Reference
from shared.storage.contract import ContactRow, DecisionRecord, PlanEntry

ENCRYPTION_KEYS = {"k1": b"1" * 32}
INDEX_KEY = b"index" * 8
PSEUDONYMS = Pseudonyms(INDEX_KEY)
CLINIC = "riverside"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
NAME = "Wilhelmina Quince"
NUMBER = "+447700900123"
REFERENCE = "24F5DA-A83008-7EFE6Z"


def planned(appointment: str = "A-1", patient: str = "P-1", step: str = "2d", **changes: Any) -> Message:
    """A reminder as planning writes it."""
    starts_at = changes.pop("starts_at", NOW + timedelta(days=3))
    key = PSEUDONYMS.appointment(CLINIC, appointment)
    message = Message(
        id=PSEUDONYMS.reminder(CLINIC, key, step, starts_at, starts_at.date()),
        kind=Kind.REMINDER,
        channel="whatsapp",
        account="default",
        to=NUMBER,
        content=TemplateContent("appointment_reminder", "en", {"patient_name": NAME, "location": "Ward 7"}, "own"),
        language="en",
        scheduled_for=NOW + timedelta(days=1),
        expires_at=starts_at,
        created_at=NOW,
        patient_key=PSEUDONYMS.patient(CLINIC, patient),
        patient_name=NAME,
        appointment_id=appointment,
        appointment_key=key,
        starts_at=starts_at,
        step=step,
        version="v1",
        sent_by="reception@example.org",
        mock=True,
    )
    return replace(message, **changes)


def decided(message: Message, **changes: Any) -> DecisionRecord:
    """The decision that belongs to a planned message."""
    decision = DecisionRecord(
        clinic_id=message.id.clinic_id,
        day=message.id.day,
        appointment_key=message.appointment_key,
        step=message.step,
        decided_at=NOW,
        run_id="run-1",
        fingerprint="f1",
        message_id=message.id,
        scheduled_for=message.scheduled_for,
        channel=message.channel,
        starts_at=message.starts_at,
        appointment_id=message.appointment_id,
        patient_key=message.patient_key,
        patient_name=message.patient_name,
        appointment_type="Follow-up",
        location="Ward 7",
    )
    return replace(decision, **changes)


def prescription(number: int = 1, **changes: Any) -> Prescription:
    """Prescription `number`, taken so many minutes after NOW."""
    one = Prescription(
        id=PSEUDONYMS.digest("prescription", str(number)),
        clinic_id=CLINIC,
        patient_key=PSEUDONYMS.patient(CLINIC, "P-1"),
        patient_name=NAME,
        birth_on=date(1970, 2, 3),
        reference=Reference(PrescriptionKind.NHS_EPS, REFERENCE),
        controlled=True,
        last_day=date(2026, 12, 18),
        language="en",
        created_at=NOW + timedelta(minutes=number),
        sent_by="Ward 3: nurse@example.org",
        pharmacy="Quill Lane Pharmacy",
        nominated=True,
        registration="DMC/R/01234",
    )
    return replace(one, **changes)


def contact(patient: str = "P-1", **changes: Any) -> ContactRow:
    row = ContactRow(
        PSEUDONYMS.patient(CLINIC, patient), patient, NAME, {"phone": NUMBER}, "en-GB", "c1", date(1970, 2, 3)
    )
    return replace(row, **changes)


def entry(appointment: str = "A-1", patient: str = "P-1", **changes: Any) -> PlanEntry:
    """A planned step with its message."""
    message = planned(appointment, patient, **changes)
    return PlanEntry(decided(message), message)


def skipped(appointment: str = "A-1", day: date = TODAY, **changes: Any) -> PlanEntry:
    """A step that gets no message."""
    decision = DecisionRecord(
        clinic_id=CLINIC,
        day=day,
        appointment_key=PSEUDONYMS.appointment(CLINIC, appointment),
        step="2d",
        decided_at=NOW,
        run_id="run-1",
        fingerprint="s1",
        reason=SkipReason.NO_OPT_IN,
        detail="whatsapp",
        patient_name=NAME,
    )
    return PlanEntry(replace(decision, **changes))


def event(message_id: MessageId, name: EventName, **changes: Any) -> Event:
    return replace(Event(message_id, name, NOW), **changes)
